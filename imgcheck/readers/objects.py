"""Members of archives, symbols and relocations of objects: ar(5) with GNU long names, RELA of ELF32 RISC-V.

lief would read them too, but it crashes on some inputs, costs 0.4 s to import and gives one Python object
per relocation; a link of 500 objects has 300,000 of them.
"""

from __future__ import annotations

import re
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import advances, elf, files
from imgcheck.readers.elf import Elf, Section

_RELA = struct.Struct("<IIi")
_U32 = struct.Struct("<I")
_U16 = struct.Struct("<H")

SHT_GROUP = 17
_LONGEST_MEMBER = 1024  # of a member's name: the last part of a path
# Bits of what a symbol's name begins with: `.` 1, `L` behind it 2, `$` 4.
_FIRST = bytes({ord("."): 1, ord("$"): 4}.get(byte, 0) for byte in range(256))
_SECOND = bytes(2 * (byte == ord("L")) for byte in range(256))
_OTHER = re.compile(rb"[\0-\2]")
_FEW = 256  # relocations that are looked at one by one
_FILE = 4  # st_info of a local STT_FILE (gABI, chapter 4)
_BINDS = bytes(info >> 4 for info in range(256))  # st_info -> binding
_LONGEST_NAME = 16384  # of a symbol: C++ templates make long ones, hostile tables longer ones

# Relocation types (RISC-V ELF psABI, table 3) that carry no reference: none, align, relax.
_SILENT = frozenset({0, 43, 51})
# type -> (bytes, what it does to the field)
_FIELDS = {
    1: (4, "set"), 33: (1, "add"), 34: (2, "add"), 35: (4, "add"), 36: (8, "add"), 37: (1, "sub"),
    38: (2, "sub"), 39: (4, "sub"), 40: (8, "sub"), 52: (1, "sub6"), 53: (1, "set6"), 54: (1, "set"),
    55: (2, "set"), 56: (4, "set"),
}  # fmt: skip


class Member(NamedTuple):
    """One object file, alone or in an archive."""

    name: str  # "" for a bare object
    data: memoryview


@dataclass(frozen=True)
class Symbols:
    """The symbol table of an object, by column and symbol index."""

    values: array[int]
    sizes: array[int]
    sections: array[int]  # st_shndx
    binds: bytes
    units: int  # how many source files the symbols are of, as the assembler was told
    _starts: array[int]  # of each name in
    _strings: memoryview

    @cached_property
    def names(self) -> Mapping[int, str]:
        """By index, read when first asked; without the labels that assemblers leave for every branch."""
        strings, starts = bytes(self._strings), self._starts
        found: dict[int, str] = {}
        for index in _named(starts, strings):
            start = starts[index]
            end = strings.find(b"\0", start, start + _LONGEST_NAME)
            found[index] = strings[start : end if end >= 0 else start].decode("utf-8", "backslashreplace")
        return found


@dataclass(frozen=True, slots=True)
class Object:
    """An object file; its symbols are not in `elf`. `tables` relocate the section of that index."""

    elf: Elf
    symbols: Symbols
    tables: Mapping[int, tuple[Section, ...]]


def read(path: Path) -> tuple[Member, ...]:
    """The members of the archive at `path`, or the object itself; raises FormatError."""
    data = memoryview(files.read(path))
    with files.named(path):
        return parse(data)


