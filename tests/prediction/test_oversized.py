"""A source that is too large to be read, but compiled into the build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import firmware_of, needs_toolchain, sizes
from test_cutting import graph, section

from imgcheck import cli
from imgcheck.prediction import oversized, sourcefiles
from imgcheck.prediction.effects import Effect
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources import Tree
from imgcheck.readers import preprocessor

HEADER = "#define ENABLE_TABLE 1\n#define ENABLE_OTHER 1\n#if ENABLE_TABLE\n#define ROWS 500\n#endif\n"
LARGE = (
    """#include "config.h"
#ifdef ROWS
const short lut[ROWS] = {1, 2, 3};
#endif
"""
    + "// a line of no use to anybody\n" * 100
)
MAIN = """#include "config.h"
extern const short lut[]; volatile int out;
#if ENABLE_OTHER
__attribute__((noinline)) int other(int n) { return out ^ n * 7; }
#endif
int main(void) { for (;;) {
#ifdef ROWS
  out += lut[out & 7];
#endif
#if ENABLE_OTHER
  out += other(out);
#endif
} }
"""


def made(folder: Path, header: str) -> Path:
    return firmware_of(folder, {"config.h": header, "main.c": MAIN, "large.c": LARGE})


@needs_toolchain
def test_what_a_source_that_is_not_read_may_lose_is_in_the_bar_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    firmware = made(tmp_path / "on", HEADER)
    off = sizes(made(tmp_path / "off", HEADER.replace("TABLE 1", "TABLE 0")))
    monkeypatch.setattr(sourcefiles, "_LARGEST", len(MAIN) + 1)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    rows = {row["name"]: row for row in report["features"]}
    real = sizes(firmware)[0] - off[0]
    table, other = rows["ENABLE_TABLE"], rows["ENABLE_OTHER"]
    assert abs(table["flash"] - real) <= table["flash_error"]
    assert table["estimate"]
    assert not other["estimate"]
    assert other["flash_error"] < 60
    (said,) = [one for one in report["diagnostics"] if one["code"] == "source-unread"]
    assert "large.c" in said["message"]


@needs_toolchain
def test_a_source_that_nobody_compiles_is_not_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    firmware = firmware_of(tmp_path / "on", {"config.h": HEADER.replace("ROWS", "NONE"), "main.c": MAIN})
    (tmp_path / "on" / "large.c").write_text(LARGE)
    monkeypatch.setattr(sourcefiles, "_LARGEST", len(MAIN) + 1)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert not [one for one in report["diagnostics"] if one["code"] == "source-unread"]


def test_a_header_that_is_not_read_concerns_who_includes_it() -> None:
    unread = {"large.h": frozenset({"ENABLE_TABLE"}), "large.c": frozenset({"ENABLE_TABLE"})}
    tree = Tree({"a.c": "", "large.h": "", "large.c": ""}, preprocessor.parse, unread=unread)
    origins = {
        0: Origin("a.c", frozenset({"a.c", "large.h"})),
        1: Origin("a.c", frozenset({"a.c"})),
        2: Origin("b.c", frozenset(), others=frozenset({"large.c"})),
        3: Origin("", frozenset({"large.h"})),
    }
    assert oversized.objects(origins, tree) == {0: {"a.c"}, 2: {"b.c", "large.c"}}


def test_what_goes_anyway_does_not_widen_the_bar() -> None:
    of = graph(section("stays", 0, 10), section("goes", 10, 30), section("too", 40, 5))
    effect = Effect(30, 0, (), (1,), {}, {}, error=4, layout=None)
    assert oversized.widened(of, effect, frozenset({0})).error == 4 + 10 + 5
    assert oversized.widened(of, effect, frozenset()) == effect
