"""Arrays that are as long as an enumerator or a table says, against a rebuild."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import SECTIONS, firmware_of, needs_toolchain, sizes

from imgcheck import cli
from imgcheck.prediction.sources.enumerators import NOTHING, Meanings, found, united
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.structure import START, scan

CONFIG = "\n".join(f"#define ENABLE_{one} 1" for one in "ABCDE") + "\n"
COMMON = """
#include "config.h"
enum { CH_RELAY, CH_LAMP,
#if ENABLE_A
  CH_METER, CH_POWER, CH_TEMP,
#endif
  CH_COUNT, CH_LAST = CH_COUNT - 1 };
typedef enum kind { KIND_NONE = 2,
#if ENABLE_B
  KIND_FIRST = 30,
#endif
  KIND_END } kind_t;
struct held { char on; short levels[CH_COUNT]; int last; };
extern int shared[KIND_END];
"""
FILES = {
    "common.h": COMMON,
    "main.c": """
#include "common.h"
volatile int out; int shared[KIND_END]; int other(int);
static int last[CH_COUNT], more[CH_LAST + 1][6]; static struct held held[5];
static const char *const names[] = {"one", "two",
#if ENABLE_C
  "three", "four", "five", "six", "seven", "eight", "nine",
#endif
};
#define NAMES (sizeof(names) / sizeof(names[0]))
static int counts[NAMES];
#if ENABLE_D
#define MORE(X) X(red, 1) X(green, 2) X(blue, 3) X(black, 4)
#else
#define MORE(X)
#endif
#define ALL(X) X(white, 0) X(grey, 9) MORE(X)
#define NUMBER(a, v) COLOUR_##a,
#define VALUE(a, v) v,
enum { ALL(NUMBER) COLOURS };
static int colours[COLOURS]; static short weights[] = { ALL(VALUE) };
int main(void) { for (;;) { out += last[out % CH_COUNT]++ + more[out % CH_COUNT][3]++;
  shared[out % KIND_END]++;
  held[out % 5].levels[1] += out; held[2].last ^= other(out); counts[out % NAMES] += names[out % NAMES][0];
  colours[out % COLOURS] += weights[out % COLOURS]++; } }
""",
    "other.c": """
#include "common.h"
enum { ROOM =
#if ENABLE_E
  40
#else
  12
#endif
};
static char room[ROOM];
static struct {
  int first;
#if ENABLE_E
  char extra;
#endif
  int slots[ROOM];
} slots;
int other(int n) { return room[n % ROOM]++ + slots.slots[n % ROOM]++ + slots.first--; }
""",
}


@needs_toolchain
@pytest.mark.parametrize("sections", [SECTIONS, SECTIONS[:1]])
def test_memory_of_arrays_is_what_a_rebuild_frees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sections: tuple[str, ...]
) -> None:
    firmware = firmware_of(tmp_path / "all", {**FILES, "config.h": CONFIG}, sections)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    rows = {one["name"]: one for one in json.loads(capsys.readouterr().out)["features"]}
    for one, least in {"A": 100, "B": 100, "C": 28, "D": 24, "E": 140}.items():
        name = f"ENABLE_{one}"
        header = CONFIG.replace(f"{name} 1", f"{name} 0")
        there = sizes(firmware_of(tmp_path / name, {**FILES, "config.h": header}, sections, debug="-g0"))
        flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
        assert ram >= least, name
        assert abs(rows[name]["ram"] - ram) <= 8, (rows[name], ram)
        assert abs(rows[name]["flash"] - flash) <= rows[name]["flash_error"], (rows[name], flash)


def visit(text: str, block: int = 0) -> Visit:
    tokens = text.split()
    return Visit(block, scan(tokens, START, False), frozenset(), tokens, {})


def test_enumerators_count_from_the_one_before() -> None:
    before = [
        visit("enum { A , B = 7 , C ,"),
        visit("D ,", 1),
        visit("N } ; enum kind { K = N * 2 , L } x ;", 2),
    ]
    after = [before[0], before[2]]
    one = found(before, after)
    assert one.before() == {"A": 0, "B": 7, "C": 8, "D": 9, "N": 10, "K": 20, "L": 21}
    assert one.after() == {"A": 0, "B": 7, "C": 8, "N": 9, "K": 18, "L": 19}
    assert one.names == {"N", "K", "L"}


@pytest.mark.parametrize(
    "text",
    [
        "enum kind f ( void ) { A , B ; }",
        "enum kind x ;",
        "enum",
        "enum {",
        "enum { A = other ( 3 ) , B }",
        "enum { = 3 }",
        "enum { A , A = 4 }",
    ],
)
def test_what_is_no_number_is_not_known(text: str) -> None:
    assert found([visit(text)], []).before() == {}


def test_a_name_that_stands_for_several_numbers_is_not_known() -> None:
    one, other = Meanings({"A": 1, "B": 2}, {"A": 0, "B": 1}), Meanings({"A": 1, "B": 3}, {"A": 0, "B": 1})
    assert united([one, other]).names == {"A"}
    assert united([]) == NOTHING
