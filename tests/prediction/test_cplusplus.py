"""What only a C++ compiler refers to, against a rebuild: virtual functions, what sets variables up."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import LIBRARY, SCRIPT, firmware_of, left_out, needs_toolchain
from rebuilt import said

HEADER = (
    'extern "C" { extern volatile int out; int rich(int), plain(int), other(int); void say(const char *); }\n'
)
RUNTIME = """
extern "C" void __cxa_pure_virtual() { for (;;); }
"""
MAIN = 'extern "C" int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n'
SHAPES = """
struct Shape {
  virtual int area(int n) = 0;
  virtual int name(int n) { return n; }
#if ENABLE_A
  virtual int around(int n) { return rich(n) * 3; }
#endif
};
struct Square : Shape {
  int side = 3;
  int area(int n) override { return plain(n) * side; }
#if ENABLE_A
  int around(int n) override { return other(n) * 4 + side; }
#endif
};
struct Circle : Shape { int radius = 5; int area(int n) override { return plain(n) * 3 * radius; } };
Square square;
Circle circle;
Shape *volatile shapes[2] = {&square, &circle};
"""
AREA = "out += shapes[out & 1]->area(out) + shapes[out & 1]->name(out);"
RING = """
template <class T, int N> struct Ring {
  T data[N];
  int at = 0;
  __attribute__((noinline)) void push(T value) { data[at++ % N] = value; out += at; }
};
Ring<int, 16> first;
#if ENABLE_A
Ring<short, 50> second;
#endif
"""
WAYS = {
    "a virtual function": SHAPES + MAIN % (AREA + "\n#if ENABLE_A\nout += shapes[0]->around(out);\n#endif"),
    "one that nobody calls": SHAPES + MAIN % AREA,
    "a variable that is set up": RING
    + MAIN % "first.push(out);\n#if ENABLE_A\nsecond.push(out);\nout += second.data[3];\n#endif",
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_only_the_compiler_refers_to_needs_nothing(tmp_path: Path, way: str) -> None:
    files = {
        "lib.c": LIBRARY, "lib.h": HEADER, "config.h": "#define ENABLE_A 1\n", "runtime.cpp": RUNTIME,
        "main.cpp": '#include "config.h"\n#include "lib.h"\n' + WAYS[way],
        "fw.ld": SCRIPT.replace("*(.text .text.*)", "*(.text .text.*) KEEP(*(.init_array*))"),
    }  # fmt: skip
    firmware = firmware_of(tmp_path / "all", files)
    found = said(firmware)
    (row,) = found["features"]
    flash, ram = left_out(tmp_path / "off", firmware, files)
    assert row["flash_error"] <= 40
    assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
    assert row["ram"] == ram
    if "virtual" in way or "nobody" in way:
        assert row["flash"] == flash
    assert "feature-needed" not in {one["code"] for one in found["diagnostics"]}
