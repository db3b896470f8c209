"""Arrays whose length a macro says that a feature chooses, against a build that was made without it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from compiled import SECTIONS, firmware_of, needs_toolchain, sizes

from imgcheck import cli
from imgcheck.prediction.sources import lengths
from imgcheck.prediction.sources.lengths import NO_NUMBERS, Numbers, changed, number

HEADER = """
#define ENABLE_A 1
#define ENABLE_B 1
#if ENABLE_A
#define DEPTH (8 * CELL)
#else
#define DEPTH 3
#endif
#define CELL 16
"""
MAIN = """
#include "config.h"
#if ENABLE_B
#define QUEUE 10
#else
#define QUEUE 90
#endif
volatile int out; static int last, queue[QUEUE], *rows[DEPTH][2];
static short levels[DEPTH] = {1, 2, 3};
int main(void) { static char line[DEPTH]; for (;;) { out += line[out % DEPTH]++ + last++;
  queue[out % QUEUE] ^= out; rows[out % DEPTH][1] = &queue[1]; levels[out % DEPTH]++; out += *rows[2][1]; } }
"""


@needs_toolchain
@pytest.mark.parametrize("sections", [SECTIONS, SECTIONS[:1]])
def test_memory_of_arrays_is_what_a_rebuild_frees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sections: tuple[str, ...]
) -> None:
    firmware = firmware_of(tmp_path / "all", {"config.h": HEADER, "main.c": MAIN}, sections)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    rows = {one["name"]: one for one in json.loads(capsys.readouterr().out)["features"]}
    for name, least in (("ENABLE_A", 1000), ("ENABLE_B", -1000)):
        header = HEADER.replace(f"{name} 1", f"{name} 0")
        there = sizes(
            firmware_of(tmp_path / name, {"config.h": header, "main.c": MAIN}, sections, debug="-g0")
        )
        flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
        assert abs(ram) > 300
        assert abs(rows[name]["ram"] - ram) <= 8, (rows[name], ram, least)
        assert abs(rows[name]["flash"] - flash) <= rows[name]["flash_error"], (rows[name], flash)


TEXT = """int a[4], *b[2 * 3], last, c[4]; struct s { int m[4]; } d[4];
static const struct s *e[4] = {0};
int f(int n, int *v) { char g[4]; n = a[4]; v[4], n = 2; v += 1, a[4] = 2; if (n) { n++; } a[4] = 1;
n += *b[4]; use(n, c[4]); return a[4]; }"""


def words(text: str) -> list[str]:
    return re.findall(r"\w+|\S", text)


def test_only_lengths_of_declarations_count() -> None:
    was, now = ((words(text), NO_NUMBERS) for text in (TEXT, TEXT.replace("4", "5").replace("3", "1")))
    assert changed(was, now) == ({"b": (6, 2), **dict.fromkeys("acdeg", (4, 5))}, {"m": (4, 5)})
    assert changed(was, was) == ({}, {})


def test_arrays_are_found_alike_whether_or_not_a_type_is_near() -> None:
    text = "int a[2], b[i[3]]; void f(void) { static char *c[4]; x = a[1] + b[c[1]]; if (k) { long d[5]; } }"
    tokens = re.findall(r"\w+|\S", text)
    plain, typed = (
        [(name, length) for name, length, _ in lengths._declared(some, lengths.NO_NUMBERS, ())]
        for some in (tokens, [*tokens, *["struct", "z", ";"]])
    )
    assert plain == typed
    assert [(name, length) for name, (length, _) in plain] == [("a", 2), ("c", 4), ("d", 5)]


def test_what_a_block_begins_inside_of_is_not_lost() -> None:
    was, now = (
        (words(text), NO_NUMBERS) for text in ("int m[2]; } a[3]; int b[4];", "int m[5]; } a[6]; int b[7];")
    )
    assert changed(was, now, [True]) == ({"a": (3, 6), "b": (4, 7)}, {"m": (2, 5)})
    assert changed(was, now, [False]).members == {}


def test_of_several_dimensions_those_that_change_count() -> None:
    was, now = (
        (words("int a[N][4]; int b[2][N]; int c[N][N]; int d[N][sizeof(int)];"), Numbers({"N": n}, {}))
        for n in (6, 3)
    )
    assert changed(was, now).arrays == {"a": (6, 3), "b": (12, 6), "c": (36, 9), "d": (6, 3)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("N + 1", 8),
        ("-M * 2", 6),
        ("N * M", -21),
        ("sizeof rows / sizeof *rows", 5),
        ("(sizeof(rows) / sizeof((rows)[0])) * 2 + N", 17),
        ("sizeof(rows) / sizeof(row_t)", 5),
        ("sizeof rows", None),
        ("sizeof(others) / sizeof(others[0])", None),
        ("OTHER", None),
        ("", None),
        ("sizeof", None),
    ],
)
def test_lengths_are_numbers_where_all_is_known(text: str, value: int | None) -> None:
    assert number(words(text), Numbers({"N": 7, "M": -3}, {"rows": 5})) == value
