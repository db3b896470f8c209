"""32-bit little-endian ELF: sections, segments and symbols (System V ABI, chapters 4 and 5).

Tables are unpacked whole with `struct`; nothing is read that no table asks for, so debug information
costs neither time nor memory. Relocations stay bytes: `Elf.contents(section)` hands them out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import files, inflated

ET_REL, ET_EXEC = 1, 2
PT_LOAD, PT_TLS = 1, 7
MOST_SYMBOLS = 500_000  # each is a value here: 25 times what the largest firmware of such chips has
SHT_NULL, SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_NOBITS, SHT_REL = 0, 1, 2, 3, 4, 8, 9
SHT_SYMTAB_SHNDX = 18
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS, SHF_TLS = 1, 2, 4, 0x10, 0x20, 0x400
SHN_UNDEF, SHN_ABS, SHN_COMMON, SHN_XINDEX = 0, 0xFFF1, 0xFFF2, 0xFFFF
STB_LOCAL, STB_GLOBAL, STB_WEAK = 0, 1, 2
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE, STT_COMMON, STT_TLS = range(7)

_HEADER = Struct("<16sHHIIIIIHHHHHH")
_SECTION = Struct("<10I")
_SEGMENT = Struct("<8I")
_SYMBOL = Struct("<IIIBBH")
_TIMES = 8  # the bytes of all sections, of those of the file: sections of no tool overlap
_NAMES_PER_TABLE = 16  # names may share tails, but real ones never outgrow their table this much


class Section(NamedTuple):
    """A section header; `address` is the run address, `offset` and `size` say where its bytes lie."""

    index: int  # type: ignore[assignment]  # the field hides tuple.index, which nobody wants of a section
    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int


class Segment(NamedTuple):
    """A program header: `filesz` bytes at `offset` are loaded to `paddr` and run at `vaddr`."""

    type: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    flags: int


class Symbol(NamedTuple):
    """A symbol; `section` is its st_shndx, an index into `Elf.sections` or one of the SHN_ values."""

    name: str
    value: int
    size: int
    bind: int
    type: int
    section: int


@dataclass(frozen=True, slots=True)
class Elf:
    """One ELF file; `data` is the whole of it."""

    data: memoryview
    kind: int
    machine: int
    flags: int
    entry: int
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]
    symbols: tuple[Symbol, ...]

    def contents(self, section: Section) -> memoryview:
        """The bytes of a section, unpacked; none for NOBITS. FormatError where they do not unpack."""
        if section.type in (SHT_NOBITS, SHT_NULL):
            return self.data[0:0]
        found = self.data[section.offset : section.offset + section.size]
        if section.flags & (inflated.FLAG | SHF_ALLOC) == inflated.FLAG and found:  # -gz
            return memoryview(inflated.parse(found, section.name))
        return found

    def without_bytes(self) -> Elf:
        """What its headers and tables say, for who needs no contents any more: most of a file is DWARF."""
        return replace(self, data=memoryview(b""))


def read(path: str | Path) -> Elf:
    """The ELF at `path`; raises FormatError, also when the file cannot be opened."""
    # A copy, not a mapping: a file that a build cuts while it is read would end the process.
    data = files.apart(path)
    with files.named(path):
        return parse(data)


def parse(data: bytes | bytearray | memoryview, symbols: bool = True) -> Elf:
    """The ELF in `data`: linked (ET_EXEC) or relocatable (ET_REL); `symbols` False leaves them unread.

    Raises FormatError where a header, a table or the bytes of a section or segment are not in the file.
    """
    view = memoryview(data).cast("B") if len(data) else memoryview(b"")
    header = _header(view)
    kind, machine, entry, phoff, shoff, flags, phentsize, phnum, shentsize, shnum, shstrndx = header
    sections = _sections(view, shoff, shentsize, shnum, shstrndx)
    if phnum == 0xFFFF and sections:
        phnum = sections[0].info  # PN_XNUM
    segments = _segments(view, phoff, phentsize, phnum)
    named = _symbols(view, sections) if symbols else ()
    return Elf(
        data=view,
        kind=kind,
        machine=machine,
        flags=flags,
        entry=entry,
        sections=sections,
        segments=segments,
        symbols=named,
    )


def loads(head: bytes) -> tuple[int, tuple[Segment, ...]]:
    """The machine and the program headers alone, of a file's beginning; FormatError as `parse`."""
    view = memoryview(head)
    _, machine, _, phoff, _, _, phentsize, phnum, *_ = _header(view)
    return machine, _segments(view, phoff, phentsize, phnum, whole=False)


