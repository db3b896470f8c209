"""How are rows of words laid out in columns, on so many characters, without a name being cut?"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

from imgcheck.printable import printable

GAP = "  "
NARROWEST_TEXT = 24  # a last column that wraps
LONGEST_WORD = 32  # of it that is not broken
_FIRST_ODD_WIDTH = "\u0300"  # before it every character takes one column

Align = Literal["left", "right"]


def width(text: str) -> int:
    """Columns of a terminal."""
    if text.isascii() or max(text) < _FIRST_ODD_WIDTH:
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def widths(aligns: Sequence[Align], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """How wide each column is in `room`: words of the last column wrap, names keep their length if they can.

    A name that is longer than what the numbers leave gets a line of its own; the column is no wider than
    the others need.
    """
    found = [max((width(row[at]) for row in rows), default=0) for at in range(len(aligns))]
    over = sum(found) + len(GAP) * (len(found) - 1) - room
    if over > 0 and wraps(aligns, rows):
        words = [min(width(word), LONGEST_WORD) for row in rows for word in row[-1].split()]
        step = max(0, min(over, found[-1] - max([NARROWEST_TEXT, *words])))
        found[-1] -= step
        over -= step
    rest = sum(found[1:]) + len(GAP) * len(found[1:])
    if over > 0 and aligns and aligns[0] == "left" and 5 * rest <= 6 * room:
        # Names that fit stay in the column; those that do not stand on a line before their numbers.
        most = max(found[0] - over, 0)
        found[0] = max((width(row[0]) for row in rows if width(row[0]) <= most), default=0)
    return found


def wraps(aligns: Sequence[Align], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the last column reads as words."""
    return len(aligns) > 1 and aligns[-1] == "left" and any(" " in row[-1] for row in rows)


def lines(cells: Sequence[str], aligns: Sequence[Align], columns: Sequence[int], wrap: bool) -> list[str]:
    """One row, in as many lines as it needs."""
    made: list[str] = []
    shown = list(cells)
    if width(shown[0]) > columns[0] and len(shown) > 1:
        made.append(shown[0])
        shown[0] = ""
    last = [shown[-1]]
    if wrap and width(shown[-1]) > columns[-1]:
        # A word that is broken may begin a line with what was harmless inside it.
        wrapped = textwrap.wrap(shown[-1], columns[-1], break_on_hyphens=False, break_long_words=False)
        last = [printable(line) for line in wrapped]
    padded = [_pad(text, size, align) for text, size, align in zip(shown, columns, aligns, strict=True)]
    made.append(GAP.join([*padded[:-1], _pad(last[0], columns[-1], aligns[-1])]).rstrip())
    indent = " " * (sum(columns[:-1]) + len(GAP) * (len(columns) - 1))
    return made + [indent + line for line in last[1:]]


def _pad(text: str, size: int, align: Align) -> str:
    blank = " " * (size - width(text))
    return text + blank if align == "left" else blank + text
