"""One build: every byte once, and what of it goes over the air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from imgcheck.model.chip import Soc
from imgcheck.model.numbers import Diagnostic
from imgcheck.model.places import Origin

UNATTRIBUTED = "[unattributed]"  # bytes of an output section that no input names
HOLE = "[hole]"  # image bytes between output sections, which objcopy writes as zero
FILL = "[fill]"  # alignment padding that the linker put between two owners
LINKER_SCRIPT = "[linker script]"  # bytes that no input has: the stack, constants written by the script
PACKAGING = "[packaging]"  # bytes of the OTA file that are of no byte of the image: headers, container
NOBODY = frozenset((FILL, HOLE, UNATTRIBUTED))  # names of bytes that are no owner's
OURS = NOBODY | {LINKER_SCRIPT, PACKAGING}  # all names that imgcheck gives; no object or symbol has one


class Item(NamedTuple):
    """A run of bytes with one owner.

    `address` is the run address, `load` the load address (equal in XIP flash; differs for `.data`).
    `flash` is its bytes in the image, `ram` its bytes in RAM: `.text` has flash only, `.bss` ram
    only, `.data` both. `[fill]`, `[hole]` and `[unattributed]` are items too, with that `name`.
    """

    address: int
    load: int
    flash: int
    ram: int
    section: str  # output section
    input_section: str  # "" where only symbols are known
    name: str  # symbol, or the input section's own name, or FILL, HOLE, UNATTRIBUTED
    object: str  # "drv_ssdp.o"; "" unknown
    archive: str  # "libopenbeken.a"; "" for a bare object or unknown
    source: str = ""  # path as the compiler knew it; "" unknown
    line: int = 0
    aliases: tuple[str, ...] = ()  # other symbols of the same bytes


class RegionUse(NamedTuple):
    """How full a RAM region is, heap not counted as used."""

    name: str
    used: int
    size: int


@dataclass(frozen=True, slots=True)
class Image:
    """One build, every byte once.

    `binary` is the image as the SDK's objcopy makes it. `sum(item.flash) == len(binary)` always.
    `detail` says how fine the owners are: what was there to read.
    """

    name: str
    path: str
    soc: Soc
    items: tuple[Item, ...]
    binary: bytes
    regions: tuple[RegionUse, ...]
    heap: int | None  # static heap at start; None when the ELF has no heap symbols
    detail: Literal["map", "symbols", "sections", "binary"]
    diagnostics: tuple[Diagnostic, ...] = ()
    producers: tuple[tuple[str, int], ...] = ()  # what compiled it as DWARF says, and how many units each


class Provenance(NamedTuple):
    """What a build was made for, of and by; what is not known is empty."""

    target: str
    compilers: tuple[str, ...]  # "GNU C11 12.2.0", the one of most units first
    flags: tuple[str, ...]  # that at least half of the units were compiled with
    policy: str  # its name
    components: str  # a digest of how the policy divides the firmware
    revision: str  # the commit that was checked out
    lto: bool
    detail: str  # how finely it was read, as Image has it


@dataclass(frozen=True, slots=True)
class Artefact:
    """What goes over the air: sizes of each wrapping, made by us or read from a given file.

    `unpacked` = header page + padded image, `body` = XZ of that, `file` = OTA header + body.
    `stream` is the XZ body itself; empty when only sizes are known.
    """

    unpacked: int
    body: int
    file: int
    source: Origin
    stream: bytes = b""
    plain: bytes = b""  # what `stream` unpacks to: header page + padded image
    diagnostics: tuple[Diagnostic, ...] = ()
