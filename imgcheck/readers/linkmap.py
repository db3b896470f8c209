"""GNU ld link map, as `-Map` prints it (binutils ld/ldlang.c, ld 2.35 to 2.44), `--cref` included.

    LOAD a.o
                    0x00000800                        __stack_size = DEFINED (__stack_size)?__stack_size:0x800

    .text           0x23000c04     0x2b50
     *(.text .text.*)
     .text.cxx      0x23000c94       0x56 libmy.a(c.o)
     .rodata.main.str1.4
                    0x23003788        0x7 a.o
                                     0x14 (size before relaxing)
     *fill*         0x2300378f        0x1
    .data           0x4200c020       0x30 load address 0x23003e2c

Columns are not counted: addresses have 8 or 16 digits, and names of 15 bytes or more wrap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

from imgcheck.errors import FormatError
from imgcheck.readers import files

FILL = "*fill*"
DATA = "*data*"  # bytes that the linker script itself writes: BYTE, SHORT, LONG, QUAD

# A name is words with single spaces between them; two spaces or a new line end it. Every quantifier that
# could give back is possessive, so a hostile map cannot make the search more than linear.
_HEX = rb"0x([0-9a-f]{1,16}+)"
_NAME = rb"([^\s][^\s]*+(?: (?!0x)[^\s]++)*+)"
_PLACE = rb"(?: {2,}+|\n {16})" + _HEX + rb" ++" + _HEX
_ROW = re.compile(
    rb"\n(?:"
    rb" " + _NAME + _PLACE + rb"(?: ([^\n]*+))?(?=\n)"  # 1 name, 2 address, 3 size, 4 path
    rb"| {16}"
    + _HEX
    + rb" ++(?:(?:PROVIDE|HIDDEN|PROVIDE_HIDDEN) \()?+([^\s=(]++) = ([^\n]*+)(?=\n)"  # 5 6 7
    rb"| {16}" + _HEX + rb" ++" + _HEX + rb" (?:BYTE|SHORT|LONG|S?QUAD|ASCIZ|ASCII)\b"  # 8 9
    rb"|LOAD ([^\n]++)(?=\n)"  # 10
    rb"|" + _NAME + _PLACE + rb"(?: load address " + _HEX + rb")? *+(?=\n)"  # 11 12 13 14
    rb"| {16}" + _HEX + rb" {16}([^\s][^\n]*+)(?=\n)"  # 15 16
    rb")"
)
_MEMBER_COLUMN = 30  # where "Archive member included" prints the reference
_FILE_COLUMN = 50  # where the cross reference table prints files
_OBJECT_ENDS = (b".o", b".o)", b".obj", b".obj)", b".a", b".lo)")
_MOST_CUTS = 64  # places where a line may be cut in two that are worth trying
_HEADING = b"\nLinker script and memory map\n"
_CROSS_HEADING = b"\nCross Reference Table\n"
_DATA_WORDS = (b"LONG 0x", b"BYTE 0x", b"SHORT 0x", b"QUAD 0x", b"SQUAD 0x")


class InputSection(NamedTuple):
    """A row of the map: `size` bytes at `address`; `*fill*` and `*data*` rows have no path."""

    name: str
    address: int
    size: int
    path: str  # as printed: "/a/libx.a(m.o)"
    archive: str  # "libx.a", "" for a bare object
    object: str  # "m.o"
    output: str  # output section that holds it, "" for a discarded one


class OutputSection(NamedTuple):
    """An output section; `load` is its load address where the map prints one."""

    name: str
    address: int
    size: int
    load: int | None


_Assigned: TypeAlias = tuple[tuple[str, int], ...]
_Parsed: TypeAlias = tuple[
    tuple[OutputSection, ...], tuple[InputSection, ...], tuple[str, ...], _Assigned, _Assigned, frozenset[int]
]


@dataclass(frozen=True)
class LinkMap:
    """Everything of a link map, in map order. (No slots: `cref` is made when it is first asked for.)"""

    outputs: tuple[OutputSection, ...]
    inputs: tuple[InputSection, ...]
    discarded: tuple[InputSection, ...]
    loads: tuple[str, ...]
    pulled: tuple[
        tuple[str, str, str], ...
    ]  # archive member, file that refers to it ("": -u or entry), symbol
    symbols: _Assigned  # global symbols with their addresses, as listed below their input section
    assignments: _Assigned  # symbols that the linker script assigns
    jumps: frozenset[int]  # addresses of those *fill* rows that a `. = EXPRESSION` made, not an alignment
    cross: bytes = field(repr=False)  # the cross reference table, not yet parsed

    @cached_property
    def cref(self) -> dict[str, tuple[str, ...]]:
        """Files that mention each global symbol, its definer first; names are demangled as ld prints them."""
        return _cross_references(self.cross, {row.path for row in (*self.inputs, *self.discarded)})

    def mentions(self, symbol: str) -> bool:
        """Whether the cross reference table has an entry for `symbol`, without parsing the table."""
        name = b"\n" + symbol.encode()
        return name + b" " in self.cross or name + b"\n" in self.cross


def read(path: str | Path) -> LinkMap:
    """The link map at `path`; raises FormatError, also when the file cannot be opened."""
    data = files.read(path)
    with files.named(path):
        return parse(data)


def parse(text: bytes | str) -> LinkMap:
    """The link map in `text`; raises FormatError where it is none or was cut off.

    A map that was cut between two lines of the cross reference table cannot be told from a whole one here.
    """
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if not data.strip():
        raise FormatError("the file is empty")
    if b"\r\n" in data[:4096]:
        data = data.replace(b"\r\n", b"\n")
    start = data.find(_HEADING)
    if start < 0:
        if b"\nMemory Configuration\n" in data or data.startswith(b"Archive member included"):
            raise FormatError("truncated: it ends before the memory map", line=_last_line(data))
        raise FormatError('not a GNU ld map: it has no line "Linker script and memory map"')
    cross = data.find(_CROSS_HEADING, start)
    end = len(data) if cross < 0 else cross + 1
    if not data.endswith(b"\n"):
        raise FormatError("truncated in the middle of a line", line=_last_line(data))
    if data.find(b"\nOUTPUT(", start, end) < 0:
        raise FormatError("truncated: the memory map has no end", line=_last_line(data))
    paths = _Paths()
    outputs, inputs, loads, symbols, assigned, jumps = _rows(data, start + len(_HEADING) - 1, end, paths)
    dropped = data.find(b"\nDiscarded input sections\n", 0, start)
    discarded = _rows(data, dropped + 1, start, paths)[1] if dropped >= 0 else ()
    pulled = tuple(_pulled(data, start, paths.known))
    table = data[cross:] if cross >= 0 else b""
    return LinkMap(
        outputs, inputs, discarded, loads, pulled, symbols, assignments=assigned, jumps=jumps, cross=table
    )


def _last_line(data: bytes) -> int:
    return data.rstrip(b"\n").count(b"\n") + 1


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


class _Paths:
    """Splits paths into archive and object, each path once: a map prints 560 of them 50,000 times."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[str, str, str]] = {b"": ("", "", "")}

    def split(self, path: bytes) -> tuple[str, str, str]:
        found = self.known.get(path)
        if found is None:
            text = _text(path)
            archive, member = parts(text)
            found = self.known[path] = (text, _last_part(archive), _last_part(member))
        return found


