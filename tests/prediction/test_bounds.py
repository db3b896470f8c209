"""Code that knows how long an array is, against what the compiler makes of the shorter array."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run
from test_cutting import BASE, Change, graph, section
from test_relink import SCRIPT, Link, linked

from imgcheck.prediction import bounds, layout
from imgcheck.prediction import effects as savings
from imgcheck.prediction.cutting import Loss, Removal, Shortened, removal
from imgcheck.prediction.linkage import Edge
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.relink import Sites

ROWS = """
typedef struct { const char *name; void (*init)(void); int flags[4]; } row;
ROWS_DECLARED
static row rows[] = { ROWS_LISTED };
static int count = sizeof(rows) / sizeof(rows[0]);
extern int tell(int, const char *); extern void fill(void *, unsigned);
__attribute__((noinline)) void each(void) { for (int i = 0; i < count; i++) rows[i].init(); }
__attribute__((noinline)) int flag(unsigned i) { return i < count ? rows[i].flags[1] : -1; }
__attribute__((noinline)) int many(int n) { return tell(count, rows[n].name) + tell(n, "all"); }
__attribute__((noinline)) int few(int n) { return n < count ? tell(n & 1, rows[n].name) : 0; }
__attribute__((noinline)) void clear(void) { fill(rows, sizeof rows); }
/* The same number, which means something else. */
__attribute__((noinline)) int other(int n) { return tell(COUNT, "other") + n; }
void start(void) { each(); clear(); other(many(few(flag(2)))); }
"""
OTHERS = """
int tell(int n, const char *t) { while (*t) *(volatile char *)0x4000a088 = *t++; return n; }
void fill(void *p, unsigned n) { while (n--) ((volatile char *)p)[n] = 0; }
"""


def table(folder: Path, before: int, after: int, *flags: str) -> tuple[Link, Link]:
    """The program with all rows and with some, linked against the same library."""
    (folder / "s.ld").write_text(SCRIPT)
    functions = "".join(f'void f{i}(void) {{ tell({i}, "f{i}"); }}\n' for i in range(before))
    text = "extern int tell(int, const char *);\n" + functions
    members = [compile_(folder, "o.c", OTHERS, *flags), compile_(folder, "f.c", text, *flags)]
    run(f"{CROSS}ar", "qcsD", "lib.a", *members, cwd=folder)
    made = []
    for rows in (before, after):
        declared = "".join(f"extern void f{i}(void); " for i in range(rows))
        listed = ", ".join(f'{{"row {i}", f{i}, {{{i}}}}}' for i in range(rows))
        text = ROWS.replace("ROWS_DECLARED", declared).replace("ROWS_LISTED", listed)
        inside = folder / str(rows)
        inside.mkdir()
        start = compile_(inside, "start.c", text.replace("COUNT", str(before)), *flags)
        (folder / "start.o").write_bytes((inside / start).read_bytes())
        made.append(linked(folder, Path("start.o"), ()))
    return made[0], made[1]


@needs_toolchain
@pytest.mark.parametrize("model", ["medlow", "medany"])
@pytest.mark.parametrize(
    ("optimised", "before", "after"),
    [
        ("-Os", 20, 17),
        ("-O1", 70, 69),
        ("-O2", 40, 38),
        ("-Os", 12, 11),
        # Their size is made from two instructions, of which both change in the last.
        ("-Os", 90, 89),
        ("-Os", 128, 127),
        ("-O2", 193, 191),
    ],
)
def test_as_the_compiler_says_it(tmp_path: Path, before: int, after: int, optimised: str, model: str) -> None:
    whole, part = table(tmp_path, before, after, optimised, f"-mcmodel={model}")
    number = next(n for n, name in enumerate(whole.graph.objects) if name.endswith("start.o"))
    gone = frozenset(f"f{i}" for i in range(after, before))
    changed = Change(
        path="start.c",
        elements={"rows": (before, after)},
        vanished=gone,
        vanished_in={"rows": gone},
        strings_in={"rows": tuple(f"row {i}".encode() for i in range(after, before))},
    )
    origins = {number: Origin("start.c", frozenset())}
    removed = removal(whole.graph, origins, {"start.c": changed})
    made = savings.rebuilt(whole.base, savings.effect(whole.base, removed))
    assert made == part.base.binary
    # Told nothing of lengths, the code is another one: the test sees what it is for.
    untold = {index: loss._replace(shortened=None) for index, loss in removed.losses.items()}
    effect = savings.effect(whole.base, Removal(removed.cut, untold))
    assert savings.rebuilt(whole.base, effect) != made


@pytest.mark.parametrize(
    ("word", "relocated", "lost", "changes"),
    [
        (0x12058513, False, False, True),  # addi a0, a1, 288: the size
        (0x12058513, True, False, False),  # the lower half of an address
        (0x12058513, False, True, False),  # of a line that goes
        (0x12010513, False, False, False),  # addi a0, sp, 288: a place in the frame
    ],
)
def test_only_what_is_the_length_changes(word: int, relocated: bool, lost: bool, changes: bool) -> None:
    code = word.to_bytes(4, "little")
    function = section("f", 0, 4)
    table = section("rows", 100, 288, code=False)
    of = graph(function, table)
    sites = Sites(near=((0, BASE + 100),) if relocated else ())
    losses = {1: Loss((), shortened=Shortened(BASE + 100, 288, 12, 264, 11))}
    if lost:
        losses[0] = Loss(((BASE, BASE + 4),))
    found = bounds.find(bounds.Code(of, code, sites), layout.lay_out((), ()), losses)
    assert found == (((0, (0x10858513).to_bytes(4, "little")),) if changes else ())


@pytest.mark.parametrize(
    ("lower", "refers", "between", "relocated", "changes"),
    [
        (0x21878793, False, 0, False, True),  # addi a5, a5, 536: 4,632, the size
        (0x21C78793, True, 0, False, True),  # four more: a member behind the end
        (0x21C78793, False, 0, False, False),  # of another array
        (0x23078793, True, 0, False, False),  # 24 more: an element further
        (0x21878793, False, 20, False, False),  # what the register holds by then, nobody knows
        (0x21878793, False, 0, True, False),  # the lower half of an address
    ],
)
def test_a_size_of_two_halves(lower: int, refers: bool, between: int, relocated: bool, changes: bool) -> None:
    nothing, upper = (0x00000013).to_bytes(4, "little"), (0x6785).to_bytes(2, "little")  # c.lui a5, 1
    code = upper + nothing * between + lower.to_bytes(4, "little")
    last = len(code) - 4
    of = graph(
        section("f", 0, len(code), *([Edge(0, 1, "rows", -1)] if refers else [])),
        section("rows", 100, 4632, code=False),
    )
    sites = Sites(near=((last, BASE + 100),) if relocated else ())
    losses = {1: Loss((), shortened=Shortened(BASE + 100, 4632, 193, 4584, 191))}
    found = dict(bounds.find(bounds.Code(of, code, sites), layout.lay_out((), ()), losses))
    expected = {0: upper, last: (lower - (48 << 20)).to_bytes(4, "little")}  # two elements less
    assert found == (expected if changes else {})
