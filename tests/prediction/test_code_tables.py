"""Tables that the compiler made of a switch, and those that it made code, against a rebuild."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import SECTIONS, firmware_of, needs_toolchain, sizes
from test_cutting import BASE, LINES, MAIN, Change, graph, section

from imgcheck import cli
from imgcheck.prediction import cutting, tables
from imgcheck.prediction.coderows import Code
from imgcheck.prediction.cutting import Loss
from imgcheck.prediction.linkage import Edge, Node
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources.arguments import narrowed
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.structure import START, scan

# Places of a to g belong to lines 3 and 1 of MAIN, those of x and y to line 2.
PLACES = dict(zip("abcdefgxy", (10, 11, 12, 13, 14, 0, 1, 4, 5), strict=True))


def lost(entries: str, removed: int = 2) -> cutting.Removal:
    """What goes with a line of a function that has a table of these places."""
    jumps = tuple(Edge(4 * at, 0, "", -1, PLACES[one]) for at, one in enumerate(entries))
    table: Node = section("", 40, 4 * len(entries), *jumps, code=False, symbols=())
    of = graph(MAIN, section("helper", 20, 10), section("other", 30, 10), table)
    origins = {0: Origin("a.c", frozenset(), Code({0: LINES}))}
    changes = {"a.c": Change(removed_lines=frozenset({removed}))}
    return tables.extended(of, origins, changes, cutting.removal(of, origins, changes))


def test_the_table_of_a_switch_that_went() -> None:
    assert lost("xy").cut.nodes == {3}
    assert lost("xy", 3).cut.nodes == frozenset()


@pytest.mark.parametrize("entries", ["xabcdyx", "abcdxy", "eeabcdexee"])
def test_a_switch_of_few_cases_is_no_table(entries: str) -> None:
    found = lost(entries)
    assert found.cut.nodes == {3}
    assert found.losses[0].unsure > 0


def test_a_table_loses_its_first_and_last_cases() -> None:
    for entries, spans in (
        ("xyabxcdey", ((40, 48), (72, 76))),
        ("xggabgcdeggy", ((40, 52), (76, 88))),  # g is where values go that no case names
    ):
        found = lost(entries)
        assert found.cut.nodes == frozenset()
        assert found.losses[3] == Loss(tuple((BASE + start, BASE + end) for start, end in spans))
        assert found.losses[0].unsure > 0


def test_a_table_is_as_long_without_a_case_in_its_middle() -> None:
    assert 3 not in lost("abcxdefg").losses
    assert lost("abcxdefg").cut.nodes == frozenset()


CASES = "".join(f"  case {n}: c += other(c * {n + 3}, {n * 71}); break;\n" for n in range(4))
MORE = "".join(f"  case {n}: c ^= other(c - {n}, c) + {n * 5}; break;\n" for n in range(4, 12))
CONFIG = "".join(f"#define ENABLE_{one} 1\n" for one in "ABCD")
FILES = {
    "main.c": f"""
#include "config.h"
int other(int, int), log_(const char *, int);
volatile int out;
static int mode(int a, int m) {{
  int c = other(a, 3);
  if (m) {{
    c += log_("with a mode of its own", a);
    c *= other(c, m);
  }} else {{
    c ^= other(a, c + 4);
  }}
  return c + other(c, c);
}}
__attribute__((noinline)) static int pick(int c) {{
  switch (out) {{
{CASES}
#if ENABLE_A
{MORE}
#endif
  default: c--;
  }}
  return c;
}}
struct part {{ const char *name; int value; }};
static const struct part first = {{ "the first part", 3 }};
#if ENABLE_B
static const struct part second = {{ "a second part that goes", 40 }};
#endif
static const struct part *const parts[] = {{
  &first,
#if ENABLE_B
  &second,
#endif
}};
int main(void) {{ for (;;) {{
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) out += log_(parts[i]->name, parts[i]->value);
  out += mode(out, 0);
#if ENABLE_C
  out ^= mode(out, 7);
#endif
  out -= mode(out + 3, 0) + mode(out, 0);
#if ENABLE_D
  out += 3;
#endif
  out += pick(out);
}} }}
""",
    "other.c": """
