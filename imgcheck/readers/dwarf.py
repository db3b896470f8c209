"""Compile units and inlined calls: the little of DWARF 2-5's `.debug_info` that a prediction needs.

Written for speed: only the attributes asked for are decoded, the others are skipped, most of them as
one addition per entry (an abbreviation whose forms all have a fixed size).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers.entries import Sections, Tables, Unit, read
from imgcheck.readers.leb128 import unsigned

__all__ = ["Inlined", "Sections", "Tables", "Unit", "inlined", "units"]

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")

_TAG_INLINED = 0x1D
_NAME, _STMT_LIST, _LOW_PC, _HIGH_PC, _COMP_DIR = 0x03, 0x10, 0x11, 0x12, 0x1B
_RANGES, _CALL_FILE, _CALL_LINE = 0x55, 0x58, 0x59
_RNGLISTS_BASE, _ADDR_BASE = 0x74, 0x73
_UNIT_WANTS = frozenset({_NAME, _STMT_LIST, _LOW_PC, _COMP_DIR, _RNGLISTS_BASE})
_INLINE_WANTS = frozenset({_LOW_PC, _HIGH_PC, _RANGES, _CALL_FILE, _CALL_LINE})


class Inlined(NamedTuple):
    """One inlined call: where it was called, and the code bytes [start, end) that it became."""

    file: int  # file number in the unit's line number program
    line: int
    ranges: tuple[tuple[int, int], ...]


def units(
    sections: Sections, relocated: Mapping[int, int] | None = None, first_only: bool = False
) -> Iterator[Unit]:
    """Yields the compile units of `.debug_info`; `relocated` maps offsets in it to their final value."""
    offset, info, tables = 0, sections.info, Tables(sections.abbrev)
    while offset + 11 <= len(info):
        unit = _unit(sections, offset, relocated or {}, tables)
        if unit.name or unit.lines >= 0:
            yield unit
            if first_only:
                return
        offset = unit.end


def inlined(sections: Sections, unit: Unit, tables: Tables | None = None) -> Iterator[Inlined]:
    """Yields the inlined calls of a unit of a linked ELF that have code; `tables` serve several units."""
    info, pos = sections.info, unit.body
    left = 4 * (len(sections.ranges) + len(sections.range_lists))  # bytes of lists, which are not shared
    try:
        abbrevs = (tables or Tables(sections.abbrev)).at(unit.abbrev_offset)
        while pos < unit.end:
            code = info[pos]
            pos += 1
            if code >= 0x80:
                code, pos = unsigned(info, pos - 1)
            if code == 0:
                continue
            abbrev = abbrevs[code]
            if abbrev.tag != _TAG_INLINED:
                if abbrev.size >= 0:
                    pos += abbrev.size
                else:
                    _, pos = read(sections, pos, abbrev, frozenset(), {})
                continue
            values, pos = read(sections, pos, abbrev, _INLINE_WANTS, {})
            call, length = _inlined(sections, unit, values)
            left -= length
            if left < 0:
                raise FormatError("range lists overlap", position=f".debug_info {pos:#x}")
            if call.ranges:
                yield call
    except (IndexError, KeyError, struct.error, ValueError):
        raise FormatError("entry is broken", position=f".debug_info {pos:#x}") from None


def _inlined(sections: Sections, unit: Unit, values: dict[int, int | str]) -> tuple[Inlined, int]:
    """The call, and how many bytes of range lists it took to read."""

    def number(attribute: int) -> int:
        value = values.get(attribute, 0)
        return value if isinstance(value, int) else 0

    file, line = number(_CALL_FILE), number(_CALL_LINE)
    if _RANGES in values:
        start = number(_RANGES)
        spans, end = (_ranges5 if unit.version >= 5 else _ranges4)(sections, unit, start)
        return Inlined(file, line, tuple(spans)), max(end - start, 0)
    low, high = number(_LOW_PC), number(_HIGH_PC)
    if unit.version >= 4:  # DWARF 4: an offset from low_pc (GCC always writes a constant here)
        high += low
    return Inlined(file, line, ((low, high),) if high > low else ()), 0


_Ranges = tuple[list[tuple[int, int]], int]  # [start, end) of each, and where the list ends


def _ranges4(sections: Sections, unit: Unit, offset: int) -> _Ranges:
    data, base = sections.ranges, unit.low
    found: list[tuple[int, int]] = []
    while offset + 8 <= len(data):
        low, high = _U32.unpack_from(data, offset)[0], _U32.unpack_from(data, offset + 4)[0]
        offset += 8
        if low == high == 0:
            break
        if low == 0xFFFFFFFF:
            base = high
        elif high > low:
            found.append((base + low, base + high))
    return found, offset


def _ranges5(sections: Sections, unit: Unit, offset: int) -> _Ranges:
    data, base = sections.range_lists, unit.low
    found: list[tuple[int, int]] = []
    while offset < len(data):
        kind = data[offset]
        offset += 1
        low = high = 0
        if kind == 5:  # DW_RLE_base_address
            base = _U32.unpack_from(data, offset)[0]
            offset += 4
        elif kind == 4:  # DW_RLE_offset_pair
            low, offset = unsigned(data, offset)
            high, offset = unsigned(data, offset)
            low, high = base + low, base + high
        elif kind == 6:  # DW_RLE_start_end
            low, high = _U32.unpack_from(data, offset)[0], _U32.unpack_from(data, offset + 4)[0]
            offset += 8
        elif kind == 7:  # DW_RLE_start_length
            low = _U32.unpack_from(data, offset)[0]
            length, offset = unsigned(data, offset + 4)
            high = low + length
        else:  # DW_RLE_end_of_list, or the split-DWARF kinds that an embedded link never has
            break
        if high > low:
            found.append((low, high))
    return found, offset


def _unit(sections: Sections, offset: int, relocated: Mapping[int, int], tables: Tables) -> Unit:
    info, where = sections.info, f".debug_info {offset:#x}"
    try:
        length = _U32.unpack_from(info, offset)[0]
        end = offset + 4 + length
        if length >= 0xFFFFFFF0 or end > len(info) or length < 7:
            raise FormatError("unit runs past its section", position=where)
        version = _U16.unpack_from(info, offset + 4)[0]
        if not 2 <= version <= 5:
            raise FormatError(f"DWARF version {version}", position=where)
        if version >= 5:
            kind = info[offset + 6]
            abbrev_at = offset + 8
            pos = offset + 12 + {2: 8 + 4, 4: 8, 5: 8}.get(kind, 0)  # type and skeleton units carry more
        else:
            abbrev_at = offset + 6
            pos = offset + 11
        abbrev_offset = relocated.get(abbrev_at, _U32.unpack_from(info, abbrev_at)[0])
        body = pos
        code, pos = unsigned(info, pos)
        abbrev = tables.at(abbrev_offset, code).get(code)
        if abbrev is None:
            raise FormatError("unit has no abbreviation", position=where)
        values, _ = read(sections, pos, abbrev, _UNIT_WANTS, relocated)
    except (IndexError, struct.error, ValueError):
        raise FormatError("unit is truncated", position=where) from None

    def text(attribute: int) -> str:
        value = values.get(attribute, "")
        return value if isinstance(value, str) else ""

    def number(attribute: int, absent: int) -> int:
        value = values.get(attribute, absent)
        return value if isinstance(value, int) else absent

    return Unit(
        offset=offset,
        end=end,
        body=body,
        version=version,
        abbrev_offset=abbrev_offset,
        name=text(_NAME),
        folder=text(_COMP_DIR),
        lines=number(_STMT_LIST, -1),
        low=number(_LOW_PC, 0),
        range_lists_base=number(_RNGLISTS_BASE, 0),
    )
