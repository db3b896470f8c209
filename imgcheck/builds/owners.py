"""Who owns each byte of a build's sections: symbols first, then the map's input sections, then nobody."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from imgcheck.builds import mergedrows
from imgcheck.builds.mergedrows import NOTHING, Merged, Part
from imgcheck.builds.placement import Placed
from imgcheck.builds.rangemap import RangeMap
from imgcheck.builds.sources import Sources
from imgcheck.model import FILL, HOLE, UNATTRIBUTED, Item
from imgcheck.readers import linkmap
from imgcheck.readers.elf import (
    STB_GLOBAL,
    STB_LOCAL,
    STB_WEAK,
    STT_FILE,
    STT_FUNC,
    STT_NOTYPE,
    STT_OBJECT,
    Elf,
    Symbol,
)
from imgcheck.readers.linkmap import InputSection, LinkMap
from imgcheck.readers.units import Units

_STT_GNU_IFUNC = 10
_OWNING_TYPES = frozenset({STT_NOTYPE, STT_OBJECT, STT_FUNC, _STT_GNU_IFUNC})
_BIND_ORDER = {STB_GLOBAL: 0, STB_WEAK: 1, STB_LOCAL: 2}

# GCC names a section after what it holds (-ffunction-sections, -fdata-sections), and the string and constant
# pools of a function after the function:
#     .text.unlikely.http_fn_index  .bss.buffer.0  .rodata.http_fn_index.str1.4
# Pools of a whole object (.rodata.str1.4, .srodata.cst8) and plain .text name nobody.
_RELOCATED = r"rel\.ro\.local|rel\.ro(?!\.local(?![^.]))|rel\.local|rel(?!\.(?:ro|local)(?![^.]))"
_QUALIFIED = rf"\.(?:unlikely|startup|exit|hot|{_RELOCATED})(?![^.])"
_NAMED_SECTION = re.compile(
    r"\.(?:text|s?rodata|s?data|s?bss|t(?:data|bss)|noinit|gnu\.linkonce\.[a-z0-9]+)"
    rf"(?:{_QUALIFIED}|(?!{_QUALIFIED}))"  # what is one is never a name
    r"\.(?!(?:str|cst)[0-9]+(?:\.[0-9]+)?$)(.+?)"
    r"(?:\.(?:str|cst)[0-9]+(?:\.[0-9]+)?)?$",
    re.DOTALL,
)


class _Owner(NamedTuple):
    """What a range map of a section says of each byte."""

    name: str
    row: InputSection | None
    source: str
    aliases: tuple[str, ...] = ()


class _Rows:
    """The map's rows of one output section, to be asked for the one at an address."""

    __slots__ = ("parts", "starts")

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts = sorted(parts, key=lambda part: part.start)
        self.starts = [part.start for part in self.parts]

    def at(self, address: int) -> InputSection | None:
        found = bisect_right(self.starts, address) - 1
        if found < 0:
            return None
        _, end, row = self.parts[found]
        return row if address < end and row.path else None


def owned_by(input_section: str) -> str:
    """The symbol that an input section belongs to by its name, or the section's own name."""
    match = _NAMED_SECTION.match(input_section)
    return match[1] if match else input_section


def items(
    elf: Elf,
    placed: tuple[Placed, ...],
    link_map: LinkMap | None,
    known: Units,
    ram: dict[int, int],
    merged: Merged = NOTHING,
) -> list[Item]:
    """An item for every byte of `placed`, each byte once, in section order.

    `merged` says whose the bytes of rows are that hold what came with others. `ram` says for the index of
    each section that is in RAM from which run address on its bytes count (a section that lies over another
    one counts only where it stands out).
    """
    rows = _rows(placed, link_map, merged)
    claims = _symbols(elf, placed, rows)
    sources = Sources(known, (part.row for found in rows.values() for part in found.parts))
    jumps = link_map.jumps if link_map else frozenset()
    made: list[Item] = []
    for section, load, in_image in placed:
        start, end = section.address, section.address + section.size
        space: RangeMap[_Owner] = RangeMap(start, end)
        claimed = claims.get(section.index, ())
        others = _aliases(claimed)
        space.claim(
            (symbol.value, symbol.value + symbol.size, _Owner(symbol.name, row, file, others.get(symbol, ())))
            for symbol, row, file in claimed
        )
        found = rows.get(section.index)
        if found is not None:
            space.claim(
                (first, last, _Owner(_row_name(row, in_image, jumps), row, ""))
                for first, last, row in found.parts
            )
        space.claim([(start, end, _Owner(UNATTRIBUTED, None, ""))])
        counted_from = ram.get(section.index, end)
        for first, last, (name, row, file, aliases) in space.ranges():
            size = last - first
            flash = size if in_image else 0
            occupied = max(0, last - max(first, counted_from))
            if not flash and not occupied:
                continue
            source = "" if name in (FILL, HOLE) else sources.of(first, row, file)
            whose = (row.name, name, row.object, row.archive) if row and row.path else ("", name, "", "")
            place = (first, first - start + load, flash, occupied, section.name)
            made.append(Item(*place, *whose, source, 0, aliases))
    return made


