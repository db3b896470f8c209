"""References that --wrap turned to others, against builds without the feature."""

from __future__ import annotations

import json
from array import array
from pathlib import Path

import compiled
import pytest
from compiled import TOP, firmware_of, needs_toolchain, sizes

from imgcheck import cli
from imgcheck.prediction import wrapping
from imgcheck.readers.objects import Symbols

LIBRARY = (
    compiled.LIBRARY
    + """
static char pool[4096];
static unsigned top;
void *grab(unsigned n) {
  void *found = pool + top;
  top += n;
  return found;
}
"""
)
HEADER = compiled.HEADER + "void *grab(unsigned);\n"
WRAPPER = """
void *__real_grab(unsigned n);
void *__wrap_grab(unsigned n) {
#if ENABLE_A
  say("somebody wants memory");
  rich(n);
#endif
  return __real_grab(n);
}
"""
INSTEAD = """
static char all[900];
void *__wrap_grab(unsigned n) {
#if ENABLE_A
  say("somebody wants memory");
  return all + rich(n) % 900;
#else
  return all + n % 900;
#endif
}
"""
MAIN = """
int main(void) {
  for (;;) {
    int *here = grab(4);
    out += plain(*here);
#if ENABLE_B
    here = grab(out);
    out += other(*here);
#endif
  }
}
"""


@needs_toolchain
@pytest.mark.parametrize("wrapper", [WRAPPER, INSTEAD])
def test_what_is_wrapped_is_the_wrapper_that_calls_the_real_one(tmp_path: Path, wrapper: str) -> None:
    config = "#define ENABLE_A 1\n#define ENABLE_B 1\n"
    files = {"lib.c": LIBRARY, "lib.h": HEADER, "trace.c": TOP + wrapper, "main.c": TOP + MAIN}
    linking = ("-Wl,--wrap=grab",)
    firmware = firmware_of(tmp_path / "all", {**files, "config.h": config}, linking=linking)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    rows = {one["name"]: one for one in json.loads((tmp_path / "found.json").read_text())["features"]}
    for name in ("ENABLE_A", "ENABLE_B"):
        without = {**files, "config.h": config.replace(f"{name} 1", f"{name} 0")}
        there = sizes(firmware_of(tmp_path / name, without, linking=linking, debug="-g0"))
        flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
        assert flash > 100
        assert abs(rows[name]["flash"] - flash) <= rows[name]["flash_error"], (rows[name], flash)
        assert rows[name]["ram"] == ram


def symbols(*names: str) -> Symbols:
    """An object that refers to these, and defines nothing."""
    every = len(names)
    strings = "".join(f"\0{name}" for name in names)
    return Symbols(
        values=array("I", [0] * every), sizes=array("I", [0] * every), sections=array("I", [0] * every),
        binds=bytes([1]) * every, units=0,
        _starts=array("I", [strings.index(f"\0{name}") + 1 for name in names]),
        _strings=memoryview(f"{strings}\0".encode()),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "defined", "found"),
    [
        (["f", "__real_f"], ["f", "__wrap_f"], {"f": "__wrap_f", "__real_f": "f"}),
        (["f"], ["f", "__wrap_f"], {"f": "__wrap_f", "__real_f": "f"}),
        (["f"], ["__wrap_f"], {"f": "__wrap_f", "__real_f": "f"}),
        (["f", "__wrap_f"], ["f", "__wrap_f"], {}),
        (["f", "__real_f", "__wrap_f"], ["f", "__wrap_f", "__real_f"], {}),
        (["f", "__real_f"], ["f", "__wrap_f", "__real_f"], {"f": "__wrap_f"}),
        (["f", "g"], ["f", "g", "__wrap_"], {}),
        (["f", "__real_f", "__wrap_f"], ["f", "__wrap_f"], {"f": "__wrap_f", "__real_f": "f"}),
    ],
)
def test_a_wrapper_is_one_that_nobody_calls_by_its_name(
    asked: list[str], defined: list[str], found: dict[str, str]
) -> None:
    assert wrapping.meanings([symbols(*asked)], frozenset(defined)) == found


@pytest.mark.parametrize(
    ("aliases", "found"),
    [
        ((("g", "f"),), {"g": "f"}),
        ((("h", "g"), ("g", "f")), {"h": "f", "g": "f"}),
        ((("_end", "here"), ("g", "h"), ("h", "g")), {}),
        ((("f", "f"),), {}),
    ],
)
def test_what_is_assigned_is_the_definition_behind_it(
    aliases: tuple[tuple[str, str], ...], found: dict[str, str]
) -> None:
    assert wrapping.aliased(aliases, frozenset("f")) == found
