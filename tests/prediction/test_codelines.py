"""Lines of code and where their bytes are, from compiled programs: rows against addr2line."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ABI, CROSS, compile_, needs_toolchain, run
from studies import known, needs_fixture

from imgcheck.builds.locating import Index
from imgcheck.prediction import buildfiles, codelines, linkgraph
from imgcheck.prediction.coderows import Code
from imgcheck.prediction.linkage import Graph
from imgcheck.readers import elf, linkmap, objects
from imgcheck.targets.bl602 import BL602

SCRIPT = """
ENTRY(main)
MEMORY { flash (rx) : ORIGIN = 0x23000000, LENGTH = 1M  ram (rwx) : ORIGIN = 0x42014000, LENGTH = 128K }
SECTIONS {
  .text : { *(.text .text.*) } > flash
  .rodata : { *(.rodata .rodata.* .srodata .srodata.*) } > flash
  .data : { __global_pointer$ = . + 0x800; *(.data .data.* .sdata .sdata.*) } > ram AT > flash
  .bss : { *(.sbss .sbss.* .bss .bss.*) } > ram }
"""
HEADER = "static inline int tripled(int n) { return 3 * n + *(volatile int *)0x40000000; }\n"
MAIN = """#include "tripled.h"
extern int other(int); int counter;
int busy(int n) {
    for (int i = 0; i < n; i++)
        counter += other(i);
    counter += tripled(n);
    return counter;
}
int main(void) {
    busy(4);
    return other(busy(2));
}
"""
OTHER = """int other(int n) {
    *(volatile int *)0x40000004 = n;
    return n + 1;
}
"""


def program(folder: Path, *flags: str) -> tuple[Graph, buildfiles.Objects, elf.Elf, bytes]:
    (folder / "src").mkdir()
    (folder / "s.ld").write_text(SCRIPT)
    (folder / "src" / "tripled.h").write_text(HEADER)
    made = [compile_(folder, f"src/{n}.c", t, *flags) for n, t in (("main", MAIN), ("other", OTHER))]
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,s.ld,--no-warn-rwx-segments",
        "-Wl,--gc-sections,--cref,-Map=a.map", "-o", "a.elf", *made, cwd=folder,
    )  # fmt: skip
    run(f"{CROSS}objcopy", "-O", "binary", "a.elf", "a.bin", cwd=folder)
    links, parsed = linkmap.read(folder / "a.map"), elf.read(folder / "a.elf")
    found = buildfiles.load_objects(links, folder / "a.map", None)
    graph = linkgraph.build(found.linked, links, parsed, BL602.chip)
    return graph, found, parsed, (folder / "a.bin").read_bytes()


def lines_of(parsed: elf.Elf) -> codelines.LinkedLines:
    lines = codelines.LinkedLines(parsed, Index(["src/main.c", "src/other.c", "src/tripled.h"]))
    lines.load(frozenset({"main.c", "other.c"}))
    return lines


def code_of(
    graph: Graph, number: int, obj: objects.Object, lines: codelines.LinkedLines, binary: bytes
) -> Code:
    rows, programs = codelines.rows(graph, number, obj, lines, binary)
    calls = lines.calls(frozenset({"main.c", "other.c"}))
    return Code(rows, tuple(call for program in programs for call in calls[program]))


@needs_toolchain
@pytest.mark.parametrize("version", [4, 5])
def test_rows_as_addr2line_says(tmp_path: Path, version: int) -> None:
    graph, found, parsed, binary = program(tmp_path, f"-gdwarf-{version}")
    lines = lines_of(parsed)
    checked = 0
    for number, (path, obj) in enumerate(found.linked):
        assert obj is not None
        source = f"src/{Path(path).stem}.c"
        assert codelines.source_files(obj).units == (source,)
        made = code_of(graph, number, obj, lines, binary)
        for index, rows in made.rows.items():
            node = graph.nodes[index]
            covered = 0
            for row in rows:
                assert node.address <= row.start <= row.end <= node.address + node.flash
                assert 0 <= row.offset <= row.offset_end <= node.raw
                covered += row.end - row.start
                if row.end > row.start:
                    said = run(f"{CROSS}addr2line", "-e", tmp_path / "a.elf", f"{row.start:#x}").strip()
                    assert said.partition(" ")[0].endswith(f"{row.path}:{row.line}")
                    checked += 1
            assert covered == node.flash
            assert node.raw > node.flash or not node.edges
    assert checked > 15


@needs_toolchain
def test_inlined_calls(tmp_path: Path) -> None:
    graph, found, parsed, binary = program(tmp_path, "-gdwarf-4")
    number = next(i for i, (path, _) in enumerate(found.linked) if path.endswith("main.o"))
    obj = found.linked[number].object
    assert obj is not None
    calls = code_of(graph, number, obj, lines_of(parsed), binary).inlined
    assert {(call.path, call.line) for call in calls} >= {("src/main.c", 6)}
    assert all(call.end > call.start >= 0x23000000 for call in calls)


def strip(folder: Path, name: str) -> objects.Object:
    run(f"{CROSS}objcopy", "-g", f"src/{name}.o", f"src/{name}.stripped.o", cwd=folder)
    return objects.load(memoryview((folder / "src" / f"{name}.stripped.o").read_bytes()))


@needs_toolchain
def test_an_object_without_lines_gets_those_of_the_elf(tmp_path: Path) -> None:
    graph, found, parsed, binary = program(tmp_path, "-gdwarf-4")
    lines = lines_of(parsed)
    for number, (path, obj) in enumerate(found.linked):
        assert obj is not None
        bare = strip(tmp_path, Path(path).stem)
        assert codelines.source_files(bare) == ((), ())
        whole, told = (code_of(graph, number, one, lines, binary) for one in (obj, bare))
        assert bytes_by_line(whole) == bytes_by_line(told)
        assert whole.inlined == told.inlined
        # references are at the same lines, however relaxation moved them
        for index, rows in whole.rows.items():
            for edge in graph.nodes[index].edges:
                assert line_at(rows, edge.offset) == line_at(told.rows[index], edge.offset)


def bytes_by_line(code: Code) -> dict[tuple[int, str, int], int]:
    found: dict[tuple[int, str, int], int] = {}
    for index, rows in code.rows.items():
        for row in rows:
            if row.end > row.start:
                key = (index, row.path, row.line)
                found[key] = found.get(key, 0) + row.end - row.start
    return found


def line_at(rows: object, offset: int) -> set[tuple[str, int]]:
    return {(row.path, row.line) for row in rows if row.offset <= offset < row.offset_end}  # type: ignore[attr-defined]


@needs_fixture
def test_affected_functions_of_the_fixture_have_lines() -> None:
    study = known()
    coded = [origin for origin in study.origins.values() if origin.code]
    assert len(coded) > 15
    graph = study.base.graph
    for origin in coded:
        assert origin.code
        for index, rows in origin.code.rows.items():
            node = graph.nodes[index]
            if node.placed and node.flash:
                covered = sum(row.end - row.start for row in rows)
                assert covered <= node.flash