def parts(path: str) -> tuple[str, str]:
    """The archive and the member of a path as the map prints it; ("", path) for a bare object."""
    if path.endswith(")"):
        # the last ".a(": folders and members may have parentheses of their own
        at = path.rfind(".a(") + 2 if ".a(" in path else path.rfind("(")
        if at > 0:
            return path[:at], path[at + 1 : -1]
    return "", path


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _rows(data: bytes, start: int, end: int, paths: _Paths) -> _Parsed:
    """Outputs, inputs, loads, symbols, assignments and jumps between two offsets."""
    outputs: list[OutputSection] = []
    inputs: list[InputSection] = []
    loads: list[str] = []
    symbols: list[tuple[str, int]] = []
    assignments: list[tuple[str, int]] = []
    jumps: list[int] = []
    output, jumped = "", -1
    make = InputSection._make
    for match in _ROW.finditer(data, start, end):
        kind = match.lastindex
        if kind == 16:
            symbols.append((_text(match[16]), int(match[15], 16)))
        elif kind in (3, 4):
            name, address, size, path = match.group(1, 2, 3, 4)
            at = int(address, 16)
            if name == b"*fill*":  # behind its size is the pattern that fills it, if it is not zero
                inputs.append(make((FILL, at, int(size, 16), "", "", "", output)))
                if match.start() == jumped:
                    jumps.append(at)
            elif path and not path.startswith(_DATA_WORDS):
                inputs.append(make((_text(name), at, int(size, 16), *paths.split(path), output)))
            elif path:  # a pattern line, and below it bytes that the script writes
                inputs.append(make((DATA, at, int(size, 16), "", "", "", output)))
        elif kind == 7:
            name, value, expression = match.group(6, 5, 7)
            if name != b".":
                assignments.append((_text(name), int(value, 16)))
            elif b"ALIGN" not in expression:
                jumped = match.end()
        elif kind == 9:
            inputs.append(make((DATA, int(match[8], 16), int(match[9], 16), "", "", "", output)))
        elif kind == 10:
            loads.append(_text(match[10]))
        else:
            output = _text(match[11])
            load = int(match[14], 16) if match[14] else None
            outputs.append(OutputSection(output, int(match[12], 16), int(match[13], 16), load))
    return tuple(outputs), tuple(inputs), tuple(loads), tuple(symbols), tuple(assignments), frozenset(jumps)


