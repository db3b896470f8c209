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
_HEADING = b"\nLinker script and memory map"
_CROSS = b"\nCross Reference Table"
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
    places = _symbols(data)
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
    start = max(data.find(_HEADING), 0)
    cross = data.find(_CROSS, start)
    end = cross if cross >= 0 else len(data)
    found = []
    # One character, because that is what a search is fastest for; there are few of them.
    at = data.find(b"=", start, end)
    while at >= 0:
        mark = next((mark for mark in _DOT if data.startswith(mark, at - 1)), None)
        begin = data.rfind(b"\n", max(at - 300, 0), at)
        match = _NAME.match(data[begin : at - 1]) if mark and begin >= 0 else None
        if mark and match:
            found.append((begin, at - 1 + len(mark), match[1].decode()))
        at = data.find(b"=", at + 1, end)
    return found
