"""Literals that several functions of an object share, against what the compiler makes without the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run
from test_relink import SCRIPT, Link, linked

from imgcheck.prediction import effects as savings
from imgcheck.prediction import rehomed
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.linkage import Cut

TEXT = """
extern int tell(int, const char *);
#ifdef WITH
int extra_0(int n) {
    tell(n, "of the first alone"); tell(n, "shared by all"); tell(n, "shared by three");
    return tell(n, "tail"); }
#endif
int second(int n) {
    tell(n, "second begins"); tell(n, "shared by all"); tell(n, "of the second"); tell(n, "shared by three");
    return tell(n, "second ends, long tail"); }
int third(int n) { tell(n, "third begins"); tell(n, "tail"); return tell(n, "shared by all"); }
"""
START = """
extern int tell(int, const char *); extern int second(int); extern int third(int); extern int fourth(int);
void start(void) { second(third(fourth(1))); tell(2, "of the start"); tell(3, "shared by two"); }
"""
OTHER = """
int tell(int n, const char *t) { while (*t) *(volatile char *)0x4000a088 = *t++; return n; }
int fourth(int n) { return tell(n, "shared by three") + tell(n, "shared by all") + tell(n, "fourth"); }
"""


def programs(folder: Path, *flags: str) -> tuple[Link, Link]:
    """The program with the first function, and compiled without it."""
    made = []
    for extras, said in (((0,), ["-DWITH"]), ((), [])):
        inside = folder / f"with{len(extras)}"
        inside.mkdir()
        (inside / "s.ld").write_text(SCRIPT)
        members = compile_(inside, "t.c", TEXT, *said, *flags), compile_(inside, "o.c", OTHER, *flags)
        run(f"{CROSS}ar", "qcsD", "lib.a", *members, cwd=inside)
        made.append(linked(inside, compile_(inside, "start.c", START, *flags), extras))
    return made[0], made[1]


@needs_toolchain
@pytest.mark.parametrize("optimised", ["-Os", "-O2"])
def test_as_the_compiler_writes_them(tmp_path: Path, optimised: str) -> None:
    whole, part = programs(tmp_path, optimised, "-fno-inline", "-mno-relax")
    graph = whole.graph
    first = frozenset(n for n, one in enumerate(graph.nodes) if one.name == ".text.extra_0")
    cut = Cut(first, {})
    made = savings.rebuilt(whole.base, savings.effect(whole.base, Removal(cut, {})))
    assert made == part.base.binary
    homes = rehomed.find(graph, cut)
    moved = {graph.elements[element].content for _, element in homes.left}
    assert moved == {b"shared by all\0", b"shared by three\0", b"tail\0"}


@needs_toolchain
def test_what_its_function_still_mentions_stays(tmp_path: Path) -> None:
    whole, _ = programs(tmp_path)
    graph = whole.graph
    other = frozenset(n for n, one in enumerate(graph.nodes) if one.name == ".text.third")
    assert not rehomed.find(graph, Cut(other, {})).left
    assert not rehomed.find(graph, Cut(frozenset(), {})).left
    [first] = [n for n, one in enumerate(graph.nodes) if one.name == ".text.extra_0"]
    some = frozenset(edge for edge in graph.nodes[first].edges if edge.element >= 0)
    said = {
        graph.elements[element].content
        for _, element in rehomed.find(graph, Cut(frozenset(), {first: some})).left
    }
    assert b"shared by all\0" in said
