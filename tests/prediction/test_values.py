"""Features that C code reads as values, against a build that was made without them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from compiled import firmware_of, needs_toolchain, sizes

from imgcheck import cli

pytestmark = needs_toolchain
HEADER = "#define ENABLE_A 1 // the one\n#define ENABLE_B 1\n#define HAS_B ENABLE_B\n"
WORK = """
static const unsigned char table_N[] = {1,7,9,2,4,4,7,3,8,1,0,2,8,5,3,9,4,6,1,3,3,7,8,9,2,1,4,6,8,9,3,2};
static int seen_N[40];
int work_N(int n) {
    for (int i = 0; i < n; i++) seen_N[(n + i) % 40] += table_N[(i * 7 + n) & 31] * (n - i);
    return seen_N[n % 40] ^ n; }
"""
UNFOLLOWED = {
    "argument": "enum { STEP = ENABLE_A ? 1 : 0 };\n out += STEP + ENABLE_B;\n out += work_A(1) + work_B(1);"
}
WAYS = {
    "if": "if (ENABLE_A) out += work_A(out);\n if (HAS_B && out) { out ^= work_B(out); }",
    "else": "if (!ENABLE_A) out++; else out += work_A(out);\n out = HAS_B ? work_B(out) : out;",
    "length": "static volatile int buf[8 + 64 * ENABLE_A]; buf[out & 7]++;\n"
    "#if ENABLE_A\n out += work_A(out);\n#endif\n#if ENABLE_B\n out += work_B(out);\n#endif\n",
    "is_enabled": "#define IS_ENABLED(x) __is(x)\n#define __is(x) __is2(__holds_##x)\n#define __holds_1 0,\n"
    "#define __is2(y) __is3(y 1, 0)\n#define __is3(z, value, ...) value\n"
    " if (IS_ENABLED(ENABLE_A)) out += work_A(out);\n if (IS_ENABLED(ENABLE_B)) out += work_B(out);",
}


def made(folder: Path, way: str, off: str = "") -> Path:
    """The ELF of a firmware that reads its features in some way, without the feature `off`."""
    header = re.sub(rf"({off}) 1", r"\1 0", HEADER) if off else HEADER
    main = f"""#include "config.h"
int work_A(int); int work_B(int); volatile int out;
int main(void) {{ for (;;) {{ out++;
{(WAYS | UNFOLLOWED)[way]}
}} }}
"""
    files = {"config.h": header, "main.c": main}
    files |= {f"{name}.c": WORK.replace("N", name.upper()) for name in "ab"}
    return firmware_of(folder, files)


def asked(capsys: pytest.CaptureFixture[str], firmware: Path, *words: str) -> dict[str, Any]:
    assert cli.run([*words, str(firmware), "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_what_is_read_as_a_value_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str) -> None:
    firmware = made(tmp_path / "all", way)
    flash, ram = sizes(firmware)
    found = asked(capsys, firmware, "features")
    assert [one["name"] for one in found["features"]]
    for one in found["features"]:
        there = sizes(made(tmp_path / one["name"], way, one["name"]))
        real = (flash - there[0], ram - there[1])
        assert real[0] > 80
        off = abs(one["flash"] - real[0])
        assert off <= min(one["flash_error"], max(0.12 * real[0], 48)), (one, real)
        assert abs(one["ram"] - real[1]) <= 8, (one, real)


def test_a_use_that_is_not_followed_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    WAYS["argument"] = (
        "enum { STEP = ENABLE_A ? 1 : 0 };\n out += STEP + ENABLE_B;\n out += work_A(1) + work_B(1);"
    )
    firmware = made(tmp_path / "all", "argument")
    found = asked(capsys, firmware, "features")
    said = {one["subject"]: one for one in found["diagnostics"] if one["code"] == "feature-read-as-value"}
    assert said["ENABLE_B"]["location"]["line"] == 5
    rows = {one["name"]: one for one in found["features"]}
    assert rows["ENABLE_B"]["estimate"]
    assert rows["ENABLE_B"]["flash_error"] >= 64
    # Nobody can say that nothing suffices while such a saving is not known.
    assert cli.run(["plan", "--need", "100000", str(firmware)]) == 2
    assert "cannot be decided" in capsys.readouterr().err


def test_the_patch_of_a_value_sets_it_to_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    firmware = made(tmp_path / "all", "if")
    patch = tmp_path / "strip.diff"
    assert cli.run(["plan", "--need", "64", str(firmware), "--to", str(patch)]) == 0
    capsys.readouterr()
    assert re.search(r"^\+#define ENABLE_[AB] 0(?: // the one)?$", patch.read_text(), re.MULTILINE)
