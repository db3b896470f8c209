"""Variables that share their section with others, against a rebuild."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import SECTIONS, firmware_of, needs_toolchain, sizes

from imgcheck import cli

CONFIG = "".join(f"#define ENABLE_{one} 1\n" for one in "ABCD")
MAIN = """
#include "config.h"
volatile int out;
#define SPECIAL __attribute__((section(".bss.special")))
static int kept[30] SPECIAL, always[50];
#if ENABLE_A
static int first[40] SPECIAL; int second[90]; static short third[60] = {1, 2, 3};
#endif
static short levels[40] = {3, 4, 5}; int known[20];
#if ENABLE_B
static int one(int n) { return n * 7; }
static int two(int n) { return n * out; }
static int (*const table[])(int) = {one, two, one, two, one, one, two};
static const short curve[60] = {7, 8, 9};
#endif
static const short other[30] = {1, 2};
__attribute__((unused)) static char unnamed[200];
int main(void) { for (;;) {
  kept[out % 30]++; always[out % 50]++; known[out % 20]++;
#if ENABLE_A
  out += first[out % 40]++ + second[out % 90]++ + third[out % 60]++;
#endif
#if ENABLE_B
  out += table[out % 7](out) + curve[out % 60];
#endif
#if ENABLE_C
  unnamed[out % 200]++; out ^= unnamed[7];
#endif
#if ENABLE_D
  known[3] += out; always[4] += out; out += levels[3];
#endif
  out += levels[out % 40]++ + other[out % 30];
} }
"""


NAMELESS = f"""
#include "config.h"
volatile int out;
#if ENABLE_A
static const short curve[] = {{{", ".join(str(one * 7) for one in range(30))}}};
#endif
int main(void) {{ for (;;) {{
  switch (out) {{
{"".join(f"  case {one}: out = out {'+-^*'[one % 4]} {one * one * 31 + 3}; break;" for one in range(20))}
  }}
#if ENABLE_A
  out += curve[out % 30];
#endif
}} }}
"""


@needs_toolchain
@pytest.mark.parametrize("sections", [SECTIONS, SECTIONS[:1]])
def test_a_constant_goes_without_the_table_of_a_switch_beside_it(
    tmp_path: Path, sections: tuple[str, ...]
) -> None:
    there = []
    for value in (1, 0):
        files = {"main.c": NAMELESS, "config.h": f"#define ENABLE_A {value}\n"}
        there.append(firmware_of(tmp_path / str(value), files, sections))
    assert cli.run(["features", str(there[0]), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    (row,) = json.loads((tmp_path / "found.json").read_text())["features"]
    flash = sizes(there[0])[0] - sizes(there[1])[0]
    assert flash > 60
    assert abs(row["flash"] - flash) <= min(row["flash_error"], 40), (row["flash"], flash)


@needs_toolchain
@pytest.mark.parametrize("sections", [SECTIONS, SECTIONS[:1]])
def test_memory_of_shared_sections_is_what_a_rebuild_frees(tmp_path: Path, sections: tuple[str, ...]) -> None:
    firmware = firmware_of(tmp_path / "all", {"main.c": MAIN, "config.h": CONFIG}, sections)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    rows = {one["name"]: one for one in json.loads((tmp_path / "found.json").read_text())["features"]}
    for one, least in {"A": 600, "B": 0, "C": 200, "D": 0}.items():
        name = f"ENABLE_{one}"
        header = CONFIG.replace(f"{name} 1", f"{name} 0")
        there = sizes(
            firmware_of(tmp_path / name, {"main.c": MAIN, "config.h": header}, sections, debug="-g0")
        )
        flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
        assert ram >= least, name
        assert abs(rows[name]["ram"] - ram) <= 8, (rows[name], ram)
        assert abs(rows[name]["flash"] - flash) <= rows[name]["flash_error"], (rows[name], flash)
