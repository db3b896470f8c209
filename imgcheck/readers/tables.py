"""Tables that a linker script gathers between two symbols, from a GNU ld map without reading all of it.

                0x23018078                        _ld_cli_cmds_start = .
 *(SORT_BY_NAME(.static_cli_cmds) SORT_BY_NAME(.static_cli_cmds.*))
 .static_cli_cmds.help
                0x23018078        0xc cli/libcli.a(cli_help.o)
                0x23018084                        _ld_cli_cmds_end = .
"""

import re
from itertools import pairwise
from typing import NamedTuple

_DOT = (b" = .\n", b" = ABSOLUTE (.)\n")
_MOST = 200_000  # bytes of map between the two symbols; .text is no table
_NAME = re.compile(rb"\n {16}0x[0-9a-f]+ +(?:PROVIDE \()?([A-Za-z_.$][\w.$]*)$")
_ROW = re.compile(rb"\n (\.[^\s]++)\s++0x([0-9a-f]{1,16}+) ++0x([0-9a-f]{1,16}+) ([^\n]++)")


class Gathered(NamedTuple):
    """The input sections between two symbols: (name, address, size, path of the object)."""

    first: str
    last: str
    rows: tuple[tuple[str, int, int, str], ...]


def parse(data: bytes) -> tuple[Gathered, ...]:
    """Every table in the text of a map; those without sections are left out."""
    places = sorted(_symbols(data))
    found = []
    for (_, end, first), (start, _, last) in pairwise(places):
        # A line that begins an output section in between: these are bounds of something larger.
        between = data[end - 1 : start + 1] if start - end < _MOST else b""
        if not between or re.search(rb"\n[^\s]", between):
            continue
        rows = []
        for match in _ROW.finditer(between):
            name, object_ = (match[index].decode("utf-8", "backslashreplace") for index in (1, 4))
            if int(match[3], 16):
                rows.append((name, int(match[2], 16), int(match[3], 16), object_))
        if rows:
            found.append(Gathered(first, last, tuple(rows)))
    return tuple(found)


def _symbols(data: bytes) -> list[tuple[int, int, str]]:
    """Start and end of the line, and name, of each symbol that is set to the current address."""
    found = []
    for mark in _DOT:
        at = data.find(mark)
        while at >= 0:
            begin = data.rfind(b"\n", max(at - 300, 0), at)
            match = _NAME.match(data[begin:at]) if begin >= 0 else None
            if match:
                found.append((begin, at + len(mark), match[1].decode()))
            at = data.find(mark, at + 1)
    return found
