"""Compile units and inlined calls: the little of DWARF 2-5's `.debug_info` that a prediction needs.

Written for speed: only the attributes asked for are decoded, the others are skipped, most of them as
one addition per entry (an abbreviation whose forms all have a fixed size).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from imgcheck.errors import FormatError

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")

_TAG_INLINED = 0x1D
_NAME, _STMT_LIST, _LOW_PC, _HIGH_PC, _COMP_DIR = 0x03, 0x10, 0x11, 0x12, 0x1B
_RANGES, _CALL_FILE, _CALL_LINE = 0x55, 0x58, 0x59
_RNGLISTS_BASE, _ADDR_BASE = 0x74, 0x73
_UNIT_WANTS = frozenset({_NAME, _STMT_LIST, _LOW_PC, _COMP_DIR, _RNGLISTS_BASE})
_INLINE_WANTS = frozenset({_LOW_PC, _HIGH_PC, _RANGES, _CALL_FILE, _CALL_LINE})

# Forms whose size does not depend on their value, for 32-bit DWARF and 4-byte addresses.
_FIXED = {
    0x01: 4, 0x05: 2, 0x06: 4, 0x07: 8, 0x0B: 1, 0x0C: 1, 0x0E: 4, 0x10: 4, 0x11: 1, 0x12: 2, 0x13: 4,
    0x14: 8, 0x17: 4, 0x19: 0, 0x1C: 4, 0x1D: 4, 0x1E: 16, 0x1F: 4, 0x20: 8, 0x21: 0, 0x24: 8, 0x25: 1,
    0x26: 2, 0x27: 3, 0x28: 4, 0x29: 1, 0x2A: 2, 0x2B: 3, 0x2C: 4, 0x1F20: 4, 0x1F21: 4,
}  # fmt: skip


class Sections(NamedTuple):
    """The contents of the sections that `.debug_info` refers to; b"" where one is absent."""

    info: bytes
    abbrev: bytes
    strings: bytes = b""
    line_strings: bytes = b""
    ranges: bytes = b""  # .debug_ranges (DWARF 2-4)
    range_lists: bytes = b""  # .debug_rnglists (DWARF 5)


class Unit(NamedTuple):
    """A compile unit, its first entry read."""

    offset: int
    end: int
    body: int  # offset of the first entry
    version: int
    abbrev_offset: int
    name: str
    folder: str  # compilation folder
    lines: int  # offset of its program in .debug_line; -1 for none
    low: int
    range_lists_base: int


class Inlined(NamedTuple):
    """One inlined call: where it was called, and the code bytes [start, end) that it became."""

    file: int  # file number in the unit's line number program
    line: int
    ranges: tuple[tuple[int, int], ...]


class _Abbrev(NamedTuple):
    tag: int
    attributes: tuple[tuple[int, int, int], ...]  # attribute, form, implicit value
    size: int  # of an entry's attributes if all forms are fixed, else -1


def units(
    sections: Sections, relocated: Mapping[int, int] | None = None, first_only: bool = False
) -> Iterator[Unit]:
    """Yields the compile units of `.debug_info`; `relocated` maps offsets in it to their final value."""
    offset, info = 0, sections.info
    while offset + 11 <= len(info):
        unit = _unit(sections, offset, relocated or {})
        if unit.name or unit.lines >= 0:
            yield unit
            if first_only:
                return
        offset = unit.end


def inlined(sections: Sections, unit: Unit) -> Iterator[Inlined]:
    """Yields the inlined calls of a unit of a linked ELF that have code."""
    info, pos = sections.info, unit.body
    try:
        abbrevs = _abbrevs(sections.abbrev, unit.abbrev_offset)
        while pos < unit.end:
            code = info[pos]
            pos += 1
            if code >= 0x80:
                code, pos = _uleb(info, pos - 1)
            if code == 0:
                continue
            abbrev = abbrevs[code]
            if abbrev.tag != _TAG_INLINED:
                if abbrev.size >= 0:
                    pos += abbrev.size
                else:
                    _, pos = _read(sections, pos, abbrev, frozenset(), {})
                continue
            values, pos = _read(sections, pos, abbrev, _INLINE_WANTS, {})
            call = _inlined(sections, unit, values)
            if call.ranges:
                yield call
    except (IndexError, KeyError, struct.error, ValueError):
        raise FormatError("entry is broken", position=f".debug_info {pos:#x}") from None


def _inlined(sections: Sections, unit: Unit, values: dict[int, int | str]) -> Inlined:
    def number(attribute: int) -> int:
        value = values.get(attribute, 0)
        return value if isinstance(value, int) else 0

    file, line = number(_CALL_FILE), number(_CALL_LINE)
    if _RANGES in values:
        lists = _ranges5 if unit.version >= 5 else _ranges4
        return Inlined(file, line, tuple(lists(sections, unit, number(_RANGES))))
    low, high = number(_LOW_PC), number(_HIGH_PC)
    if unit.version >= 4:  # DWARF 4: an offset from low_pc (GCC always writes a constant here)
        high += low
    return Inlined(file, line, ((low, high),) if high > low else ())


def _ranges4(sections: Sections, unit: Unit, offset: int) -> Iterator[tuple[int, int]]:
    data, base = sections.ranges, unit.low
    while offset + 8 <= len(data):
        low, high = _U32.unpack_from(data, offset)[0], _U32.unpack_from(data, offset + 4)[0]
        offset += 8
        if low == high == 0:
            return
        if low == 0xFFFFFFFF:
            base = high
        elif high > low:
            yield base + low, base + high


def _ranges5(sections: Sections, unit: Unit, offset: int) -> Iterator[tuple[int, int]]:
    data, base = sections.range_lists, unit.low
    while offset < len(data):
        kind = data[offset]
        offset += 1
        if kind == 5:  # DW_RLE_base_address
            base = _U32.unpack_from(data, offset)[0]
            offset += 4
        elif kind == 4:  # DW_RLE_offset_pair
            low, offset = _uleb(data, offset)
            high, offset = _uleb(data, offset)
            if high > low:
                yield base + low, base + high
        elif kind == 6:  # DW_RLE_start_end
            low, high = _U32.unpack_from(data, offset)[0], _U32.unpack_from(data, offset + 4)[0]
            offset += 8
            if high > low:
                yield low, high
        elif kind == 7:  # DW_RLE_start_length
            low = _U32.unpack_from(data, offset)[0]
            length, offset = _uleb(data, offset + 4)
            if length:
                yield low, low + length
        else:  # DW_RLE_end_of_list, or the split-DWARF kinds that an embedded link never has
            return


def _unit(sections: Sections, offset: int, relocated: Mapping[int, int]) -> Unit:
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
        code, pos = _uleb(info, pos)
        abbrev = _abbrevs(sections.abbrev, abbrev_offset, code).get(code)
        if abbrev is None:
            raise FormatError("unit has no abbreviation", position=where)
        values, _ = _read(sections, pos, abbrev, _UNIT_WANTS, relocated)
    except (IndexError, struct.error, ValueError):
        raise FormatError("unit is truncated", position=where) from None

    def text(attribute: int) -> str:
        value = values.get(attribute, "")
        return value if isinstance(value, str) else ""

    def number(attribute: int, absent: int) -> int:
        value = values.get(attribute, absent)
        return value if isinstance(value, int) else absent

    return Unit(
        offset,
        end,
        body,
        version,
        abbrev_offset,
        text(_NAME),
        text(_COMP_DIR),
        number(_STMT_LIST, -1),
        number(_LOW_PC, 0),
        number(_RNGLISTS_BASE, 0),
    )


def _abbrevs(data: bytes, offset: int, only: int = 0) -> dict[int, _Abbrev]:
    """The abbreviation table at `offset`, up to and with code `only` if that is not 0."""
    table: dict[int, _Abbrev] = {}
    pos = offset
    while pos < len(data):
        code, pos = _uleb(data, pos)
        if code == 0:
            break
        tag, pos = _uleb(data, pos)
        pos += 1  # has children: entries are walked flat
        attributes = []
        size = 0
        while True:
            attribute, pos = _uleb(data, pos)
            form, pos = _uleb(data, pos)
            implicit = 0
            if form == 0x21:  # DW_FORM_implicit_const
                implicit, pos = _uleb(data, pos)
            if attribute == form == 0:
                break
            attributes.append((attribute, form, implicit))
            size = size + _FIXED[form] if size >= 0 and form in _FIXED else -1
        table[code] = _Abbrev(tag, tuple(attributes), size)
        if code == only:
            break
    return table


def _read(
    sections: Sections, pos: int, abbrev: _Abbrev, wanted: frozenset[int], relocated: Mapping[int, int]
) -> tuple[dict[int, int | str], int]:
    """The wanted attributes of the entry at `pos`, and where the next entry starts."""
    info = sections.info
    values: dict[int, int | str] = {}
    for attribute, form, implicit in abbrev.attributes:
        size = _FIXED.get(form, -1)
        if attribute in wanted:
            if form in (0x0E, 0x1F):  # strp, line_strp
                at = relocated.get(pos, _U32.unpack_from(info, pos)[0])
                values[attribute] = _text(sections.strings if form == 0x0E else sections.line_strings, at)
            elif form == 0x08:
                values[attribute] = _text(info, pos)
            elif form == 0x21:
                values[attribute] = implicit
            elif (
                form == 0x23 and sections.range_lists
            ):  # rnglistx needs the unit's base: GCC writes sec_offset
                pass
            elif size >= 0:
                values[attribute] = relocated.get(pos, int.from_bytes(info[pos : pos + size], "little"))
            elif form in (0x0F, 0x0D):
                values[attribute] = _uleb(info, pos)[0]
        pos = pos + size if size >= 0 else _skip(info, pos, form)
    return values, pos


def _skip(info: bytes, pos: int, form: int) -> int:
    if form == 0x08:  # string
        return info.index(b"\0", pos) + 1
    if form in (0x0D, 0x0F, 0x15, 0x1A, 0x1B, 0x22, 0x23, 0x1F01, 0x1F02):  # sdata, udata, ref_udata, *x
        return _uleb(info, pos)[1]
    if form == 0x0A:  # block1
        return pos + 1 + info[pos]
    if form == 0x03:  # block2
        return pos + 2 + int(_U16.unpack_from(info, pos)[0])
    if form == 0x04:  # block4
        return pos + 4 + int(_U32.unpack_from(info, pos)[0])
    if form in (0x09, 0x18):  # block, exprloc
        length, pos = _uleb(info, pos)
        return pos + length
    if form == 0x16:  # indirect
        form, pos = _uleb(info, pos)
        return pos + _FIXED[form] if form in _FIXED else _skip(info, pos, form)
    raise ValueError(form)


def _text(data: bytes, at: int) -> str:
    end = data.find(b"\0", at)
    return data[at : end if end >= 0 else len(data)].decode("utf-8", "replace") if at < len(data) else ""


def _uleb(data: bytes, pos: int) -> tuple[int, int]:
    byte = data[pos]
    if byte < 0x80:
        return byte, pos + 1
    value, shift = byte & 0x7F, 7
    while byte >= 0x80 and shift < 70:
        pos += 1
        byte = data[pos]
        value |= (byte & 0x7F) << shift
        shift += 7
    return value, pos + 1
