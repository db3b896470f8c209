"""Blocks that a feature leaves empty, and functions that it leaves constant, against a build without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from compiled import SECTIONS, firmware_of, needs_toolchain

from imgcheck import cli

# A pin changes its role: the flag that one of two ways into the switch sets is tested behind it.
CASES = "".join(f"case {n}: pin_{n % 5}(pin, {n * 3}); break;\n" for n in range(1, 30) if n % 7)
FLAG = f"""#include "config.h"
void pin_0(int, int); void pin_1(int, int); void pin_2(int, int); void pin_3(int, int); void pin_4(int, int);
void tell(int); void sense(void);
extern unsigned char roles[32]; extern int on, edits;
#define IS_SENSOR(role) ((role) >= 40 && (role) <= 44)
void pin_set(int pin, int role) {{
    int changed = 0;
    if (pin < 0 || pin > 31) {{
        tell(pin);
        return;
    }}
    if (roles[pin] != role) {{
        if (on) {{
            if (IS_SENSOR(roles[pin])) {{
                changed = 1;
            }}
            if (IS_SENSOR(role))
                changed = 1;
        }}
        roles[pin] = role;
        edits++;
    }}
    if (on) {{
        switch (role) {{
        {CASES}
        default: break;
        }}
    }}
    if (changed) {{
#if ENABLE_A
        sense();
#endif
    }}
}}
"""
# A lookup that finds nothing without its table: callers in the same file know that.
CONSTANT = """#include "config.h"
extern volatile int out;
void show(int, int); int parse(const char *);
#if ENABLE_A
extern const char *const names[9]; extern int values[9];
#endif
const char *lookup(const char *name, int *value) {
#if ENABLE_A
    for (int i = 0; i < 9; i++) {
        const char *a = names[i], *b = name;
        while (*a && *a == *b) { a++; b++; }
        if (!*a) { *value = values[i]; return b; }
    }
#endif
    return 0;
}
int expand(const char *name) {
    int value = 0;
    const char *after = lookup(name, &value);
    if (after == 0)
        return parse(name);
    show(value, value * 7);
    if (value > 1000)
        show(value / 10, 3);
    return after[0] + value;
}
int first(const char *name) {
    int value;
    if (lookup(name + 1, &value)) { show(1, value); out = value; }
    return out;
}
"""
REST = """
volatile int out; unsigned char roles[32]; int on = 1, edits; int values[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
const char *const names[9] = {"ch", "dim", "hue", "hour", "day", "year", "up", "rand", "temp"};
void pin_0(int a, int b) { out = a + b; } void pin_1(int a, int b) { out = a - b; }
void pin_2(int a, int b) { out = a ^ b; } void pin_3(int a, int b) { out = a | b; }
void pin_4(int a, int b) { out = a & b; } void tell(int n) { out = n; }
void show(int a, int b) { out += a * b; }
int parse(const char *s) { return *s - '0'; }
void sense(void) { for (int i = 0; i < 32; i++) out += roles[i] * i + (out >> 3); }
void pin_set(int, int); int expand(const char *); int first(const char *);
const char *lookup(const char *, int *);
int main(void) { for (;;) { CALL } }
"""
WAYS = {
    "flag": (FLAG, "pin_set(out, out >> 8);"),
    "constant": (CONSTANT, 'int v; out += expand("hour") + first("xup"); if (lookup("day", &v)) out = v;'),
}


def made(folder: Path, way: str, off: bool, sections: tuple[str, ...]) -> Path:
    """The ELF of a small firmware, with or without its feature."""
    text, call = WAYS[way]
    files = {
        "config.h": f"#define ENABLE_A {0 if off else 1}\n",
        "main.c": REST.replace("CALL", call),
        "work.c": text,
    }
    return firmware_of(folder, files, sections)


def rows(firmware: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    return {one["name"]: one for one in json.loads(capsys.readouterr().out)["features"]}


@needs_toolchain
@pytest.mark.parametrize(
    "sections",
    [SECTIONS, (), (*SECTIONS, "-fno-jump-tables")],
    ids=["sections", "one section", "no tables"],
)
@pytest.mark.parametrize("way", WAYS)
def test_what_an_empty_block_takes_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str, sections: tuple[str, ...]
) -> None:
    firmware = made(tmp_path / "all", way, False, sections)
    without = made(tmp_path / "less", way, True, sections)
    sizes = [one.with_suffix(".bin").stat().st_size for one in (firmware, without)]
    real = sizes[0] - sizes[1]
    found = rows(firmware, capsys)["ENABLE_A"]
    off = abs(found["flash"] - real)
    assert off <= min(found["flash_error"], 0.2 * real), (found, real)


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_without_line_tables_the_bar_holds_what_an_empty_block_takes_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    sections = (*SECTIONS, "-g0")
    firmware = made(tmp_path / "all", way, False, sections)
    without = made(tmp_path / "less", way, True, sections)
    real = firmware.with_suffix(".bin").stat().st_size - without.with_suffix(".bin").stat().st_size
    found = rows(firmware, capsys)["ENABLE_A"]
    assert abs(found["flash"] - real) <= found["flash_error"] <= 1.1 * real, (found, real)
