"""Where each section of an ELF lies in the image, which is made as `objcopy -S -O binary -R …` makes it.

objcopy goes by sections: it takes those that are allocated and have bytes in the file, at their load address
(run address plus what their segment's p_paddr and p_vaddr differ by), and writes zeroes between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.model import Soc
from imgcheck.readers.elf import (
    ET_EXEC,
    PT_LOAD,
    PT_TLS,
    SHF_ALLOC,
    SHF_TLS,
    SHT_NOBITS,
    SHT_NULL,
    Elf,
    Section,
    Segment,
)
from imgcheck.wording import commas

_MACHINES = {
    3: "x86",
    8: "MIPS",
    40: "ARM",
    62: "x86-64",
    94: "Xtensa",
    167: "NDS32",
    183: "AArch64",
    243: "RISC-V",
    252: "C-SKY",
}
_MOST_SEGMENTS = 256  # real firmware has ten; every section is compared with every segment


class Placed(NamedTuple):
    """An allocated section that has a size: its load address, and whether its bytes are in the image."""

    section: Section
    load: int
    in_image: bool


def machine(number: int) -> str:
    """What an e_machine is called."""
    return _MACHINES.get(number, f"machine {number}")


def check_kind(elf: Elf, soc: Soc) -> None:
    """Raise FormatError unless `elf` is a program, linked for the machine of `soc`, that can be loaded."""
    if elf.machine != soc.elf_machine:
        said = f"built for {machine(elf.machine)}; this target is {machine(soc.elf_machine)} ({soc.name})"
        raise FormatError(said, offset=0x12)
    if elf.kind != ET_EXEC:
        kind = {1: "an object file", 3: "a shared object", 4: "a core dump"}.get(elf.kind, f"type {elf.kind}")
        raise FormatError(f"not a linked program but {kind}", offset=0x10)
    if not elf.sections:
        raise FormatError("it has no section headers, which say what belongs to the image")
    if elf.sections[0].type != SHT_NULL:
        raise FormatError("section 0 is one of its own, which objcopy leaves out and nothing else does")
    loads = sum(segment.type == PT_LOAD for segment in elf.segments)
    if not loads:
        raise FormatError("it has no program headers to load, which say where the image lies")
    if loads > _MOST_SEGMENTS:
        raise FormatError(f"{loads} segments to load, more than any firmware has")


def place(elf: Elf, soc: Soc) -> tuple[Placed, ...]:
    """All allocated sections of `elf` that have a size, in file order."""
    loads = [segment for segment in elf.segments if segment.type == PT_LOAD]
    if len([s for s in loads if s.memsz]) > 1 and not any(segment.paddr for segment in elf.segments):
        loads = []  # BFD: a linker that left all p_paddr zero means load address = run address
    threads = [segment for segment in elf.segments if segment.type == PT_TLS]
    placed = []
    for section in elf.sections:
        template = (
            section.type == SHT_NOBITS and section.flags & SHF_TLS
        )  # .tbss says a size, but takes no room
        if section.flags & SHF_ALLOC and section.size and section.type != SHT_NULL and not template:
            load = _load_address(section, threads if section.flags & SHF_TLS else loads)  # as BFD does
            inside = (
                section.type != SHT_NOBITS
                and section.name not in soc.excluded_sections
                and soc.image_origin <= load < soc.image_limit
            )
            placed.append(Placed(section, load, inside))
    return tuple(placed)


def _load_address(section: Section, loads: Iterable[Segment]) -> int:
    start, end = section.address, section.address + section.size
    for segment in loads:
        if not (segment.vaddr <= start and end <= segment.vaddr + segment.memsz):
            continue
        if section.type == SHT_NOBITS:
            return segment.paddr + start - segment.vaddr
        first = section.offset - segment.offset
        if first >= 0 and first + section.size <= segment.filesz:
            return segment.paddr + first
    return start


def image(elf: Elf, placed: Iterable[Placed], soc: Soc) -> bytes:
    """The image: byte 0 is the one at `soc.image_origin`, bytes between sections are zero.

    Raises FormatError where sections overlap or leave the flash, or none lies at its start.
    """
    inside = sorted((row for row in placed if row.in_image), key=lambda row: row.load)
    if not inside or inside[0].load != soc.image_origin:
        where = f"the first one at {inside[0].load:#x}" if inside else "there is none in flash"
        raise FormatError(f"no section loads at {soc.image_origin:#x}, where the image starts; {where}")
    for left, right in pairwise(inside):
        if left.load + left.section.size > right.load:
            names = f"{left.section.name} and {right.section.name}"
            raise FormatError(f"sections {names} overlap in the image", position=f"address {right.load:#x}")
    last = inside[-1]
    end = last.load + last.section.size
    if end > soc.image_limit:
        raise FormatError(f"section {last.section.name} ends at {end:#x}, beyond the flash")
    binary = bytearray(end - soc.image_origin)
    for section, load, _ in inside:
        first = load - soc.image_origin
        binary[first : first + section.size] = elf.contents(section)
    return bytes(binary)


def check_all_inside(placed: Iterable[Placed], soc: Soc) -> None:
    """Raise FormatError for bytes to load that the image cannot hold, and the SDK's -R does not leave out.

    objcopy would write them, and all that lies between: an image without them is not the one that is flashed.
    """
    for section, load, inside in placed:
        if not inside and section.type != SHT_NOBITS and section.name not in soc.excluded_sections:
            raise FormatError(
                f"section {section.name} has {commas(section.size)} bytes to load at {load:#x}, outside of "
                f"the flash ({soc.image_origin:#x} to {soc.image_limit:#x}): no image holds them"
            )
