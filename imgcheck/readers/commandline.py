"""What -D did compilers write down?  Command lines in DW_AT_producer and in `.GCC.command.line`.

Clang's -grecord-command-line puts the whole of one into DW_AT_producer, its -frecord-command-line into the
section, each word with a backslash before spaces and backslashes (EscapeSpacesAndBackslashes of its driver).
GCC's -frecord-gcc-switches wrote each option as a string of its own, and since version 11 leaves -D out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"(?:[^\s\\]|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*\Z")
_LONGEST = 1 << 16  # characters of one command line; what is longer is passed over


def macros(lines: Iterable[str]) -> dict[str, str]:
    """Name -> replacement of each -D that no two command lines contradict each other about.

    A -U behind a -D takes it back, and contradicts the lines that have it. Time is linear in the text.
    """
    found: dict[str, str | None] = {}
    differing: set[str] = set()
    for line in dict.fromkeys(lines):
        told = dict(_options(line)) if len(line) <= _LONGEST and ("-D" in line or "-U" in line) else {}
        for name, value in told.items():
            if found.setdefault(name, value) != value:
                differing.add(name)
    return {name: value for name, value in found.items() if value is not None and name not in differing}


def strings(section: bytes) -> Iterator[str]:
    """The strings of a `.GCC.command.line`."""
    return (one.decode("utf-8", "replace") for one in section.split(b"\0") if one.strip())


def _options(line: str) -> Iterator[tuple[str, str | None]]:
    """Each macro that a command line defines or, with None, undefines."""
    words = (_ESCAPED.sub(r"\1", word) for word in _WORD.findall(line))
    for word in words:
        option, text = word[:2], word[2:]
        if option not in ("-D", "-U"):
            continue
        name, equals, value = (text or next(words, "")).partition("=")
        if _NAME.match(name) and not name.startswith("_"):
            yield name, None if option == "-U" else value if equals else "1"
