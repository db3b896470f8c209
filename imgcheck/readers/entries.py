"""Entries of DWARF's `.debug_info`: abbreviation tables and attribute forms (DWARF 5, section 7.5)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers.leb128 import unsigned

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")

# Forms whose size does not depend on their value, for 32-bit DWARF and 4-byte addresses.
_FIXED = {
    0x01: 4, 0x05: 2, 0x06: 4, 0x07: 8, 0x0B: 1, 0x0C: 1, 0x0E: 4, 0x10: 4, 0x11: 1, 0x12: 2, 0x13: 4,
    0x14: 8, 0x17: 4, 0x19: 0, 0x1C: 4, 0x1D: 4, 0x1E: 16, 0x1F: 4, 0x20: 8, 0x21: 0, 0x24: 8, 0x25: 1,
    0x26: 2, 0x27: 3, 0x28: 4, 0x29: 1, 0x2A: 2, 0x2B: 3, 0x2C: 4, 0x1F20: 4, 0x1F21: 4,
}  # fmt: skip
_ADDRESS = bytes((5, 0x03))  # a location that is nothing but DW_OP_addr
_LONGEST_NAME = 4096  # PATH_MAX of the systems that compilers run on
_MOST_ATTRIBUTES = 128  # of an entry; compilers write a dozen


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


class Abbrev(NamedTuple):
    """What the entries of one code consist of."""

    tag: int
    attributes: tuple[tuple[int, int, int], ...]  # attribute, form, implicit value
    size: int  # of an entry's attributes if all forms are fixed, else -1
    children: bool = False  # entries up to the next null one are its own


class Tables:
    """The abbreviation tables of a `.debug_abbrev`, each read once.

    Tables do not overlap in what compilers write; a file where they do, over and over, is refused.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._known: dict[tuple[int, int], dict[int, Abbrev]] = {}
        self._left = 8 * len(data) + 4096  # bytes that may still be read

    def at(self, offset: int, only: int = 0) -> dict[int, Abbrev]:
        """The table at `offset`, up to and with code `only` if that is not 0."""
        found = self._known.get((offset, only))
        if found is None:
            found, end = _abbrevs(self._data, offset, only)
            self._known[offset, only] = found
            self._left -= max(end - offset, 0)
            if self._left < 0:
                raise FormatError("abbreviation tables overlap", position=f".debug_abbrev {offset:#x}")
        return found


def _abbrevs(data: bytes, offset: int, only: int) -> tuple[dict[int, Abbrev], int]:
    """The abbreviation table at `offset`, and where reading it ended."""
    table: dict[int, Abbrev] = {}
    pos = offset
    while pos < len(data):
        code, pos = unsigned(data, pos)
        if code == 0:
            break
        tag, pos = unsigned(data, pos)
        children = bool(data[pos])
        pos += 1
        attributes = []
        size = 0
        while True:
            attribute, form = data[pos], data[pos + 1]
            if attribute < 0x80 and form < 0x80:  # nearly all
                pos += 2
            else:
                attribute, pos = unsigned(data, pos)
                form, pos = unsigned(data, pos)
            implicit = 0
            if form == 0x21:  # DW_FORM_implicit_const
                implicit, pos = unsigned(data, pos)
            if attribute == form == 0:
                break
            attributes.append((attribute, form, implicit))
            if len(attributes) > _MOST_ATTRIBUTES:
                raise ValueError
            size = size + _FIXED[form] if size >= 0 and form in _FIXED else -1
        table[code] = Abbrev(tag, tuple(attributes), size, children)
        if code == only:
            break
    return table, pos


def read(
    sections: Sections, pos: int, abbrev: Abbrev, wanted: frozenset[int], relocated: Mapping[int, int]
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
            elif form in (0x0F, 0x0D, 0x15):  # udata, sdata of what is not negative, ref_udata
                values[attribute] = unsigned(info, pos)[0]
            elif form in (0x0A, 0x18) and info[pos : pos + 2] == _ADDRESS:
                values[attribute] = relocated.get(pos + 2, _U32.unpack_from(info, pos + 2)[0])
        pos = pos + size if size >= 0 else _skip(info, pos, form)
    return values, pos


def _skip(info: bytes, pos: int, form: int) -> int:
    if form == 0x08:  # string
        return info.index(b"\0", pos) + 1
    if form in (0x0D, 0x0F, 0x15, 0x1A, 0x1B, 0x22, 0x23, 0x1F01, 0x1F02):  # sdata, udata, ref_udata, *x
        return unsigned(info, pos)[1]
    if form == 0x0A:  # block1
        return pos + 1 + info[pos]
    if form == 0x03:  # block2
        return pos + 2 + int(_U16.unpack_from(info, pos)[0])
    if form == 0x04:  # block4
        return pos + 4 + int(_U32.unpack_from(info, pos)[0])
    if form in (0x09, 0x18):  # block, exprloc
        length, pos = unsigned(info, pos)
        return pos + length
    if form == 0x16:  # indirect, of a form that is not indirect again
        form, pos = unsigned(info, pos)
        if form != 0x16:
            return pos + _FIXED[form] if form in _FIXED else _skip(info, pos, form)
    raise ValueError(form)


def _text(data: bytes, at: int) -> str:
    end = data.find(b"\0", at, at + _LONGEST_NAME)
    return data[at : end if end >= 0 else at + _LONGEST_NAME].decode("utf-8", "replace")
