"""GNU ld link map, as `-Map` prints it (binutils ld/ldlang.c, ld 2.32 to 2.47), `--cref` included.

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
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from imgcheck.errors import FormatError
from imgcheck.readers import files, lldmap, mapwords
from imgcheck.readers.maprecords import (
    DATA,
    FILL,
    Aligned,
    InputSection,
    LinkMap,
    OutputSection,
    Paths,
    parts,
    text,
)
from imgcheck.readers.mapwords import CROSS_HEADING, HEADING

__all__ = [
    "DATA",
    "FILL",
    "Aligned",
    "InputSection",
    "LinkMap",
    "OutputSection",
    "begins",
    "parse",
    "parts",
    "printed",
    "read",
]

# A name is words with single spaces between them; two spaces or a new line end it. Every quantifier that
# could give back is possessive, so a hostile map cannot make the search more than linear; groups are not, for
# Python before 3.11.5 stops in the middle of one that does not match (gh-106052), and give back words only.
_HEX = rb"0x([0-9a-f]{1,16}+)"
_NAME = rb"([^\s][^\s]*+(?: (?!0x)[^\s]++)*)"


def _called(name: str, group: bytes) -> bytes:
    """A pattern whose first group has a name."""
    return group.replace(b"(", b"(?P<" + name.encode() + b">", 1)


def _place(row: str) -> bytes:
    return rb"(?: {2,}+|\n {16})" + _called(f"{row}_at", _HEX) + rb" ++" + _called(f"{row}_size", _HEX)


_ROW = re.compile(
    rb"\n(?:"
    rb" " + _called("input", _NAME) + _place("input") + rb"(?: (?P<path>[^\n]*+))?(?=\n)"
    rb"| {16}" + _called("value", _HEX) + rb" ++(?:(?:PROVIDE|HIDDEN|PROVIDE_HIDDEN) \()?"
    rb"(?P<assigned>[^\s=(]++) = (?P<expression>[^\n]*+)(?=\n)"
    rb"| {16}\[!provide\] ++PROVIDE(?:_HIDDEN)? \((?P<offered>[^\s=(]++) = (?P<default>[^\n]*+)(?=\n)"
    rb"| {16}" + _called("data_at", _HEX) + rb" ++" + _called("data_size", _HEX)
    + rb" (?:BYTE|SHORT|LONG|S?QUAD|ASCIZ|ASCII)\b"
    rb"|LOAD (?P<load>[^\n]++)(?=\n)"
    rb"|" + _called("output", _NAME) + _place("output")
    + rb"(?: load address " + _called("output_load", _HEX) + rb")? *+(?=\n)"
    rb"| {17,}+" + _called("before", _HEX) + rb" \(size before relaxing\)(?=\n)"
    rb"| {16}" + _called("symbol_at", _HEX) + rb" {16}(?P<symbol>[^\s][^\n]*+)(?=\n)"
    rb")"
)  # fmt: skip
_ALIGN = re.compile(rb"ALIGN \((?:\., )?0x([0-9a-f]{1,8})\)")
_SYMBOL = re.compile(rb"([A-Za-z_$][\w.$]*+|\.[A-Za-z_$][\w.$]*+)\)?")  # the bracket is PROVIDE's
_MEMBER_COLUMN = 30  # where "Archive member included" prints the reference
_Assigned: TypeAlias = tuple[tuple[str, int], ...]
_Parsed: TypeAlias = tuple[
    tuple[OutputSection, ...],
    tuple[InputSection, ...],
    tuple[str, ...],
    _Assigned,
    _Assigned,
    frozenset[int],
    tuple[Aligned, ...],
    tuple[tuple[str, str], ...],
    tuple[tuple[str, str], ...],
    frozenset[InputSection],
]
_OBJECT_ENDS = (b".o", b".o)", b".obj", b".obj)", b".a", b".lo)")
_MOST_CUTS = 64  # places where a line may be cut in two that are worth trying
_DATA_WORDS = (b"LONG 0x", b"BYTE 0x", b"SHORT 0x", b"QUAD 0x", b"SQUAD 0x")


class _Map(LinkMap):
    """One of GNU ld; what stands before the memory map is parsed for who asks for it, as predictions do."""

    @cached_property
    def discarded(self) -> tuple[InputSection, ...]:
        dropped = self.head.find(b"\nDiscarded input sections\n")
        return _rows(self.head, dropped + 1, len(self.head), self.paths)[1] if dropped >= 0 else ()

    @cached_property
    def pulled(self) -> tuple[tuple[str, str, str], ...]:
        _ = self.discarded  # reading them makes their paths known
        return tuple(_pulled(self.head, len(self.head), self.paths.known))


def read(path: str | Path) -> LinkMap:
    """The link map at `path`; raises FormatError, also when the file cannot be opened."""
    data = files.read(path)
    with files.named(path):
        return parse(data)


def parse(content: bytes | str) -> LinkMap:
    """The link map in `content`; raises FormatError where it is none or was cut off.

    A map that was cut between two lines of the cross reference table cannot be told from a whole one here.
    """
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    if lldmap.begins(data):
        return lldmap.parse(data.replace(b"\r\n", b"\n"))
    data = mapwords.plain(data)
    start = data.find(HEADING)
    cross = data.find(CROSS_HEADING, start)
    end = len(data) if cross < 0 else cross + 1
    if not data.endswith(b"\n"):
        raise FormatError("truncated in the middle of a line", line=_last_line(data))
    if data.find(b"\nOUTPUT(", start, end) < 0:
        raise FormatError("truncated: the memory map has no end", line=_last_line(data))
    again = data.find(HEADING, start + 1)
    if again >= 0:
        line = data.count(b"\n", 0, again) + 2
        raise FormatError("two link maps in one file: give the one that was written with the ELF", line=line)
    paths = Paths()
    rows = _rows(data, start + len(HEADING) - 1, end, paths)
    outputs, inputs, loads, symbols, assigned, jumps, aligned, aliases, offered, gathering = rows
    table = data[cross:] if cross >= 0 else b""
    return _Map(
        outputs=outputs,
        inputs=inputs,
        loads=loads,
        symbols=symbols,
        assignments=assigned,
        jumps=jumps,
        cross=table,
        aligned=aligned,
        aliases=aliases,
        offered=offered,
        gathering=gathering,
        head=data[:start],
        paths=paths,
    )


def printed(path: str | Path) -> bytes:
    """The text of a GNU ld map, its headings in English; empty for LLD's, which have no tables of names."""
    data = files.read(path)
    with files.named(path):
        return b"" if lldmap.begins(data) else mapwords.plain(data)


