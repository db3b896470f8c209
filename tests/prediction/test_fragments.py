"""Files that are rows of another one's table, enumerators or cases, against builds without the feature."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import LIBRARY, TOP, firmware_of, needs_toolchain, sizes

from imgcheck import cli
from imgcheck.prediction.sources import Tree
from imgcheck.prediction.sources.fragments import Fragments
from imgcheck.prediction.sources.reading import Blocks
from imgcheck.readers import preprocessor

HEADER = """
#ifndef LIB_H
#define LIB_H
extern volatile int out; int rich(int), plain(int), other(int); void say(const char *);
#endif
"""
LOOP = "int main(void) { for (;;) { out += plain(out); %s } }\n"
ROWS = """
#if ENABLE_A
ROW(alpha, rich)
#endif
#if ENABLE_B
ROW(beta, other)
#endif
ROW(gamma, plain)
"""
WAYS: dict[str, dict[str, str]] = {
    "a header that is read once for prototypes and once for rows": {
        "ops.h": """
#if defined(DECLARE)
#if ENABLE_A
int op_a(int);
#endif
#if ENABLE_B
int op_b(int);
#endif
#else
#if ENABLE_A
{ "operation a", op_a },
#endif
#if ENABLE_B
{ "operation b", op_b },
#endif
#endif
""",
        "main.c": TOP
        + """
#define DECLARE
#include "ops.h"
#undef DECLARE
#if ENABLE_A
int op_a(int n) { say("in a"); return rich(n); }
#endif
#if ENABLE_B
int op_b(int n) { say("in b"); return other(n); }
#endif
static const struct { const char *name; int (*run)(int); } ops[] = {
#include "ops.h"
  { "plain", plain }, { "none", 0 },
};
"""
        + LOOP % "for (int i = 0; i < sizeof ops / 8; i++) { say(ops[i].name); out += ops[i].run(i); }",
    },
    "rows for functions, an enumeration, names and a table": {
        "rows.inc": ROWS,
        "main.c": TOP
        + """
#define ROW(name, f) static int drv_##name(int n) { say("driver " #name); return f(n) + 1; }
#include "rows.inc"
#undef ROW
enum {
#define ROW(name, f) DRV_##name,
#include "rows.inc"
#undef ROW
  COUNT };
static int stats[COUNT][8];
static int (*const table[])(int) = {
#define ROW(name, f) drv_##name,
#include "rows.inc"
#undef ROW
};
"""
        + LOOP % "for (int i = 0; i < COUNT; i++) { stats[i][out & 7]++; out += table[i](out); }",
    },
    "enumerators of a header that two sources include": {
        "rows.def": ROWS,
        "kinds.h": """
#ifndef KINDS_H
#define KINDS_H
enum kind {
#define ROW(name, f) KIND_##name,
#include "rows.def"
#undef ROW
  KINDS };
int second(int);
#endif
""",
        "second.c": TOP + '#include "kinds.h"\nstatic int seen[KINDS * 10];\n'
        "int second(int n) { return seen[n % (KINDS * 10)]++ + seen[3]; }\n",
        "main.c": TOP + '#include "kinds.h"\nstatic int known[KINDS][6];\n'
        "static int (*const runs[])(int) = {\n#define ROW(name, f) [KIND_##name] = f,\n"
        '#include "rows.def"\n#undef ROW\n};\n'
        + LOOP
        % "for (int i = 0; i < KINDS; i++) { known[i][out % 6]++; out += runs[i](i) + second(i); }",
    },
    "cases of a switch": {
        "cases.inc": """
#if ENABLE_A
case 3: say("three is what was asked for"); return rich(n);
#endif
#if ENABLE_B
case 4: return other(n) + 4;
#endif
""",
        "main.c": TOP
        + """
__attribute__((noinline)) static int choose(int n) {
  switch (n & 15) {
  case 1: say("one"); return plain(n);
#include "cases.inc"
  default: return n;
  }
}
"""
        + LOOP % "out += choose(out);",
    },
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_pieces_of_a_text_are_read_where_they_stand(
    tmp_path: Path, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    config = "#define ENABLE_A 1\n#define ENABLE_B 1\n"
    files = {"lib.c": LIBRARY, "lib.h": HEADER, "config.h": config, **WAYS[way]}
    firmware = firmware_of(tmp_path / "all", files)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}", "-o", "text"]) == 0
    rows = {one["name"]: one for one in json.loads((tmp_path / "found.json").read_text())["features"]}
    for name in ("ENABLE_A", "ENABLE_B"):
        header = config.replace(f"{name} 1", f"{name} 0")
        there = sizes(firmware_of(tmp_path / name, {**files, "config.h": header}, debug="-g0"))
        flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
        assert flash > 100
        assert abs(rows[name]["flash"] - flash) <= rows[name]["flash_error"], (rows[name], flash)
        assert abs(rows[name]["ram"] - ram) <= 8, (rows[name], ram)
    assert "does not compile" not in " ".join(capfd.readouterr().out.split())


@pytest.mark.parametrize(
    ("before", "piece", "inside"),
    [
        ("int a[] = {", "1, 2,", True),
        ("int f(int n) { n++;", "g();", True),
        ("enum\n#define ROW(x) x,\n", "ROW(1)", True),
        ("int a;", "int b;", False),
        ("int f(void) { }", "int b;", False),
        ("// int a[] = {\n", "int b;", False),
        ("", "int b;", False),
        ('extern "C" {', "#pragma once\nint b;", False),
        ('extern "C" {', "#ifndef PIECE_H\n#define PIECE_H\nint b;\n#endif", False),
    ],
)
def test_what_is_a_piece(before: str, piece: str, inside: bool) -> None:
    files = {"a.c": f'{before}\n#include "piece.h"\n;}}\n', "piece.h": piece + "\n"}
    tree = Tree(files, preprocessor.parse)
    fragments = Fragments(tree, Blocks(tree))
    assert fragments.pieces("a.c") == (frozenset({"piece.h"}) if inside else frozenset())
    assert fragments.groups(("a.c",)) == ((frozenset(files),) if inside else ())


def test_pieces_of_pieces_are_one_text_and_circles_end() -> None:
    files = {
        "a.c": 'int a[] = {\n#include "b.inc"\n};\n',
        "b.inc": '1,\n#include "c.inc"\n',
        "c.inc": '2,\n#include "b.inc"\n',
        "d.c": 'int b[] = {\n#include "c.inc"\n};\n',
    }
    tree = Tree(files, preprocessor.parse)
    assert Fragments(tree, Blocks(tree)).groups(("a.c",)) == (frozenset({"a.c", "b.inc", "c.inc"}),)
