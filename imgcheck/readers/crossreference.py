"""Who mentions a few given symbols, from the cross reference table of a GNU ld map, most of it unread.

    Symbol                                            File
    snprintf                                          /lib/libc.a(snprintf.o)
                                                      /app/libapp.a(http.o)

Files stand in column 50; a name that reaches it wraps, and then its first file has a line of its own.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from imgcheck.errors import FormatError

_COLUMN = 50
# A symbol with one file and no line of further files below it: nobody but its own object mentions it.
_ALONE = re.compile(rb"\n([^\s(][^\n ]*+)(?: ++|\n {50})([^\s][^\n]*+)\n(?! )")


def read(path: str | Path) -> bytes:
    """The cross reference table of the map at `path`, unparsed; empty when the link had no --cref."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise FormatError(error.strerror or "cannot be read", str(path)) from error
    at = data.rfind(b"\nCross Reference Table")
    return data[at:].replace(b"\r\n", b"\n") if at >= 0 else b""


def mentions(cross: bytes, symbols: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Paths of the files that mention each of `symbols`, its definer first; absent ones are left out."""
    found = {}
    for symbol in symbols:
        name = b"\n" + symbol.encode()
        at = max(cross.find(name + b" "), cross.find(name + b"\n" + b" " * _COLUMN))
        if at < 0:
            continue
        files = []
        start = at + len(name)
        while True:
            end = cross.find(b"\n", start)
            line = cross[start : end if end >= 0 else len(cross)].strip()
            if line:
                files.append(line.decode("utf-8", "backslashreplace"))
            if end < 0 or cross[end + 1 : end + 2] != b" ":
                break
            start = end + 1
        found[symbol] = tuple(files)
    return found


def lonely(cross: bytes) -> frozenset[str]:
    """The symbols that only the object which defines them mentions."""
    return frozenset(match[1].decode("utf-8", "backslashreplace") for match in _ALONE.finditer(cross))