def instead(head: bytes) -> str:
    """What a file that begins so seems to be, for whom that helps; "" when nothing comes to mind."""
    if b"Memory Configuration" in head or head.startswith(b"Archive member included"):
        return ": it is a link map; give the ELF here, and the map with --map"
    if head.startswith(b"!<arch>"):
        return ": it is an archive of objects; give the linked program"
    if head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return ": it is a web page, as servers send one instead of a file"
    if head and not any(byte < 9 for byte in head):
        return ": it is text"
    return ""


def _header(view: memoryview) -> tuple[int, ...]:
    if not view:
        raise FormatError("the file is empty")
    if bytes(view[:4]) != b"\x7fELF"[: len(view)]:
        raise FormatError(f"not an ELF file{instead(bytes(view[:4096]))}", offset=0x0)
    if len(view) > 5:
        if view[4] == 2:
            raise FormatError("a 64-bit ELF; a 32-bit one is needed", offset=0x4)
        if view[4] != 1:
            raise FormatError(f"unknown ELF class {view[4]}", offset=0x4)
        if view[5] == 2:
            raise FormatError("a big-endian ELF; a little-endian one is needed", offset=0x5)
        if view[5] != 1:
            raise FormatError(f"unknown ELF byte order {view[5]}", offset=0x5)
    if len(view) < _HEADER.size:
        raise FormatError(f"truncated: {len(view)} bytes, the ELF header alone has {_HEADER.size}")
    fields = _HEADER.unpack_from(view)
    _, kind, machine, _, entry, phoff, shoff, flags, _, phentsize, phnum, shentsize, shnum, shstrndx = fields
    return kind, machine, entry, phoff, shoff, flags, phentsize, phnum, shentsize, shnum, shstrndx


def _table(view: memoryview, what: str, offset: int, size: int) -> memoryview:
    if offset + size > len(view):
        rest = max(len(view) - offset, 0)
        message = f"truncated or damaged: {what} takes {size} bytes, of which the file has {rest}"
        raise FormatError(message, offset=offset)
    return view[offset : offset + size]


def _sections(view: memoryview, offset: int, entry: int, count: int, strings: int) -> tuple[Section, ...]:
    if offset == 0:
        return ()
    if entry != _SECTION.size:
        raise FormatError(f"section headers of {entry} bytes, not {_SECTION.size}", offset=0x2E)
    if count == 0 or strings == SHN_XINDEX:  # extended numbering: section 0 holds what the header cannot
        first = _SECTION.unpack(_table(view, "the first section header", offset, _SECTION.size))
        count = count or first[5]
        strings = first[6] if strings == SHN_XINDEX else strings
    rows = list(_SECTION.iter_unpack(_table(view, "the section header table", offset, count * _SECTION.size)))
    whole = len(view)
    taken = 0
    for index, row in enumerate(rows):
        if row[1] not in (SHT_NULL, SHT_NOBITS):
            taken += row[5]
            if row[4] + row[5] > whole:
                _table(view, f"section {index}", row[4], row[5])
    if taken > _TIMES * whole:  # who reads each of them would read this file without end
        raise FormatError("its sections overlap without end", offset=offset)
    if not rows:
        return ()
    if strings >= len(rows) or (strings and rows[strings][1] != SHT_STRTAB):
        raise FormatError(f"section {strings}, which should name the sections, is no string table")
    names = _names(
        view, "section", rows[strings][4], rows[strings][5] if strings else 0, [r[0] for r in rows]
    )
    make = partial(tuple.__new__, Section)  # half of what a call takes: the objects of a link have 50,000
    return tuple(
        make((index, name, *row[1:])) for index, (name, row) in enumerate(zip(names, rows, strict=True))
    )