def _aliases(claimed: Sequence[_Claim]) -> dict[Symbol, tuple[str, ...]]:
    """The other names of each symbol that has some: of those that begin at its address and end where it does.

    Compilers make them (constructors of C++), linker scripts and `__attribute__((alias))` too.
    """
    found: dict[Symbol, tuple[str, ...]] = {}
    for _, group in groupby(claimed, key=lambda claim: claim[0].value):
        symbols = [symbol for symbol, _, _ in group]
        if len(symbols) > 1:
            for symbol in symbols:
                same = {one.name for one in symbols if one.size == symbol.size} - {symbol.name}
                if same:
                    found[symbol] = tuple(sorted(same))
    return found


def _row_name(row: InputSection, in_image: bool, jumps: frozenset[int]) -> str:
    if row.name == linkmap.FILL and row.address in jumps:
        return HOLE if in_image else row.output  # the stack, say: the script moves on without writing
    if row.name == linkmap.FILL:
        return FILL
    return row.output if row.name == linkmap.DATA else owned_by(row.name)


def _rows(placed: tuple[Placed, ...], link_map: LinkMap | None, merged: Merged) -> dict[int, _Rows]:
    """What the map's rows take, by the index of their section."""
    if link_map is None:
        return {}
    sections: dict[str, list[tuple[int, int, list[Part]]]] = {}
    lists: dict[int, list[Part]] = {}
    for section, _, _ in placed:
        lists[section.index] = []
        place = (section.address, section.address + section.size, lists[section.index])
        sections.setdefault(section.name, []).append(place)
    for part in mergedrows.taken(link_map, merged):
        for start, end, parts in sections.get(part.row.output, ()):
            if start <= part.start < end:
                parts.append(part)
                break
    return {index: _Rows(parts) for index, parts in lists.items()}


_Claim = tuple[Symbol, InputSection | None, str]


def _symbols(elf: Elf, placed: tuple[Placed, ...], rows: dict[int, _Rows]) -> dict[int, list[_Claim]]:
    """The symbols that own bytes, by section, each with its row of the map and the file it is local to.

    Of several names for one address the best comes first: the one that the input section has (its string
    pools have it too), then global before weak before local, function or object before untyped, then by
    name. Zero-size labels, section and file symbols own nothing, nor do mapping symbols ($x), of which newer
    binutils write thousands.
    """
    claims: dict[int, list[_Claim]] = {section.index: [] for section, _, _ in placed}
    file = ""
    for symbol in elf.symbols:
        if symbol.type == STT_FILE:
            file = symbol.name
            continue
        into = claims.get(symbol.section)
        if (
            into is None
            or not symbol.size
            or symbol.type not in _OWNING_TYPES
            or symbol.name[:1] in ("", "$")
        ):
            continue
        found = rows.get(symbol.section)
        row = found.at(symbol.value) if found is not None else None
        into.append((symbol, row, file if symbol.bind == STB_LOCAL else ""))
    for into in claims.values():
        into.sort(key=_rank)
    return claims


def _rank(claim: _Claim) -> tuple[int, bool, int, bool, str]:
    symbol, row, _ = claim
    alias = row is None or owned_by(row.name) != symbol.name
    return symbol.value, alias, _BIND_ORDER.get(symbol.bind, 3), symbol.type == STT_NOTYPE, symbol.name
