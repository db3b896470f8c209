"""Who mentions a few given symbols, from the cross reference table of a GNU ld map, most of it unread.

    Symbol                                            File
    snprintf                                          /lib/libc.a(snprintf.o)
                                                      /app/libapp.a(http.o)

Files stand in column 50; a name that reaches it wraps, and then its first file has a line of its own.
"""

import re
from collections.abc import Iterable

_COLUMN = 50
# A symbol with one file and no line of further files below it: nobody but its own object mentions it.
_ALONE = re.compile(rb"\n([^\s(][^\n ]*+)(?: ++|\n {50})([^\s][^\n]*+)(?=\n(?! ))")


def find(data: bytes) -> bytes:
    """The rows of the cross reference table of a map, unparsed; empty when the link had no --cref."""
    at = data.rfind(b"\nCross Reference Table")
    # The heading of the columns would pass for a symbol.
    start = data.find(b"\nSymbol ", at) if at >= 0 else -1
    table = data[data.find(b"\n", start + 1) :] if start >= 0 else b""
    return table.replace(b"\r\n", b"\n") if b"\r\n" in table[:4096] else table


def mentions(cross: bytes, symbols: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Paths of the files that mention each of `symbols`, its definer first; absent ones are left out."""
    names = sorted({symbol.encode("utf-8", "surrogateescape") for symbol in symbols})
    if not names:
        return {}
    found = {}
    # One pass for all of them: the table of a real build has 80,000 lines.
    for match in re.finditer(rb"\n(" + b"|".join(map(re.escape, names)) + rb")(?= |\n {50})", cross):
        files = []
        start = match.end()
        while True:
            end = cross.find(b"\n", start)
            line = cross[start : end if end >= 0 else len(cross)].strip()
            if line:
                files.append(line.decode("utf-8", "backslashreplace"))
            if end < 0 or cross[end + 1 : end + 2] != b" ":
                break
            start = end + 1
        found[match[1].decode("utf-8", "surrogateescape")] = tuple(dict.fromkeys(files))
    return found


def lonely(cross: bytes) -> frozenset[str]:
    """The symbols that only the object which defines them mentions."""
    return frozenset(match[1].decode("utf-8", "backslashreplace") for match in _ALONE.finditer(cross))
