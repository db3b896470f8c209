"""Objects that were linked of several (`ld -r`) before the firmware is, against a rebuild."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from compiled import (
    ABI,
    CROSS,
    HEADER,
    LIBRARY,
    POLICY,
    SCRIPT,
    SECTIONS,
    TOP,
    compile_,
    needs_toolchain,
    objects_of,
    run,
    sizes,
)

from imgcheck import cli
from imgcheck.prediction import codelines, sourcing
from imgcheck.prediction.buildfiles import Objects
from imgcheck.prediction.linknodes import Linked
from imgcheck.prediction.sources import Tree
from imgcheck.readers import objects
from imgcheck.readers.preprocessor import parse

FIRST = """
int first(int n) {
  int sum = plain(n);
#if ENABLE_A
  sum += rich(n) ^ n;
  say("what the first part has to say");
#endif
  return sum * 3;
}
"""
SECOND = """
static __attribute__((noinline)) int own(int n) {
#if ENABLE_B
  return other(n) / 9;
#else
  return n + 1;
#endif
}
int second(int n) { return own(n) * 3 - own(n + 5); }
#if ENABLE_B
int table[40];
int only(int n) {
  for (int i = 0; i < 40; i++) table[i] += n * i;
  return table[n % 40];
}
#endif
"""
MAIN = """
int first(int), second(int), only(int);
int main(void) {
  for (;;) {
    out += first(out) + second(out);
#if ENABLE_B
    out += only(out);
#endif
  }
}
"""
ON = "#define ENABLE_A 1\n#define ENABLE_B 1\n"
FILES = {
    "lib.h": HEADER, "lib.c": LIBRARY, "first.c": TOP + FIRST, "second.c": TOP + SECOND,
    "main.c": TOP + MAIN, "config.h": ON, "fw.ld": SCRIPT, "imgcheck.toml": POLICY,
}  # fmt: skip


def prelinked(folder: Path, files: Mapping[str, str], parts: tuple[str, ...], lines: str) -> Path:
    """The ELF of these files, of which `parts` are linked to one object first; their objects are gone."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    headers = {name: text for name, text in files.items() if name.endswith(".h")}
    for name in (one for one in files if one.endswith(".c")):
        debug = "-g" if lines == "all" or (lines == "some" and name != "second.c") else "-g0"
        flags = (*ABI, "-Os", debug, "-ffreestanding", *SECTIONS)
        objects_of(folder, {name: files[name]}, flags, headers)
    run(f"{CROSS}ld", "-melf32lriscv", "-r", *parts, "-o", "parts.o", cwd=folder)
    for name in parts:
        (folder / name).unlink()
    script = "-Wl,--gc-sections,--cref,-T,fw.ld,-Map=fw.map"
    rest = sorted(path.name for path in folder.glob("*.o"))
    run(f"{CROSS}gcc", *ABI, "-nostdlib", script, *rest, "-lgcc", "-o", "fw.elf", cwd=folder)
    run(f"{CROSS}objcopy", "-O", "binary", "-R", ".bss", "fw.elf", "fw.bin", cwd=folder)
    return folder / "fw.elf"


@needs_toolchain
@pytest.mark.parametrize("lines", ["all", "some", "none"])
@pytest.mark.parametrize(
    "parts", [("first.o", "second.o"), ("second.o", "first.o"), ("main.o", "first.o", "second.o", "lib.o")]
)
def test_every_source_of_an_object_counts(tmp_path: Path, parts: tuple[str, ...], lines: str) -> None:
    firmware = prelinked(tmp_path / "all", FILES, parts, lines)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    rows = {row["name"]: row for row in json.loads((tmp_path / "found.json").read_text())["features"]}
    assert rows.keys() == {"ENABLE_A", "ENABLE_B"}
    was = sizes(firmware)
    for name, row in rows.items():
        without = {**FILES, "config.h": ON.replace(f"{name} 1", f"{name} 0")}
        now = sizes(prelinked(tmp_path / name, without, parts, "none"))
        assert abs(row["flash"] - (was[0] - now[0])) <= row["flash_error"], (row, was, now)
        assert row["ram"] == was[1] - now[1]


@needs_toolchain
@pytest.mark.parametrize("ours", [True, False])
def test_another_projects_file_of_that_name_is_not_the_objects(tmp_path: Path, ours: bool) -> None:
    # A closed library may have been linked of files that are called like ours, without debug information.
    for name, function in (("first.c", "first"), ("second.c", "second")):
        compile_(tmp_path, name, f"int {function}(int n) {{ return n * 5; }}\n", "-g0")
    run(f"{CROSS}ld", "-melf32lriscv", "-r", "first.o", "second.o", "-o", "parts.o", cwd=tmp_path)
    made = objects.load(memoryview((tmp_path / "parts.o").read_bytes()))
    found = Objects((Linked("parts.o", made),), (), {})
    text = "int {0}(int n) {{ return {0}(n); }}\n"
    names = ("first", "second") if ours else ("lent", "owed")
    tree = Tree({f"{f}.c": text.format(n) for f, n in zip(("first", "second"), names, strict=True)}, parse)
    origins = sourcing.origins(found, tree)
    assert [one.sources for one in origins.values()] == ([{"first.c", "second.c"}] if ours else [])


@needs_toolchain
@pytest.mark.parametrize("version", [4, 5])
def test_an_object_of_several_units_names_each(tmp_path: Path, version: int) -> None:
    for name in ("first.c", "second.c", "third.c"):
        compile_(tmp_path, name, f"int {name[0]}(int n) {{ return n * 5; }}\n", f"-gdwarf-{version}")
    run(f"{CROSS}ld", "-melf32lriscv", "-r", "first.o", "second.o", "third.o", "-o", "parts.o", cwd=tmp_path)
    made = objects.load(memoryview((tmp_path / "parts.o").read_bytes()))
    assert codelines.source_files(made).units == ("first.c", "second.c", "third.c")