def _pulled(
    data: bytes, end: int, paths: dict[bytes, tuple[str, str, str]]
) -> Iterator[tuple[str, str, str]]:
    """The entries of "Archive member included to satisfy reference by file (symbol)"."""
    heading = data.find(b"Archive member included", 0, end)
    if heading < 0:
        return
    start = data.find(b"\n\n", heading, end) + 1
    stop = data.find(b"\n\n", start, end) + 1
    member = b""
    for line in data[start + 1 : stop].split(b"\n"):
        if not line.startswith(b" "):
            member, reference = line[:_MEMBER_COLUMN].rstrip(b" "), line[_MEMBER_COLUMN:]
            if line[_MEMBER_COLUMN - 1 : _MEMBER_COLUMN] != b" ":
                member, reference = line, b""
        else:
            reference = line[_MEMBER_COLUMN:]
        if reference.endswith(b")"):
            file, symbol = _reference(reference, paths)
            yield _text(member), _text(file), _text(symbol)


def _reference(text: bytes, paths: dict[bytes, tuple[str, str, str]]) -> tuple[bytes, bytes]:
    """`libmy.a(c.o) (mk(int))` in two; both a path and a demangled symbol may have parentheses and spaces."""
    if text.startswith(b"("):
        return b"", text[1:-1]
    cuts = [match.start() for match in islice(re.finditer(rb" \(", text), _MOST_CUTS)]
    cut = next((at for at in cuts if text[:at] in paths), -1)
    if cut < 0:
        cut = next((at for at in cuts if text[:at].endswith(_OBJECT_ENDS)), cuts[0] if cuts else -1)
    return (text[:cut], text[cut + 2 : -1]) if cut >= 0 else (text, b"")


def _cross_references(data: bytes, known: set[str]) -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    files: list[str] = []
    texts: dict[bytes, str] = {}
    for line in data[data.find(b"\nSymbol ") + 1 :].split(b"\n")[1:]:
        if line.startswith(b" "):
            path = line[_FILE_COLUMN:]
        elif line:
            name, path = _definer(line, known)
            files = table.setdefault(name, [])
        else:
            continue
        text = texts.get(path)
        if text is None:
            text = texts[path] = _text(path)
        files.append(text)
    return {name: tuple(dict.fromkeys(files)) for name, files in table.items()}


def _definer(line: bytes, known: set[str]) -> tuple[str, bytes]:
    """Symbol and file of a line; a symbol too long for its column is followed by one space only."""
    if line[_FILE_COLUMN - 1 : _FILE_COLUMN] == b" " and (
        line[_FILE_COLUMN - 2 : _FILE_COLUMN - 1] == b" " or _text(line[_FILE_COLUMN:]) in known
    ):
        return _text(line[:_FILE_COLUMN].rstrip(b" ")), line[_FILE_COLUMN:]
    cut = at = line.rfind(b" /") if b" /" in line else line.rfind(b" ")
    for _ in range(_MOST_CUTS):
        if at < 0 or _text(line[at + 1 :]) in known:
            break
        at = line.rfind(b" ", 0, at)
    else:
        at = -1
    cut = at if at >= 0 else cut
    return (_text(line[:cut]), line[cut + 1 :]) if cut > 0 else (_text(line), b"")
