"""What a chip and its boot loader fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Region:
    """A memory region of the chip as its linker script has it: `length` bytes from `origin`."""

    name: str
    origin: int
    length: int
    kind: Literal["flash", "ram", "rom"]

    def holds(self, address: int) -> bool:
        """Whether an address lies in it."""
        return self.origin <= address < self.origin + self.length


class Soc(NamedTuple):
    """What a chip and its boot loader fix, independent of any build."""

    name: str
    elf_machine: int  # e_machine of the ELF
    regions: tuple[Region, ...]
    image_origin: int  # load address of the first image byte
    image_limit: int  # first load address that objcopy's image can no longer hold
    header_bytes: int  # boot header page in front of the image in a slot
    image_alignment: int  # the image is padded to a multiple of this with 0x00
    ota_header_bytes: int  # header of the OTA file, in front of the packed body
    dict_bytes: int  # the largest dictionary that the boot loader's decoder holds; 0 it unpacks nothing
    excluded_sections: frozenset[str]  # what the SDK's objcopy removes (-R)
    heap_symbols: tuple[str, ...]  # absolute symbols whose values add up to the static heap
    long_double: int = 8  # bytes of that type, by the ABI of the chip's machine

    @property
    def largest_unpacked(self) -> int:
        """The most bytes that an artefact can unpack to: header page and the whole region of the image."""
        return self.header_bytes + self.image_limit - self.image_origin