def _segments(
    view: memoryview, offset: int, entry: int, count: int, whole: bool = True
) -> tuple[Segment, ...]:
    """The program headers; of a `whole` file the bytes of each are looked for, too."""
    if count == 0:
        return ()
    if entry != _SEGMENT.size:
        raise FormatError(f"program headers of {entry} bytes, not {_SEGMENT.size}", offset=0x2A)
    table = _table(view, "the program header table", offset, count * _SEGMENT.size)
    segments = tuple(Segment(*row[:7]) for row in _SEGMENT.iter_unpack(table))
    for index, segment in enumerate(segments if whole else ()):
        _table(view, f"segment {index}", segment.offset, segment.filesz)
    return segments


def _symbols(view: memoryview, sections: tuple[Section, ...]) -> tuple[Symbol, ...]:
    table = next((section for section in sections if section.type == SHT_SYMTAB), None)
    if table is None or table.size == 0:
        return ()
    where = f"section {table.name or table.index}"
    if table.size % _SYMBOL.size:
        message = f"a symbol table of {table.size} bytes, no multiple of {_SYMBOL.size}"
        raise FormatError(message, position=where)
    strings = sections[table.link] if table.link < len(sections) else sections[0]
    if strings.type != SHT_STRTAB:
        message = f"its names should be in section {table.link}, which is no string table"
        raise FormatError(message, position=where)
    contents = view[table.offset : table.offset + table.size]
    texts = bytes(view[strings.offset : strings.offset + strings.size])
    # Labels of the assembler, which --emit-relocs keeps: 506,417 of 517,633 in a build of OpenBeken.
    every = enumerate(_SYMBOL.iter_unpack(contents))
    rows = [
        *islice((one for one in every if one[1][3] or not texts.startswith(b".L", one[1][0])), MOST_SYMBOLS)
    ]
    if next(every, None):
        raise FormatError(f"too many symbols; firmware has {MOST_SYMBOLS:d} at the most", position=where)
    names = _names(view, "symbol", strings.offset, strings.size, (row[0] for _, row in rows))
    wide = _wide_indices(view, sections, table)
    # _make of a plain tuple: twice as fast as the keyword-aware constructor, and there are 11,000
    make = Symbol._make
    return tuple(
        make((name, value, size, info >> 4, info & 15, wide[i] if wide and place == SHN_XINDEX else place))
        for name, (i, (_, value, size, info, _, place)) in zip(names, rows, strict=True)
    )


def _wide_indices(view: memoryview, sections: tuple[Section, ...], table: Section) -> memoryview | None:
    """The section of each symbol in 32 bits, which files of over 65,000 sections have beside the table."""
    for section in sections:
        if section.type == SHT_SYMTAB_SHNDX and section.link == table.index:
            if section.size * _SYMBOL.size != table.size * 4:
                raise FormatError("it does not match the symbol table", position=f"section {section.name}")
            return view[section.offset : section.offset + section.size].cast("I")
    return None


def _names(view: memoryview, what: str, offset: int, size: int, starts: Iterable[int]) -> list[str]:
    """The string at each of `starts` in a string table; bytes that are not UTF-8 stay visible as \\xNN."""
    strings = bytes(view[offset : offset + size])
    known = {0: ""} if not strings or strings[0] == 0 else {}
    budget = _NAMES_PER_TABLE * len(strings)  # hostile tables would make every entry name one long string
    names = []
    for index, start in enumerate(starts):
        name = known.get(start)
        if name is None:
            end = strings.find(b"\0", start)
            if end < 0 or start >= len(strings):
                raise FormatError(
                    f"the name of {what} {index} is outside its string table", offset=offset + start
                )
            budget -= end - start
            if budget < 0:
                raise FormatError(f"the names of the {what}s overlap without end", offset=offset)
            name = known[start] = strings[start:end].decode("utf-8", "backslashreplace")
        names.append(name)
    return names
