"""Tables that only a compiler made: of a switch that chooses a value, of a local array; against a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, SECTIONS, TOP, needs_toolchain
from rebuilt import rebuilt

from imgcheck.prediction.sources.structure import START, scan

MEMORY = """
void *memcpy(void *to, const void *from, unsigned n) {
  volatile char *left = to;
  const char *right = from;
  while (n--) *left++ = *right++;
  return to;
}
void *memset(void *to, int value, unsigned n) {
  volatile char *left = to;
  while (n--) *left++ = value;
  return to;
}
"""
LOOP = MEMORY + "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"


def cases(*numbers: int, text: str) -> str:
    return "".join(f"    case {one}: {text.format(one * one, one * one * 37 % 101 + 5)}\n" for one in numbers)


def chosen(kind: str, head: str, text: str, end: str) -> str:
    first, rest = cases(*range(10), text=text), cases(*range(10, 20), text=text)
    return (
        f"{kind} chosen(int n) {{\n{head}\n  switch (n) {{\n{first}#if ENABLE_A\n{rest}#endif\n  {end}\n}}\n"
    )


TEXT = 'return "name of {0}";'
WAYS = {
    "texts": chosen("const char *", "", TEXT, 'default: return "?"; }') + LOOP % "say(chosen(out));",
    "texts of a function that is put into its caller": chosen(
        "static inline const char *", "", TEXT, 'default: return "?"; }'
    )
    + LOOP % "say(chosen(out));",
    "texts that are set": chosen(
        "const char *", 'const char *found = "?";', 'found = "name of {0}"; break;', "} return found;"
    )
    + LOOP % "say(chosen(out));",
    "numbers": chosen("int", "", "return {1};", "default: return 0; }") + LOOP % "out += chosen(out);",
    "all": "const char *chosen(int n) {\n#if ENABLE_A\n  switch (n) {\n"
    + cases(*range(12), text=TEXT)
    + '  }\n#endif\n  return "?";\n}\n'
    + LOOP % "say(chosen(out));",
    "a few that stay": "const char *chosen(int n) {\n  switch (n) {\n"
    + cases(0, 1, text=TEXT)
    + "#if ENABLE_A\n"
    + cases(*range(2, 9), text=TEXT)
    + '#endif\n  }\n  return "?";\n}\n'
    + LOOP % "say(chosen(out));",
    "rows of a file": "enum {\n#define ROW(a, b) a,\n#include \"rows.def\"\n#undef ROW\n};\n"
    "const char *chosen(int n) {\n  switch (n) {\n#define ROW(a, b) case a: return b;\n"
    '#include "rows.def"\n#undef ROW\n  }\n  return "unknown";\n}\n' + LOOP % "say(chosen(out));",
    "a local array": "int chosen(int n) {\n  short curve[] = {1, 5, 3, 9, 2, 8,\n#if ENABLE_A\n"
    "    11, 22, 33, 44, 55, 66, 77, 88, 99, 111, 222, 333,\n#endif\n  4};\n  curve[n & 3] += n;\n"
    "  return curve[n % (sizeof curve / 2)];\n}\n" + LOOP % "out += chosen((unsigned)out);",
    "a local array that code makes": "__attribute__((noinline)) int use(int *all, int n) { return all[n]; }\n"
    "int chosen(int n) {\n  int all[] = {n, 5,\n#if ENABLE_A\n    11, 22, 33,\n#endif\n  4};\n"
    "  return use(all, out % (sizeof all / 4));\n}\n" + LOOP % "out += chosen(out);",
    "a local structure": "struct way { int a, b; const char *text; int (*call)(int); };\n"
    "__attribute__((noinline)) int use(const struct way *one) {\n"
    '  say(one->text ? one->text : "none");\n  return one->call ? one->call(one->a) : one->b;\n}\n'
    "int chosen(int n) {\n  struct way one = {.a = n, .b = 5,\n#if ENABLE_A\n"
    '    .text = "what only this has", .call = rich,\n#endif\n  };\n  return use(&one);\n}\n'
    + LOOP % "out += chosen(out);",
}  # fmt: skip
ROWS = """
ROW(OK, "fine")
ROW(LOST, "lost link")
ROW(FULL, "queue is full")
#if ENABLE_A
ROW(AUTH, "no authorization")
ROW(TLS, "handshake failed")
ROW(CERT, "certificate expired")
#endif
ROW(OLD, "too old")
ROW(LATE, "too late")
ROW(END, "the end")
"""


@needs_toolchain
@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("way", WAYS)
def test_a_table_without_a_name_is_no_zero(tmp_path: Path, way: str, level: str) -> None:
    files = {**ON, "main.c": TOP + WAYS[way], "rows.def": ROWS}
    row, flash, ram, _ = rebuilt(tmp_path, files, (*SECTIONS, level))
    assert abs(row["flash"] - flash) <= row["flash_error"] <= 140, (row, flash)
    assert row["ram"] == ram
    if way.startswith("texts"):  # of these it is known which, and how long a word is
        assert abs(row["flash"] - flash) <= 8


def test_cases_and_initialisers_are_counted_by_function() -> None:
    text = (
        "int f ( int n ) { switch ( n ) { case 1 : case 2 : return 3 ; } int a [ ] = { 1 , { 2 , 3 } , } ; "
        "n = 4 ; return a [ n ] ; } int g [ ] = { 1 , 2 } ; int h ( ) { struct s b = { . x = 1 } ; case 7 : }"
    )
    tokens = text.split()
    uses = scan(tokens, START, False)
    assert (uses.cases, uses.listed) == ({"f": 2, "h": 1}, {"f": 4, "h": 1})
    assert uses.elements == {"g": 2}
    assert uses.after == START._replace(previous="}")
    assert uses.names["f"] == {"n", "a"}
    for cut in range(len(tokens)):  # a directive may stand anywhere
        first = scan(tokens[:cut], START, False)
        rest = scan(tokens[cut:], first.after, False)
        for name, count in uses.listed.items():
            assert first.listed.get(name, 0) + rest.listed.get(name, 0) == count
        assert rest.after == uses.after
