"""Functions and variables that a feature only declares otherwise, and arrays by number, against a rebuild."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import firmware_of, left_out, needs_toolchain

from imgcheck import cli
from imgcheck.model import FeatureSettings
from imgcheck.prediction.sources import Tree, features
from imgcheck.prediction.sources.changes import Differences
from imgcheck.readers import preprocessor

LIBRARY = """
volatile int out; int shared[40];
#define WORK(name) int name(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + __LINE__); \\
  for (int i = n; i; i /= 3) out ^= out << (i & 7); out -= n / (out | 1) + __LINE__; return out ^ n; }
WORK(rich)
WORK(plain)
WORK(third)
WORK(fourth)
void say(const char *text) { while (*text) out += *text++; }
"""
HEADER = """
extern volatile int out; extern int shared[40]; int rich(int), plain(int), third(int), fourth(int);
void say(const char *);
"""
LOOP = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
HOT = """
HOW int hot(int n) {
  for (int i = 0; i < n; i++)
    shared[i % 40] += n * i;
  out ^= n << 3;
  return out / n;
}
"""
CALLS = "    out += hot(out);\n    out += hot(out + 1);\n    out += hot(out + 2);"


def otherwise(on: str, off: str) -> str:
    return f"#if ENABLE_A\n#define HOW {on}\n#else\n#define HOW {off}\n#endif\n"


NEVER = "__attribute__((noinline))"
WAYS = {
    "code in RAM": otherwise('__attribute__((noinline, section(".data.hot")))', NEVER) + HOT + LOOP % CALLS,
    "inline": otherwise("static inline __attribute__((always_inline))", f"static {NEVER}")
    + HOT
    + LOOP % CALLS,
    "how it is optimized": otherwise('__attribute__((noinline, optimize("O3")))', NEVER) + HOT + LOOP % CALLS,
    "a #pragma": '#if ENABLE_A\n#pragma GCC optimize ("O3")\n#endif\n'
    + otherwise(NEVER, NEVER)
    + HOT
    + LOOP % CALLS,
    "_Pragma": '#if ENABLE_A\n_Pragma("GCC optimize(\\"O3\\")")\n#endif\n'
    + otherwise(NEVER, NEVER)
    + HOT
    + LOOP % CALLS,
    "a table that is written to": otherwise("", "const")
    + "static HOW short table[100] = {1, 2, 3, 4};\n"
    + LOOP % "    out += table[out % 100];\n#if ENABLE_A\n    table[out % 100]++;\n#endif",
    "wider elements": otherwise("long long", "short")
    + "static HOW curve[50];\n"
    + LOOP % "    curve[out % 50] += out;\n    out += curve[3];",
    "another alignment": otherwise("__attribute__((aligned(256)))", "")
    + "static const int table[20] HOW = {1, 2, 3, 4, 5, 6, 7, 8, 9};\n"
    + LOOP % "    out += table[out % 20u];",
    "another branch": "#if ENABLE_A\nstatic char ring[4090];\n#else\nstatic char ring[250];\n#endif\n"
    + LOOP % "    ring[out % 200u] += out;\n    out += ring[1];",
    "a larger one": "#if ENABLE_A\nstatic char ring[50];\n#else\nstatic char ring[250];\n#endif\n"
    + LOOP % "    ring[out % 20u] += out;\n    out += ring[1];",
    "other elements": "#if ENABLE_A\nstatic int ring[] = {1, 2, 3, 4, 5, 6, 7};\n#else\n"
    "static short ring[] = {1, 2, 3};\n#endif\n" + LOOP % "    ring[out % 3u] += out;\n    out += ring[1];",
    "a function's own": "int kept(int n) {\n#if ENABLE_A\n  static int old[90];\n#else\n"
    "  static int old[10];\n#endif\n  old[n % 10u] += n;\n  return old[3];\n}\n"
    + LOOP
    % "    out += kept(out);",
    "the last element by number": """
static int (*const ops[])(int) = {
  [0] = plain,
#if ENABLE_A
  [30] = rich,
#endif
  [4] = third,
};
"""
    + LOOP % "    if (ops[out % (sizeof ops / 4)]) out += ops[out % (sizeof ops / 4)](out);",
    "an element by number": """
static int (*const ops[])(int) = {
  [0] = plain,
  [30] = rich,
  [4] = third,
#if ENABLE_A
  [2] = fourth,
#endif
};
"""
    + LOOP % "    if (ops[out % (sizeof ops / 4)]) out += ops[out % (sizeof ops / 4)](out);",
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_is_declared_otherwise_is_no_zero(
    tmp_path: Path, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    top = '#include "config.h"\n#include "lib.h"\n'
    files = {
        "lib.c": LIBRARY, "lib.h": HEADER, "config.h": "#define ENABLE_A 1\n", "main.c": top + WAYS[way],
    }  # fmt: skip
    firmware = firmware_of(tmp_path / "all", files)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}", "-o", "text"]) == 0
    (row,) = json.loads((tmp_path / "found.json").read_text())["features"]
    flash, ram = left_out(tmp_path / "off", firmware, files)
    assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
    assert abs(row["ram"] - ram) <= 8, (row, ram)
    said = "declares hot" in " ".join(capfd.readouterr().out.split())
    assert said is (HOT in WAYS[way])


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("#if ENABLE_A\ninline\n#endif\nint f(int n) {\n  return n;\n}\n", {"f": {4, 5, 6}}),
        ("#if ENABLE_A\n#define F 1\n#else\n#define F 2\n#endif\nint f(int n) { return F + n; }\n", {}),
        ('#if ENABLE_A\n#pragma message "on"\n#endif\nint f(int n) { return n; }\n', {}),
        (
            "int e(int n) { return n; }\n#if ENABLE_A\n#pragma pack(1)\n#endif\nint f(int n) { return n; }\n",
            {"f": {5}},
        ),
        ('_Pragma("GCC poison x") int f(int n) {\n#if ENABLE_A\nn++;\n#endif\nreturn n; }\n', {}),
        ("int f(int n\n#if ENABLE_A\n, int m\n#endif\n) { return n; }\n", {}),
        ("#if ENABLE_A\nstatic int f(int n) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n", {}),
        (
            "#if ENABLE_A\n#define T int\n#else\n#define T char\n#endif\n"
            "typedef T t;\nt f(t n) { return n; }\n",
            {"t": set()},
        ),
        (
            "#if ENABLE_A\n#define N 9\n#else\n#define N 3\n#endif\ntypedef struct { char room[N]; } t;\n"
            "int f(t *n) { return n->room[1]; }\n",
            {},  # its members are told
        ),
        (
            "#if ENABLE_A\n#define S static\n#else\n#define S\n#endif\nS int f(int n) { return 1; }\n",
            {"f": {6}},
        ),
    ],
)
def test_a_function_is_declared_otherwise_by_what_is_in_front_of_its_parameters(
    text: str, functions: dict[str, set[int]]
) -> None:
    tree = Tree({"a.c": '#include "c.h"\n' + text, "c.h": "#define ENABLE_A 1\n"}, preprocessor.parse)
    settings = FeatureSettings(config="c.h", pattern="ENABLE_*")
    found = Differences(features(tree, settings, "c.h")).changes(["ENABLE_A"])
    lines = found["a.c"].redeclared.functions if "a.c" in found else {}
    assert {name: {line - 1 for line in body} for name, body in lines.items()} == functions
