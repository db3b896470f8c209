"""A type goes while code uses it that the linker leaves out: told as the compiler tells it."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, TOP, needs_toolchain
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from rebuilt import needed

from imgcheck.prediction.sources import typeless
from imgcheck.prediction.sources.reading import Blocks
from imgcheck.prediction.sources.tree import Tree
from imgcheck.readers import preprocessor

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
def test_a_type_that_goes_while_code_uses_it(way: str, tmp_path: Path) -> None:
    types, using, refused = WAYS[way]
    top = TOP + '#include "types.h"\n'
    files = {
        **ON, "types.h": types, "main.c": top + MAIN, "made.c": top + MADE, "using.c": top + using,
    }  # fmt: skip
    if "other.h" in types:
        files["other.h"] = "#if !ENABLE_A\n" + OTHER + "#endif\n"
    assert needed(tmp_path, files, refused) == (
        [f"the build does not compile without ENABLE_A: {refused} would go, and using.o still uses it"]
        if refused
        else []
    )


PIECES = ("typedef ", "int ",
    "struct { int b; } ", "made_t", "amade_t ", " ", "\n", "\t", "\f", "/* x */", "// x\n", "\\\n", ";",
    "\n#if ENABLE_A\n", "\n#endif\n", "*", ",", "\u00e9")  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(["", " typedef int made_t"])
)
@examples(200)
def test_a_file_that_could_not_declare_a_type_does_not(text: str, front: str) -> None:
    """What spares reading whole files for each name passes over none that declares it."""
    tree = Tree({"a.h": front + text + ";"}, preprocessor.parse, ())
    asked = typeless.Typeless(tree, Blocks(tree))
    assert asked._may("a.h", "made_t") or "made_t" not in asked._names("a.h")
