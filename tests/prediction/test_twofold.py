"""A stand-in comes in for a function that is there all the same: that does not link, as a rebuild tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, TOP, needs_toolchain
from rebuilt import needed

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
def test_a_function_that_two_objects_would_define(way: str, tmp_path: Path) -> None:
    clock, instead, refused = WAYS[way]
    files = {**ON, "main.c": TOP + MAIN, "instead.c": TOP + instead, "clock.c": TOP + clock}
    found = needed(tmp_path, files, "multiple definition" if refused else "", off={"config.h": "\n"})
    said = "the build does not link without ENABLE_A: instead.o would define now, and clock.o still does"
    assert found == ([said] if refused else [])
