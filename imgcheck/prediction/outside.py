"""What would an object that is not linked bring into a link: its sections as the linker would leave them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from imgcheck.builds import mergedrows
from imgcheck.errors import FormatError
from imgcheck.prediction.relaxation import ALIGN, CALL, CALL_PLT, HI, PCREL_HI, RELAX
from imgcheck.prediction.spans import aligned
from imgcheck.readers import objects
from imgcheck.readers.elf import (
    SHF_ALLOC,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_NOBITS,
    SHT_NULL,
    STB_LOCAL,
    STB_WEAK,
    Section,
)
from imgcheck.readers.objects import Object

_RETAINED = frozenset({14, 15, 16})  # init, fini and preinit arrays
_GNU_RETAIN = 0x200000
_SHORTER = 4  # bytes of a call or an address that the linker reaches with one instruction
_LARGEST = 64 << 20  # bytes of a section, which no memory of such chips has
_WIDEST = 1 << 16  # alignment, likewise
_MOST_TEXTS = 256  # strings of a section that are compared with those that are there
_NEAR = (".sdata", ".sbss")  # what compilers want beside gp


class Wanted(NamedTuple):
    """What a section refers to: another one of its object, or a name that others define."""

    section: int  # 0 for a name
    name: str
    weak: bool  # it may be linked without it


class Part(NamedTuple):
    """A section: `size` in bytes as linked, which of them are in the image, and what it refers to."""

    name: str
    size: int
    bits: bool  # it has bytes in the object
    texts: frozenset[bytes]  # strings with their nulls, which the linker shares: they are not in `size`
    wanted: tuple[Wanted, ...]
    retained: bool  # the linker keeps it unasked


class Outside(NamedTuple):
    """An object: its parts by section, where each name that others may use is, variables that it shares.

    `commons` are bytes by name, of which the linker makes one for all objects.
    """

    path: str  # as a map prints it
    parts: Mapping[int, Part]
    defines: Mapping[str, int]
    commons: Mapping[str, int]
    groups: tuple[tuple[int, ...], ...]


def read(path: str, data: memoryview, relaxed: bool) -> Outside:
    """The object in `data`; `relaxed`: the linker shortens code. Raises FormatError."""
    obj = objects.load(data)
    symbols = obj.symbols
    defines, commons = dict[str, int](), dict[str, int]()
    for index, name in symbols.names.items():
        if symbols.binds[index] == STB_LOCAL or symbols.sections[index] == SHN_UNDEF:
            continue
        if symbols.sections[index] == SHN_COMMON:
            commons[name] = symbols.sizes[index]
        elif name not in defines or symbols.binds[index] != STB_WEAK:
            defines[name] = symbols.sections[index]
    parts = {
        section.index: _part(obj, section, relaxed)
        for section in obj.elf.sections
        if section.flags & SHF_ALLOC and section.type != SHT_NULL and not section.name.startswith(".eh_frame")
    }
    return Outside(path, parts, defines, commons, tuple(objects.groups(obj.elf)))


def _part(obj: Object, section: Section, relaxed: bool) -> Part:
    if section.size > _LARGEST or section.align > _WIDEST:
        raise FormatError(f"section {section.name} is larger than any memory")
    rows = objects.entries(obj, section.index)
    less = _shorter(obj, rows) if relaxed and section.flags & SHF_EXECINSTR else 0
    size, texts = aligned(max(section.size - less, 0), max(section.align, 1)), frozenset[bytes]()
    if section.flags & SHF_MERGE and section.flags & SHF_STRINGS and section.entry_size == 1:
        content = bytes(obj.elf.contents(section))
        if content.count(0) <= _MOST_TEXTS:
            size = 0
            texts = frozenset(text for _, text in mergedrows.split(content, 1, max(section.align, 1), True))
    return Part(
        name=section.name,
        size=size,
        bits=section.type != SHT_NOBITS,
        texts=texts,
        wanted=tuple(dict.fromkeys(_wanted(obj, rows))),
        retained=section.type in _RETAINED or bool(section.flags & _GNU_RETAIN),
    )


def _wanted(obj: Object, rows: Sequence[tuple[int, int, int]]) -> Iterator[Wanted]:
    symbols = obj.symbols
    for _, info, _ in rows:
        symbol = info >> 8
        if not 0 < symbol < len(symbols.sections):
            continue
        place, name = symbols.sections[symbol], symbols.names.get(symbol, "")
        if place in (SHN_UNDEF, SHN_COMMON):
            if name:
                yield Wanted(0, name, symbols.binds[symbol] == STB_WEAK)
        elif place < len(obj.elf.sections):
            yield Wanted(place, "", False)


def _shorter(obj: Object, rows: Sequence[tuple[int, int, int]]) -> int:
    """Bytes of code that the linker leaves out: calls are near, some data is beside gp, padding not due."""
    less = 0
    for (offset, info, addend), (after, other, _) in pairwise((*rows, (-1, 0, 0))):
        kind = info & 0xFF
        if kind == ALIGN:
            less += addend // 2  # as much as code at any even address needs, on average
        elif after == offset and other & 0xFF == RELAX:
            near = kind in (HI, PCREL_HI) and _beside_gp(obj, info >> 8)
            less += _SHORTER if near or kind in (CALL, CALL_PLT) else 0
    return less


def _beside_gp(obj: Object, symbol: int) -> bool:
    place = obj.symbols.sections[symbol] if symbol < len(obj.symbols.sections) else SHN_UNDEF
    return 0 < place < len(obj.elf.sections) and obj.elf.sections[place].name.startswith(_NEAR)
