"""The smallest build that has everything: flash, RAM, data that is copied, an archive, a map."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from compiled import ABI, CROSS, compile_, run

SCRIPT = """
MEMORY { f : ORIGIN = 0x23000000, LENGTH = 64K
         r : ORIGIN = 0x4200C000, LENGTH = 216K }
ENTRY(main)
SECTIONS {
  .text : { KEEP(*(.text.main)) *(.text*) } > f
  .rodata : { *(.rodata*) *(.srodata*) } > f
  .data : { *(.data*) *(.sdata*) } > r AT > f
  .bss (NOLOAD) : { *(.bss*) *(.sbss*) *(COMMON) } > r
  _heap_start = .;
  _heap_size = ORIGIN(r) + LENGTH(r) - _heap_start;
  _heap_wifi_start = 0x42042000; _heap_wifi_size = 0x1000;
  /DISCARD/ : { *(.comment) *(.riscv.attributes) *(.note*) }
}
"""
MAIN = """
int twice(int); extern int counter; int table[3] = {1, 2, 3}; static char room[40];
const char *words(void) { return "words that are read"; }
int main(void) { room[counter & 31] = 1; return twice(table[0]) + words()[counter & 7] + room[3]; }
"""
TWICE = "int counter = 5; static int seen; int twice(int x) { seen += x; return x * 2 + seen; }\n"
UNUSED = "int unused(int x) { return x / 3; }\n"


class Files(NamedTuple):
    """What the link left, as bytes."""

    elf: bytes
    map: bytes
    archive: bytes


def make() -> Files:
    """Compiles, archives and links it; needs the toolchain."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "l.ld").write_text(SCRIPT)
        main, *members = (
            compile_(folder, f"{one}.c", text)
            for one, text in (("main", MAIN), ("twice", TWICE), ("unused", UNUSED))
        )
        run(f"{CROSS}ar", "rcD", "libm.a", *(one.name for one in members), cwd=folder)
        run(
            f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,l.ld,--gc-sections,--cref",
            "-Wl,-Map=a.map,--build-id=none,-z,max-page-size=4", "-o", "a.elf", main.name, "libm.a",
            cwd=folder,
        )  # fmt: skip
        return Files(*((folder / one).read_bytes() for one in ("a.elf", "a.map", "libm.a")))
