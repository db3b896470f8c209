"""Small programs compiled, archived and linked for the BL602, where its toolchain is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import pytest

CROSS = "riscv64-unknown-elf-"
ABI = ("-march=rv32imafc", "-mabi=ilp32f")

needs_toolchain = pytest.mark.skipif(not shutil.which(CROSS + "gcc"), reason="no RISC-V toolchain")


def run(*command: str | Path, cwd: Path | None = None, given: str | None = None) -> str:
    """What a tool prints that is `given` a text to read; its failure is the test's."""
    done = subprocess.run(
        [str(part) for part in command],
        input=given, cwd=cwd, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def compile_(folder: Path, name: str, text: str, *flags: str) -> Path:
    """The object of one source, written to `folder` under `name` (.c, .cpp or .S)."""
    source = folder / name
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text)
    target = source.with_suffix(".o")
    plain = ("-Os", "-ffunction-sections", "-fdata-sections", "-ffreestanding", "-fno-exceptions")
    run(f"{CROSS}gcc", *ABI, *plain, *flags, "-c", name, "-o", target, cwd=folder)
    return target


def link(folder: Path, *objects: Path, flags: tuple[str, ...] = (), entry: str = "main") -> Path:
    """An ELF with its map beside it, unreferenced sections left out and code relaxed."""
    target = folder / "linked.elf"
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", f"-Wl,-e,{entry}",
        "-Wl,--gc-sections,--cref,-Map=linked.map,-Ttext=0x23000000,--build-id=none", *flags,
        "-o", target, *objects, cwd=folder,
    )  # fmt: skip
    return target


SECTIONS = ("-ffunction-sections", "-fdata-sections")
SCRIPT = """
ENTRY(main)
MEMORY { flash (rx) : ORIGIN = 0x23000000, LENGTH = 1M  ram (rwx) : ORIGIN = 0x42014000, LENGTH = 128K }
SECTIONS { .text : { *(.text .text.*) *(.rodata .rodata.*) *(.srodata .srodata.*) } > flash
  .data : { *(.data .data.*) *(.sdata .sdata.*) } > ram AT > flash
  .bss (NOLOAD) : { *(.sbss .sbss.*) *(.bss .bss.*) *(COMMON) } > ram }
"""
# A library whose functions take some room each, of which programs use what they like.
LIBRARY = """
volatile int out;
#define WORK(name) int name(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + __LINE__); \\
  for (int i = n; i; i /= 3) out ^= out << (i & 7); out -= n / (out | 1) + __LINE__; return out ^ n; }
WORK(rich)
WORK(plain)
WORK(other)
void say(const char *text) { while (*text) out += *text++; }
"""
HEADER = "extern volatile int out; int rich(int), plain(int), other(int); void say(const char *);\n"
TOP = '#include "config.h"\n#include "lib.h"\n'
ON = {"lib.c": LIBRARY, "lib.h": HEADER, "config.h": "#define ENABLE_A 1\n"}  # beside a `main.c`
OFF = {"config.h": "#define ENABLE_A 0\n"}
POLICY = 'extends = "openbeken-bl602"\n[features]\nconfig = "config.h"\nsource_roots = ["."]\n'


def firmware_of(
    folder: Path,
    files: Mapping[str, str],
    sections: tuple[str, ...] = SECTIONS,
    linking: tuple[str, ...] = (),
    archives: Mapping[str, Sequence[str]] = MappingProxyType({}),
    libraries: Sequence[str | Path] = ("-lgcc",),
    debug: str = "-g",
) -> Path:
    """The ELF of a firmware with features in `config.h`, its map, image, objects and sources beside it.

    `files` are its texts by name; what is compiled is linked in that order, with the flags `linking`. Objects
    in `archives` are linked from these, behind the others where the flags do not name them, and `libraries`
    behind all of them. Whatever is asked of debug information, the image is the same.
    """
    folder.mkdir()
    for name, text in {"fw.ld": SCRIPT, "imgcheck.toml": POLICY, **files}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    sources = [name for name in files if name.endswith((".c", ".cpp", ".S"))]
    flags = (*ABI, "-Os", debug, "-ffreestanding", *sections)
    objects_of(folder, {name: files[name] for name in sources}, flags)
    for archive, members in archives.items():
        run(f"{CROSS}ar", "qcsD", archive, *members, cwd=folder)
    inside = {one for members in archives.values() for one in members}
    objects = [_object(name) for name in sources if _object(name) not in inside]
    objects += [archive for archive in archives if archive not in linking]
    script = "-Wl,--gc-sections,--cref,-T,fw.ld,-Map=fw.map"
    run(f"{CROSS}gcc", *ABI, "-nostdlib", script, *linking, *objects, *libraries, "-o", "fw.elf", cwd=folder)
    run(f"{CROSS}objcopy", "-O", "binary", "-R", ".bss", "fw.elf", "fw.bin", cwd=folder)
    return folder / "fw.elf"


def objects_of(
    folder: Path,
    sources: Mapping[str, str],
    flags: tuple[str, ...],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Makes the objects of sources that lie in `folder`.

    The compiler is asked once for those that many tests have: what includes nothing, and what includes no
    other files than `headers`, where those are said.
    """
    plain = [name for name in sources if "/" not in name and not name.endswith(".cpp")]
    again = [name for name in plain if name.endswith(".c") and (headers or "include" not in sources[name])]
    for name in again:
        made = _assembled(name, sources[name], flags, tuple(headers.items()))
        text = made.replace(_HERE, str(folder.resolve()))
        run(f"{CROSS}gcc", *flags, "-c", "-x", "assembler", "-", "-o", _object(name), cwd=folder, given=text)
    if others := [name for name in plain if name not in again]:
        run(f"{CROSS}gcc", *flags, "-c", *others, cwd=folder)
    for name in (one for one in sources if one not in plain):
        more = () if not name.endswith(".cpp") else ("-fno-exceptions", "-fno-rtti")
        run(f"{CROSS}gcc", *flags, "-c", *more, "-I.", name, "-o", _object(name), cwd=folder)


_HERE = "where it is compiled"  # all that differs where the same is compiled again


@cache
def _assembled(name: str, text: str, flags: tuple[str, ...], headers: tuple[tuple[str, str], ...]) -> str:
    """What the compiler makes of a source."""
    with TemporaryDirectory() as made:
        folder = Path(made).resolve()
        for file, content in ((name, text), *headers):
            (folder / file).write_text(content)
        return run(f"{CROSS}gcc", *flags, "-S", name, "-o", "-", cwd=folder).replace(str(folder), _HERE)


def _object(source: str) -> str:
    return source.rpartition(".")[0] + ".o"


def sizes(firmware: Path) -> tuple[int, int]:
    """The length of an image and its static RAM."""
    rows = run(f"{CROSS}size", "-A", firmware)
    found = {row[1]: int(row[2]) for row in re.finditer(r"^(\.\w+)\s+(\d+)", rows, re.MULTILINE)}
    return firmware.with_suffix(".bin").stat().st_size, found.get(".bss", 0) + found.get(".data", 0)


def left_out(
    folder: Path, firmware: Path, files: Mapping[str, str], *flags: Any, **how: Any
) -> tuple[int, int]:
    """What a rebuild of `files` in `folder` with the only feature off, ENABLE_A, really saves: flash, RAM."""
    there = sizes(firmware_of(folder, {**files, **OFF}, *flags, **{"debug": "-g0", **how}))
    flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
    return flash, ram