int other(int a, int b) { return a * 31 + b; }
int log_(const char *text, int n) { while (*text) n = n * 7 + *text++; return n; }
""",
}


@needs_toolchain
def test_tables_and_constants_are_inside_of_their_bars(tmp_path: Path) -> None:
    firmware = firmware_of(tmp_path / "all", {**FILES, "config.h": CONFIG})
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    rows = {one["name"]: one for one in json.loads((tmp_path / "found.json").read_text())["features"]}
    for one, least in {"A": 120, "B": 20, "C": 30}.items():
        name = f"ENABLE_{one}"
        header = CONFIG.replace(f"{name} 1", f"{name} 0")
        real = (
            sizes(firmware)[0]
            - sizes(firmware_of(tmp_path / name, {**FILES, "config.h": header}, debug="-g0"))[0]
        )
        assert real >= least, name
        assert abs(rows[name]["flash"] - real) <= rows[name]["flash_error"] <= 160, (rows[name], real)
        if one == "C":  # what the last other value is worth is predicted, not only in the bar
            assert abs(rows[name]["flash"] - real) <= 40, (rows[name], real)


SHARED = f"""
#include "config.h"
int other(int, int);
volatile int out;
static const int values[] = {{ 3, 1, 4, 1, 5, 9, 2, 6 }};
__attribute__((noinline)) static int stays(int c) {{
  switch (out) {{
{CASES}{MORE}
  default: c--;
  }}
  return c + values[c & 7];
}}
#if ENABLE_A
__attribute__((noinline)) static int goes(int c) {{
  switch (out + c) {{
{MORE}
  default: c -= 2;
  }}
  return c;
}}
#endif
int main(void) {{ for (;;) {{
#if ENABLE_A
  out = goes(out);
#endif
  out += stays(out);
}} }}
"""


@needs_toolchain
@pytest.mark.parametrize("sections", [("-ffunction-sections",), SECTIONS], ids=["shared", "own"])
def test_the_table_of_a_function_goes_with_it_out_of_a_section_of_several(
    tmp_path: Path, sections: tuple[str, ...]
) -> None:
    files = {"main.c": SHARED, "other.c": FILES["other.c"], "config.h": "#define ENABLE_A 1\n"}
    firmware = firmware_of(tmp_path / "all", files, sections)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    (row,) = json.loads((tmp_path / "found.json").read_text())["features"]
    other = {**files, "config.h": "#define ENABLE_A 0\n"}
    real = sizes(firmware)[0] - sizes(firmware_of(tmp_path / "without", other, sections, debug="-g0"))[0]
    assert abs(row["flash"] - real) <= min(row["flash_error"], 8), (row, real)


def visit(text: str, block: int) -> Visit:
    tokens = text.split()
    return Visit(block, scan(tokens, START, False), frozenset(), tokens, {})


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ("c = f ( a , 0 ) ; c += f ( b , 0 ) ;", {"f"}),
        ("c = f ( a , 0 ) ; c += f ( b , 1 ) ;", set()),
        ("c = f ( a , g ( 1 , 2 ) ) ;", set()),
        ("c = f ( a , 0 ) ; table ( f ) ;", set()),
        ("return f ( 3 , 2 ) ;", {"f"}),
        ("c = 1 ;", set()),
    ],
)
def test_functions_that_are_called_with_one_constant_only(calls: str, found: set[str]) -> None:
    whole = visit(f"static int f ( int a , int m ) {{ return a + m ; }} int h ( int a ) {{ {calls} }}", 0)
    gone = visit("int k ( int b ) { return f ( b , b ) ; }", 1)
    assert narrowed([gone], [whole, gone], [whole]) == found
    assert narrowed([], [whole, gone], [whole]) == set()
    same = visit("int k ( int b ) { return f ( 3 , 0 ) + f ( 3 , 2 ) ; }", 1)
    assert narrowed([same], [whole, whole], [whole]) == set(), "constant before too"
