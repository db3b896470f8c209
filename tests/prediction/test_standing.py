"""Functions, constants and variables that stand for a switch, and lengths by them; against a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import HEADER, ON, SECTIONS, TOP, needs_toolchain
from rebuilt import rebuilt

from imgcheck.prediction.sources import standing
from imgcheck.prediction.sources.enumerators import CALL
from imgcheck.prediction.sources.folding import fold
from imgcheck.prediction.sources.lengths import NO_NUMBERS, number
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.structure import START, scan

LOOP = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
WORK = 'static int work(int x) { say("a text of the feature"); return rich(x) + other(x); }\n'
WANTED = LOOP % "    if (wanted())\n      out += work(out);"
NAMED = LOOP % "    if (wanted && out > 3) {\n      out += work(out);\n    }"
BRANCHES = "#if ENABLE_A\n%s\n#else\n%s\n#endif\n"
ONE = BRANCHES % ("  return 1;", "  return 0;")
SWITCHES = {
    "a function": "static inline int wanted(void) { return ENABLE_A; }\n" + WORK + WANTED,
    "a function in branches": f"static int wanted(void)\n{{\n{ONE}}}\n" + WORK + WANTED,
    "a function of a header": '#include "wanted.h"\n' + WORK + WANTED,
    "one that asks for something": "static inline int wanted(int x)\n{\n"
    + BRANCHES % ("  return x > 7;", "  (void)x;\n  return 0;")
    + "}\n"
    + WORK
    + LOOP % "    if (wanted(out)) {\n      out += work(out);\n    }",
    "a stub": BRANCHES
    % (
        'static int start(int x) { say("start"); return rich(x); }',
        "static inline int start(int x) { return 0; }",
    )
    + LOOP % '    if (start(out) > 3) {\n      say("more");\n      out += other(out);\n    }',
    "a constant": "static const int wanted = ENABLE_A;\n" + WORK + NAMED,
    "a constant in branches": BRANCHES % ("static const char wanted = 1;", "static const char wanted = 0;")
    + WORK
    + NAMED,
    "an enumerator": "enum { wanted = ENABLE_A };\n" + WORK + NAMED,
    "a variable": WORK + LOOP % "    int wanted = ENABLE_A;\n    if (wanted)\n      out += work(out);",
    "a variable by a stub": BRANCHES
    % (
        'static int start(void) {\n  say("start");\n  return rich(out);\n}',
        "static inline int start(void) { return 0; }",
    )
    + LOOP
    % '    int failed = start();\n    if (failed) {\n      say("failed");\n      out += other(out);\n    }',
    "a constant of a function": WORK
    + LOOP % "    const _Bool wanted = ENABLE_A && 1;\n    if (wanted)\n      out += work(out);",
}
TABLE = LOOP % "    last[out & 3] += out;\n    out += last[(out + 1) & 3];"
RECORDS = "struct record { int all[COUNT]; int n; };\nstatic struct record last[4];\n" + LOOP % (
    "    last[out & 3].all[1] += out;\n    out += last[(out + 1) & 3].all[0];"
)
LENGTHS = {
    "an enumerator": "enum { COUNT = ENABLE_A ? 40 : 4 };\nstatic int last[COUNT];\n" + TABLE,
    "a member": "#define COUNT (ENABLE_A ? 40 : 4)\n" + RECORDS,
    "digraphs": "#if ENABLE_A\n#define COUNT 40\n#else\n#define COUNT 4\n#endif\nstatic int last<:COUNT:>;\n"
    + TABLE,
    "a list in digraphs": "static int last<::> = <% 1, 2, 3,\n#if ENABLE_A\n  4, 5, 6, 7, 8,\n#endif\n4 %>;\n"
    + TABLE,
}
CONSTEXPR = BRANCHES % ("constexpr int count = 40;", "constexpr int count = 4;")
IN_CLASS = (
    "struct Wanted {\n  static constexpr int count = ENABLE_A ? 40 : 4;\n"
    "  static constexpr bool all = ENABLE_A;\n};\n"
)
CPLUSPLUS = {
    "what is worked out": "constexpr int count() { return ENABLE_A ? 40 : 4; }\n"
    "static int last[count()];\n" + TABLE,
    "in branches": "constexpr int count()\n{\n"
    + BRANCHES % ("  return 40;", "  return 4;")
    + "}\nstatic int last[count()];\n"
    + TABLE,
    "of another number": BRANCHES % ("#define MANY 40", "#define MANY 1")
    + "constexpr int most(int a, int b) { return a > b ? a : b; }\nstatic int last[most(MANY, 4)];\n"
    + TABLE,
    "constexpr": CONSTEXPR + "static int last[count];\n" + TABLE,
    "a member": IN_CLASS + "static int last[Wanted::count];\n" + TABLE,
    "enum class": "enum class Kind { a, b, c, d,\n#if ENABLE_A\n  e, f, g, h,\n#endif\n  count };\n"
    "static int last[static_cast<int>(Kind::count)];\n" + TABLE,
    "if constexpr": WORK + LOOP % "    if constexpr (ENABLE_A)\n      out += work(out);",
    "a condition": IN_CLASS + WORK + LOOP % "    if (Wanted::all)\n      out += work(out);",
    "a template's": IN_CLASS + WORK + "template <class T> static int run(int x) {\n  if constexpr (T::all)\n"
    "    return work(x);\n  else\n    return x;\n}\n" + LOOP % "    out += run<Wanted>(out);",
}  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("way", SWITCHES)
def test_what_stands_for_a_switch_decides_conditions(tmp_path: Path, way: str, level: str) -> None:
    files = {
        **ON, "main.c": TOP + SWITCHES[way],
        "wanted.h": "static inline int wanted(void)\n{\n  return ENABLE_A;\n}\n",
    }  # fmt: skip
    row, flash, *_ = rebuilt(tmp_path, files, (*SECTIONS, level))
    assert flash > 250
    assert abs(row["flash"] - flash) <= min(row["flash_error"], 60), (row, flash)


@needs_toolchain
@pytest.mark.parametrize("way", LENGTHS)
def test_lengths_that_are_written_in_other_ways(tmp_path: Path, way: str) -> None:
    row, flash, ram, _ = rebuilt(tmp_path, {**ON, "main.c": TOP + LENGTHS[way]})
    assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
    assert row["ram"] == ram > 0


@needs_toolchain
@pytest.mark.parametrize("way", CPLUSPLUS)
def test_constants_of_cplusplus(tmp_path: Path, way: str) -> None:
    files = {
        **ON, "lib.h": f'extern "C" {{\n{HEADER}}}\n',
        "main.cpp": TOP + 'extern "C" int main(void);\n' + CPLUSPLUS[way],
    }  # fmt: skip
    row, flash, ram, _ = rebuilt(tmp_path, files)
    assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
    assert row["ram"] == ram
    assert max(flash, ram) > 15


def visits(*texts: str) -> list[Visit]:
    made = []
    for block, text in enumerate(texts):
        tokens = text.split()
        made.append(Visit(block, scan(tokens, START, False), frozenset(), tokens, {}))
    return made


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("static int f ( void ) { return 1 ; }", "static int f ( void ) { return 0 ; }", {"f"}),
        ("static int f ( int x ) { return x ; }", "static int f ( int x ) { return 0 ; }", {"f"}),
        ("static int f ( int x ) { return 0 ; }", "static int f ( int x ) { return x ; }", set()),
        ("static int f ( void ) { g ( ) ; }", "static int f ( void ) { g ( ) ; return 0 ; }", set()),
        ("int __attribute__ ( ( weak ) ) f ( void ) { return 1 ; }",
         "int __attribute__ ( ( weak ) ) f ( void ) { return 0 ; }", set()),
        ("if ( f ( ) ) { return 1 ; }", "if ( f ( ) ) { return 0 ; }", set()),
        ("EACH ( x ) { return 1 ; }", "EACH ( x ) { return 0 ; }", set()),
        ("static const int n = 1 ;", "static const int n = - 2 ;", {"n"}),
        ("static int n = 1 ;", "static int n = 0 ;", set()),
        ("static const volatile int n = 1 ;", "static const volatile int n = 0 ;", set()),
        ("const int n = 1 ;", "const int n = 0 ;", set()),
        ("static const int n = f ( ) ;", "static const int n = 0 ;", set()),
        ("{ return", "= ; ) { (", set()),
    ],
)  # fmt: skip
def test_what_stands_for_another_value(before: str, after: str, names: set[str]) -> None:
    found = standing.found(visits(before), visits(after))
    assert found.names == names
    assert all(key in {*names, *(CALL + name for name in names)} for key in found.now.keys() & found.names)


def test_a_choice_is_what_is_left_of_it() -> None:
    tokens = ["n", "=", "1", "?", "4", ":", "5", ";"]
    folded = fold(tokens, {"1"}, {})
    assert folded.chosen == {2, 3, 5}
    assert folded.dead == {6}


@pytest.mark.parametrize(
    "text", ["( int ) K :: three", "static_cast < unsigned int > ( K :: three )", "three"]
)
def test_scopes_and_casts_are_no_part_of_a_number(text: str) -> None:
    assert number(text.split(), NO_NUMBERS._replace(names={"three": 3})) == 3