def begins(data: bytes) -> bool:
    """Whether a file that begins like this is a link map."""
    return lldmap.begins(data) or mapwords.begins(data)


def _last_line(data: bytes) -> int:
    return data.rstrip(b"\n").count(b"\n") + 1


def _rows(data: bytes, start: int, end: int, paths: Paths) -> _Parsed:
    """Outputs, inputs, loads, symbols and what the script says of them, between two offsets."""
    outputs: list[OutputSection] = []
    inputs: list[InputSection] = []
    loads: list[str] = []
    symbols: list[tuple[str, int]] = []
    assignments: list[tuple[str, int]] = []
    jumps: list[int] = []
    aligned: list[Aligned] = []
    aliases: list[tuple[str, str]] = []
    offered: list[tuple[str, str]] = []
    gathering: set[InputSection] = set()
    output, jumped = "", -1
    make = InputSection._make
    for match in _ROW.finditer(data, start, end):
        kind = match.lastgroup
        if kind == "symbol":
            symbols.append((text(match["symbol"]), int(match["symbol_at"], 16)))
        elif kind in ("input_size", "path"):
            name, address, size, path = match.group("input", "input_at", "input_size", "path")
            at = int(address, 16)
            if name == b"*fill*":  # behind its size is the pattern that fills it, if it is not zero
                inputs.append(make((FILL, at, int(size, 16), "", "", "", output)))
                if match.start() == jumped:
                    jumps.append(at)
            elif path and not path.startswith(_DATA_WORDS):
                inputs.append(make((text(name), at, int(size, 16), *paths.split(path), output)))
            elif path:  # a pattern line, and below it bytes that the script writes
                inputs.append(make((DATA, at, int(size, 16), "", "", "", output)))
        elif kind == "expression":
            name, value, expression = match.group("assigned", "value", "expression")
            if name != b".":
                assignments.append((text(name), int(value, 16)))
                aliases.append(_stands_for(name, expression))
            elif b"ALIGN" not in expression:
                jumped = match.end()
            elif unit := _ALIGN.fullmatch(expression):
                aligned.append(Aligned(output, int(value, 16), int(unit[1], 16)))
        elif kind == "default":
            offered.append(_stands_for(match["offered"], match["default"]))
        elif kind == "data_size":
            address, size = match.group("data_at", "data_size")
            inputs.append(make((DATA, int(address, 16), int(size, 16), "", "", "", output)))
        elif kind == "before":
            if inputs and inputs[-1].size > int(match["before"], 16):
                gathering.add(inputs[-1])
        elif kind == "load":
            loads.append(text(match["load"]))
        else:
            name, address, size, load = match.group("output", "output_at", "output_size", "output_load")
            output, moved = text(name), int(load, 16) if load else None
            outputs.append(OutputSection(output, int(address, 16), int(size, 16), moved))
    asked = tuple(assignments), frozenset(jumps), tuple(aligned)
    names = tuple(pair for pair in aliases if pair[1]), tuple(offered)
    return tuple(outputs), tuple(inputs), tuple(loads), tuple(symbols), *asked, *names, frozenset(gathering)


def _stands_for(name: bytes, expression: bytes) -> tuple[str, str]:
    """What is assigned, and the symbol that it is then another name for, "" for an address or a number."""
    other = _SYMBOL.fullmatch(expression)
    return text(name), text(other[1]) if other else ""


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
            yield text(member), text(file), text(symbol)


def _reference(reference: bytes, paths: dict[bytes, tuple[str, str, str]]) -> tuple[bytes, bytes]:
    """`libmy.a(c.o) (mk(int))` in two; both a path and a demangled symbol may have parentheses and spaces."""
    if reference.startswith(b"("):
        return b"", reference[1:-1]
    cuts = [match.start() for match in islice(re.finditer(rb" \(", reference), _MOST_CUTS)]
    cut = next((at for at in cuts if reference[:at] in paths), -1)
    if cut < 0:
        cut = next((at for at in cuts if reference[:at].endswith(_OBJECT_ENDS)), cuts[0] if cuts else -1)
    return (reference[:cut], reference[cut + 2 : -1]) if cut >= 0 else (reference, b"")
