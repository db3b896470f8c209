"""A stand-in comes in for a function that is there all the same: that does not link, as a rebuild tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import HEADER, LIBRARY, TOP, firmware_of, needs_toolchain

from imgcheck import cli

CLOCK = "int now(void) { return rich(out); }\nvoid tick(void) { out += other(out); }\n"
INSTEAD = "#ifndef ENABLE_A\nint now(void) { return 0; }\n#endif\n"
MAIN = (
    "int now(void);\nvoid tick(void);\nint main(void) {\n  for (;;) {\n#if ENABLE_A\n    tick();\n#endif\n"
    "    out += now() + plain(1);\n  }\n}\n"
)
WAYS = {
    "there all the same": (CLOCK, INSTEAD, True),
    "guarded": ("#ifdef ENABLE_A\n" + CLOCK + "#endif\n", INSTEAD, False),
    "static": (CLOCK, INSTEAD.replace("int now(", "static int now("), False),
    "weak": (CLOCK, INSTEAD.replace("int now", "__attribute__((weak)) int now"), False),
    "weak there": (CLOCK.replace("int now", "__attribute__((weak)) int now"), INSTEAD, False),
}  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_a_function_that_two_objects_would_define(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, instead, refused = WAYS[way]
    files = {
        "lib.h": HEADER, "config.h": "#define ENABLE_A 1\n", "main.c": TOP + MAIN,
        "instead.c": TOP + instead, "clock.c": TOP + clock, "lib.c": LIBRARY,
    }  # fmt: skip
    elf = firmware_of(tmp_path / "on", files)
    off = {**files, "config.h": "\n"}
    if refused:
        with pytest.raises(AssertionError, match="multiple definition"):
            firmware_of(tmp_path / "off", off)
    else:
        firmware_of(tmp_path / "off", off)
    assert cli.run(["features", str(elf), "-o", "json"]) in (0, 1)
    document = json.loads(capsys.readouterr().out)
    needed = [one["message"] for one in document["diagnostics"] if one["code"] == "feature-needed"]
    said = "the build does not link without ENABLE_A: instead.o would define now, and clock.o still does"
    assert needed == ([said] if refused else [])
