"""Variables that nothing sets any more, against a build that was made without what set them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from compiled import firmware_of, needs_toolchain

from imgcheck import cli

LIBRARY = """
volatile int out;
#define WORK(name) int name(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + __LINE__); \\
  for (int i = n; i; i /= 3) out ^= out << (i & 7); out -= n / (out | 1) + __LINE__; return out ^ n; }
WORK(probe)
WORK(report)
WORK(other)
"""
WAYS = {
    "flag": "int want = 0;{} out++; if (want) {{ out += report(n) * report(out); out ^= n << 3; }}",
    "else": "int want = 1;{} if (want > 0) {{ out += other(n); }} else {{ out += report(n) * report(out); }}",
    "pointer": "int *want = NULL;{} out++; if (want && n > 3) {{ out += report(*want) * report(out); }}",
    "either": "_Bool off = false;{} off ? report(n) * report(out) : other(n);",
}
SETS = {
    "flag": "if (probe(n)) want = 1;",
    "else": "want = probe(n);",
    "pointer": "if (probe(n)) want = &n;",
    "either": "off = probe(n) > 2;",
}
OTHERS = {  # what is set, or may be, by code that stays
    "flag": "if (n == 7) want = 2;",
    "else": "if (n == 7) want--;",
    "pointer": "if (n == 7) { want = &n; }",
    "either": "_Bool *far = &off; *far = n == 7;",
}


def made(folder: Path, text: str, value: int) -> tuple[Path, int]:
    main = f"""#include "config.h"
#define NULL ((void *)0)
#define false 0
extern volatile int out; int probe(int), report(int), other(int);
__attribute__((noinline)) static void use(int n) {{
  {text}
}}
int main(void) {{ for (;;) {{ use(out); out += other(3); }} }}
"""
    files = {"config.h": f"#define ENABLE_A {value}\n", "main.c": main, "library.c": LIBRARY}
    firmware = firmware_of(folder, files, debug="-g" if value else "-g0")
    return firmware, firmware.with_suffix(".bin").stat().st_size


@needs_toolchain
@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_what_a_variable_never_leads_to_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str, stays: bool
) -> None:
    block = f"\n#if ENABLE_A\n  {SETS[way]}\n#endif\n" + (OTHERS[way] if stays else "")
    text = re.sub(r"[;{]", r"\g<0>\n", re.sub(r" [?:]", r"\n\g<0>", WAYS[way].format(block)))
    firmware, size = made(tmp_path / "on", text, 1)
    _, without = made(tmp_path / "off", text, 0)
    assert cli.run(["features", str(firmware), "--feature", "ENABLE_A", "-o", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["features"]
    assert abs(row["flash"] - (size - without)) <= row["flash_error"], (row["flash"], size - without)
    gone = {one["name"] for one in row["pieces"] if one["effect"] == "gone"}
    assert gone >= ({"probe"} if stays else {"probe", "report"})
    assert not (stays and "report" in gone)


@needs_toolchain
def test_a_volatile_variable_has_no_value_for_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        WAYS["flag"]
        .format(f"\n#if ENABLE_A\n  {SETS['flag']}\n#endif\n")
        .replace("int want", "volatile int want")
    )
    firmware, size = made(tmp_path / "on", text, 1)
    _, without = made(tmp_path / "off", text, 0)
    assert cli.run(["features", str(firmware), "--feature", "ENABLE_A", "-o", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["features"]
    assert abs(row["flash"] - (size - without)) <= row["flash_error"], (row["flash"], size - without)
    assert "report" not in {one["name"] for one in row["pieces"] if one["effect"] == "gone"}