def parse(data: memoryview) -> tuple[Member, ...]:
    """The object files in `data`, by their order in it."""
    magic = bytes(data[:8])
    if magic == b"!<thin>\n":
        raise FormatError("a thin archive holds no objects, only their paths", offset=0)
    if magic != b"!<arch>\n":
        return (Member("", data),)
    members: list[Member] = []
    names = b""
    pos = 8
    while pos + 60 <= len(data):
        header = bytes(data[pos : pos + 60])
        if header[58:60] != b"`\n":
            raise FormatError("archive member has no header", offset=pos)
        try:
            size = int(header[48:58])
        except ValueError:
            raise FormatError("archive member has no size", offset=pos) from None
        start = pos + 60
        if size < 0 or start + size > len(data):
            raise FormatError("archive member runs past the end", offset=pos)
        content = data[start : start + size]
        raw = header[:16].rstrip()
        if raw == b"//":
            names = bytes(content)
        elif raw not in (b"/", b"/SYM64/"):
            name, skip = _name(raw, names, content)
            members.append(Member(name, content[skip:]))
        pos = start + size + (size & 1)
    if bytes(data[pos:]).strip(b"\n"):
        raise FormatError("archive ends inside a member's header", offset=pos)
    return tuple(members)


def _name(raw: bytes, names: bytes, content: memoryview) -> tuple[str, int]:
    """The member's name and how many bytes of its content that name takes (BSD's way)."""
    if raw.startswith(b"#1/") and raw[3:].isdigit():
        length = min(int(raw[3:]), len(content))
        return bytes(content[: min(length, _LONGEST_MEMBER)]).rstrip(b"\0").decode("utf-8", "replace"), length
    if raw.startswith(b"/") and raw[1:].isdigit():
        start = int(raw[1:])
        # Any number of members may share one name: an endless one would be kept for each of them.
        end = names.find(b"\n", start, start + _LONGEST_MEMBER)
        raw = names[start : end if end >= 0 else start + _LONGEST_MEMBER]
    return raw.removesuffix(b"/").decode("utf-8", "replace"), 0


def load(data: memoryview) -> Object:
    """The object in `data`; raises FormatError."""
    parsed = elf.parse(data, symbols=False)
    tables: dict[int, tuple[Section, ...]] = {}
    for section in parsed.sections:
        if section.type == elf.SHT_RELA and 0 < section.info < len(parsed.sections):
            tables[section.info] = (*tables.get(section.info, ()), section)
    return Object(parsed, _symbols(parsed), tables)


