"""A type goes while code uses it that the linker leaves out: told as the compiler tells it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import HEADER, LIBRARY, TOP, firmware_of, needs_toolchain

from imgcheck import cli

TYPES = "#if ENABLE_A\ntypedef struct device { int channel; } device_t;\ndevice_t *made(void);\n#endif\n"
OTHER = "typedef struct { int channel; } device_t;\n"
MADE = (
    "#if ENABLE_A\nstatic device_t one;\n"
    "device_t *made(void) { one.channel = rich(out); return &one; }\n#endif\n"
)
MAIN = (
    "int main(void) {\n  for (;;) {\n#if ENABLE_A\n    out += made()->channel;\n#endif\n"
    "    out += plain(1);\n  }\n}\n"
)
USED = "int unused(int n) {\n  device_t *one = made();\n  return one->channel + n;\n}\n"
WAYS = {
    "used by what is left out": (TYPES, USED, "device_t"),
    "in a parameter": (TYPES, "int unused(const device_t *one) {\n  return one->channel;\n}\n", "device_t"),
    "in a cast": (TYPES, "int unused(void *one) {\n  return ((device_t *)one)->channel;\n}\n", "device_t"),
    "of several blocks": (
        TYPES.replace(" } device_t", "\n#ifdef WIDE\n  int wide;\n#endif\n} device_t"), USED, "device_t",
    ),
    "of the source itself": (
        TYPES,
        "#if ENABLE_A\ntypedef int own_t;\n#endif\nint unused(void) {\n  own_t n = out;\n  return n;\n}\n",
        "own_t",
    ),
    "used where it goes": (TYPES, "#if ENABLE_A\n" + USED + "#endif\n", ""),
    "by its tag": (TYPES, "int unused(struct device *one) {\n  return one != 0;\n}\n", ""),
    "as a member": (
        TYPES,
        "struct other { int device_t; };\nint unused(struct other *one) { return one->device_t * out; }\n",
        "",
    ),
    "another one instead": (
        TYPES.replace("#endif", "#else\n" + OTHER + "#endif"),
        USED.replace("made()", "0"),
        "",
    ),
    "moved to another header": (
        TYPES + '#include "other.h"\n', USED.replace("made()", "0"), "",
    ),
    "declared there": (
        TYPES,
        "#if !ENABLE_A\n" + OTHER + "#endif\n" + USED.replace("made()", "0"),
        "",
    ),
}  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_a_type_that_goes_while_code_uses_it(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    types, using, refused = WAYS[way]
    top = TOP + '#include "types.h"\n'
    files = {
        "lib.h": HEADER, "types.h": types,
        "config.h": "#define ENABLE_A 1\n", "main.c": top + MAIN, "made.c": top + MADE,
        "using.c": top + using, "lib.c": LIBRARY,
    }  # fmt: skip
    if "other.h" in types:
        files["other.h"] = "#if !ENABLE_A\n" + OTHER + "#endif\n"
    elf = firmware_of(tmp_path / "on", files)
    off = {**files, "config.h": "#define ENABLE_A 0\n"}
    if refused:
        with pytest.raises(AssertionError, match=refused):
            firmware_of(tmp_path / "off", off)
    else:
        firmware_of(tmp_path / "off", off)
    assert cli.run(["features", str(elf), "-o", "json"]) in (0, 1)
    document = json.loads(capsys.readouterr().out)
    needed = [one["message"] for one in document["diagnostics"] if one["code"] == "feature-needed"]
    assert needed == (
        [f"the build does not compile without ENABLE_A: {refused} would go, and using.o still uses it"]
        if refused
        else []
    )
