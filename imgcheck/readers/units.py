"""Which source file each run of code was compiled from, by what (DWARF 2-5: .debug_aranges, first entries).

A look at the first page of each compile unit instead of a walk through all of `.debug_info`: milliseconds
for a real build, and the sections stay in the file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from posixpath import join, normpath
from struct import Struct, error, unpack_from

from imgcheck.errors import FormatError
from imgcheck.readers.leb128 import unsigned

_COMPILE_UNIT = 0x11
_NAME, _FOLDER, _PRODUCER, _OFFSETS = 0x03, 0x1B, 0x25, 0x72
_LONGEST_PATH = 4096
_LARGEST_TABLE = 1 << 16  # bytes of a unit's abbreviations that are searched for its first entry
_MOST_UNITS, _MOST_RUNS = 20_000, 500_000  # forty times those of a real build
_STRING, _STRP, _LINE_STRP, _UDATA, _IMPLICIT, _STRX = 0x08, 0x0E, 0x1F, 0x0F, 0x21, 0x1A
_INDEX = {0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4}  # DW_FORM_strx1 to 4, and their bytes: what clang writes
# sizes of the forms that a unit's first entry may have before its name and folder
_SIZES = {
    0x01: 4,
    0x05: 2,
    0x06: 4,
    0x07: 8,
    0x0B: 1,
    0x0C: 1,
    0x17: 4,
    0x19: 0,
    0x1E: 16,
    _STRP: 4,
    _LINE_STRP: 4,
}
_PAIR = Struct("<II")


@dataclass(frozen=True, slots=True)
class Units:
    """The source path of every compile unit, and which run of code came from which."""

    paths: tuple[str, ...]
    starts: tuple[int, ...]  # of the runs, ascending
    runs: tuple[tuple[int, str], ...]  # end and path of the run that starts there
    producers: tuple[tuple[str, int], ...] = ()  # each DW_AT_producer and how many units have it, most first

    def at(self, address: int) -> str:
        """The source path of the code at `address`, "" where no unit claims it."""
        found = bisect_right(self.starts, address) - 1
        if found < 0:
            return ""
        end, path = self.runs[found]
        return path if address < end else ""


def parse(sections: Mapping[str, memoryview]) -> Units:
    """The units of the `.debug_` sections given by name; sections that are missing make it know less.

    Paths are absolute where the unit says its folder. Raises FormatError for sections that are damaged.
    """
    try:
        found = list(islice(_firsts(sections), _MOST_UNITS))
        paths = {offset: path for offset, path, _ in found}
        runs = sorted(islice(_runs(sections.get(".debug_aranges", memoryview(b"")), paths), _MOST_RUNS))
    except (error, IndexError, ValueError) as damage:
        raise FormatError("the debug information is damaged") from damage
    starts = tuple(start for start, _, _ in runs)
    producers = Counter(producer for _, _, producer in found if producer)
    return Units(
        tuple(filter(None, paths.values())),
        starts,
        tuple((end, path) for _, end, path in runs),
        tuple(sorted(producers.items(), key=lambda entry: (-entry[1], entry[0]))),
    )


def made(sections: Mapping[str, memoryview]) -> tuple[tuple[str, str], ...]:
    """The source path of every compile unit with its DW_AT_producer; sections and errors as of `parse`."""
    try:
        return tuple((path, producer) for _, path, producer in islice(_firsts(sections), _MOST_UNITS))
    except (error, IndexError, ValueError) as damage:
        raise FormatError("the debug information is damaged") from damage


def _runs(data: memoryview, paths: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    offset = 0
    while offset + 12 <= len(data):
        length, _, unit, address_size, segment_size = unpack_from("<IHIBB", data, offset)
        end = offset + 4 + length
        if end > len(data):
            raise FormatError("the debug information is cut", position=f".debug_aranges {offset:#x}")
        path = paths.get(unit, "")
        if path and address_size == 4 and segment_size == 0:
            tuples = data[offset + 16 : end]  # the header is padded to the size of a tuple
            for start, size in _PAIR.iter_unpack(tuples[: len(tuples) // 8 * 8]):
                if start and size:  # code that the linker dropped is left at 0
                    yield start, start + size, path
        offset = end


def _firsts(sections: Mapping[str, memoryview]) -> Iterator[tuple[int, str, str]]:
    """Yields offset, path and producer of each unit."""
    info, abbrev = (
        sections.get(".debug_info", memoryview(b"")),
        sections.get(".debug_abbrev", memoryview(b"")),
    )
    offset = 0
    while offset + 12 <= len(info):
        length, version = unpack_from("<IH", info, offset)
        end = offset + 4 + length
        if end > len(info) or length < 7:
            raise FormatError("the debug information is cut", position=f".debug_info {offset:#x}")
        if version >= 5:
            kind, _, table = unpack_from("<BBI", info, offset + 6)
            body = offset + 12
        else:
            kind, body = 1, offset + 11
            table = unpack_from("<I", info, offset + 6)[0]
        if kind in (1, 3):  # whole and partial units; type units name no file
            yield offset, *_first(sections, info[body : min(end, body + 2 * _LONGEST_PATH)], abbrev[table:])
        offset = end


def _first(sections: Mapping[str, memoryview], entry: memoryview, abbrev: memoryview) -> tuple[str, str]:
    code, at = unsigned(entry, 0)
    found = {_NAME: "", _FOLDER: "", _PRODUCER: ""}
    indexed: dict[int, int] = {}  # where the strings' offsets begin may be said behind their indices
    base = 0
    for attribute, form in _attributes(abbrev, bytes(entry[:at]), code):
        text = ""
        if form == _STRING:
            text = _string(entry, at)
            at += len(text.encode()) + 1
        elif form in (_STRP, _LINE_STRP):
            strings = sections.get(".debug_str" if form == _STRP else ".debug_line_str", memoryview(b""))
            if attribute in found:
                text = _string(strings, unpack_from("<I", entry, at)[0])
            at += 4
        elif form in (_STRX, *_INDEX):
            if form == _STRX:
                indexed[attribute], at = unsigned(entry, at)
            else:
                indexed[attribute] = int.from_bytes(entry[at : at + _INDEX[form]], "little")
                at += _INDEX[form]
        elif form == _UDATA:
            _, at = unsigned(entry, at)
        elif form in _SIZES:
            if attribute == _OFFSETS:
                base = unpack_from("<I", entry, at)[0]
            at += _SIZES[form]
        elif form != _IMPLICIT:
            break  # split DWARF and the like: whatever follows cannot be found
        if attribute in found:
            found[attribute] = text
            if all(found.values()):
                break
    if base:
        found |= {name: _listed(sections, base, indexed[name]) for name in found if name in indexed}
    path = normpath(join(found[_FOLDER], found[_NAME])) if found[_NAME] else ""
    return path, found[_PRODUCER]


def _listed(sections: Mapping[str, memoryview], base: int, index: int) -> str:
    """The string of an index into a unit's part of `.debug_str_offsets`, which begins at `base`."""
    offsets = sections.get(".debug_str_offsets", memoryview(b""))
    at = base + 4 * index
    if at + 4 > len(offsets):
        return ""
    return _string(sections.get(".debug_str", memoryview(b"")), unpack_from("<I", offsets, at)[0])


def _attributes(abbrev: memoryview, code: bytes, number: int) -> Iterator[tuple[int, int]]:
    """Yields attribute and form of the unit's first entry.

    Compilers number abbreviations by how often they are used, so the one looked for can be anywhere in its
    table. Two zeroes end each; only a table's own start lacks them before it.
    """
    table = bytes(abbrev[:_LARGEST_TABLE])
    start = code + bytes((_COMPILE_UNIT,))
    at = 0 if table.startswith(start) else table.find(b"\0\0" + start) + 2
    if at == 1 or not number:
        return
    at += len(start) + 1
    while True:
        attribute, at = unsigned(table, at)
        form, at = unsigned(table, at)
        if not attribute and not form:
            return
        if form == _IMPLICIT:
            while table[at] & 0x80:
                at += 1
            at += 1
        yield attribute, form


def _string(data: memoryview, at: int) -> str:
    text = bytes(data[at : at + _LONGEST_PATH])
    return text[: text.index(0)].decode("utf-8", "backslashreplace")