def _symbols(parsed: Elf) -> Symbols:
    table = next((s for s in parsed.sections if s.type == elf.SHT_SYMTAB), None)
    content, strings = memoryview(b""), memoryview(b"")
    if table is not None and table.link < len(parsed.sections):
        content = parsed.contents(table)
        content = content[: len(content) // 16 * 16]
        strings = parsed.contents(parsed.sections[table.link])
    words, halves = advances.words(content), array("H")
    sections = bytearray(len(content) // 8)
    sections[0::2], sections[1::2] = content[14::16], content[15::16]
    halves.frombytes(sections)
    if sys.byteorder == "big":
        halves.byteswap()
    infos = bytes(content[12::16])
    return Symbols(
        values=words[1::4],
        sizes=words[2::4],
        sections=halves,
        binds=infos.translate(_BINDS),
        units=infos.count(_FILE),
        _starts=words[0::4],
        _strings=strings,
    )


def _named(starts: array[int], strings: bytes) -> list[int]:
    """Which symbols have a name, and not a local label's (.L, $): one of thirty, so all are asked at once."""
    if not starts or max(starts) + 1 >= len(strings):
        return [index for index, at in enumerate(starts) if at and not strings.startswith((b".L", b"$"), at)]
    first = strings.translate(_FIRST)
    second = (strings[1:] + b"\0").translate(_SECOND)
    both = int.from_bytes(first, "little") | int.from_bytes(second, "little")
    marks = both.to_bytes(len(first), "little")  # what a name would be that begins at each byte
    named = bytes(map(marks.__getitem__, starts))
    return [index for one in _OTHER.finditer(named) if starts[index := one.start()]]


def references(obj: Object, section: int) -> list[tuple[int, int, int]]:
    """The relocations of a section that refer to something: (offset, symbol index, addend), by offset."""
    return [
        (offset, info >> 8, addend)
        for offset, info, addend in entries(obj, section)
        if info > 0xFF and info & 0xFF not in _SILENT
    ]


def entries(obj: Object, section: int, limit: int | None = None) -> list[tuple[int, int, int]]:
    """(offset, info, addend) of each relocation of a section, by offset; with a `limit`, only those below.

    Tables are in any order: assemblers before binutils 2.36 write branches and jumps behind the others.
    Those of one offset belong together and stay as they are.
    """
    found = [row for table in obj.tables.get(section, ()) for row in _rows(obj.elf, table, limit)]
    found.sort(key=itemgetter(0))
    return found


def groups(parsed: Elf) -> Iterator[tuple[int, ...]]:
    """The section indices of each section group: the linker keeps or drops a group as a whole."""
    for section in parsed.sections:
        if section.type == SHT_GROUP:
            data = parsed.contents(section)
            words = [word for (word,) in _U32.iter_unpack(data[: len(data) // 4 * 4])]
            yield tuple(index for index in words[1:] if 0 < index < len(parsed.sections))


def relocated(obj: Object, name: str, limit: int | None = None) -> tuple[bytes, dict[int, tuple[int, int]]]:
    """The contents of a debug section with its relocations applied, and its anchors.

    With a `limit`, only its first bytes. Anchors map the offset of each whole-word address to (section
    index, offset in that section). Values are those of the object, where every section starts at 0. A
    section that is absent is b"".
    """
    section = next((s for s in obj.elf.sections if s.name == name), None)
    if section is None:
        return b"", {}
    data = bytearray(obj.elf.contents(section)[:limit])
    anchors: dict[int, tuple[int, int]] = {}
    values, sections = obj.symbols.values, obj.symbols.sections
    count, size, get, put = len(values), len(data), _U16.unpack_from, _U16.pack_into
    rows = _advances(obj, section, data) if limit is None else None
    for offset, info, addend in entries(obj, section.index, limit) if rows is None else rows:
        if offset >= size:
            break
        field = _FIELDS.get(info & 0xFF)
        if field is None or info >> 8 >= count or offset + field[0] > size:
            continue
        value = values[info >> 8] + addend
        if field[0] == 2 and field[1] != "set":
            old = get(data, offset)[0]
            put(data, offset, (old + value if field[1] == "add" else old - value) & 0xFFFF)
            continue
        if info & 0xFF == 1:
            anchors[offset] = (sections[info >> 8], value)
        _apply(data, offset, field, value)
    return bytes(data), anchors


def _advances(obj: Object, section: Section, data: bytearray) -> list[tuple[int, int, int]] | None:
    """Applies the advances of a line program; the other relocations, None where nothing was done."""
    tables = obj.tables.get(section.index, ())
    if len(tables) != 1:
        return None
    return advances.apply(data, bytes(obj.elf.contents(tables[0])), obj.symbols.values)


def _apply(data: bytearray, offset: int, field: tuple[int, str], value: int) -> None:
    size, what = field
    old = int.from_bytes(data[offset : offset + size], "little")
    if what == "add":
        new = old + value
    elif what == "sub":
        new = old - value
    elif what == "set":
        new = value
    else:  # the low six bits, beside a two-bit opcode
        low = (old - value if what == "sub6" else value) & 0x3F
        new = old & 0xC0 | low
    data[offset : offset + size] = (new & (1 << 8 * size) - 1).to_bytes(size, "little")


def _rows(parsed: Elf, section: Section, limit: int | None) -> Iterable[tuple[int, int, int]]:
    data = parsed.contents(section)
    data = data[: len(data) // 12 * 12]
    if limit is not None and len(data) > 12 * _FEW:
        # Most tables are in order: what lies behind the first few is not asked for.
        if min(advances.words(data[12 * _FEW :])[0::3]) >= limit:
            data = data[: 12 * _FEW]
        return [row for row in _RELA.iter_unpack(data) if row[0] < limit]
    return _RELA.iter_unpack(data)
