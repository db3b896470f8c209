"""How are rows of words laid out in columns, on so many characters, without a name being cut?"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

from imgcheck.printable import printable

GAP = "  "
NARROWEST = 7  # a column of names
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

    A name that is longer than what the numbers leave ends its line, and its numbers stand on the next one.
    """
    found = [max((width(row[at]) for row in rows), default=0) for at in range(len(aligns))]
    over = sum(found) + len(GAP) * (len(found) - 1) - room
    if over > 0 and wraps(aligns, rows):
        words = [min(width(word), LONGEST_WORD) for row in rows for word in row[-1].split()]
        step = max(0, min(over, found[-1] - max([NARROWEST_TEXT, *words])))
        found[-1] -= step
        over -= step
    names = [at for at, align in enumerate(aligns[:-1]) if align == "left"]
    while over > 0 and names:
        # The widest column of names gets the width of its next longest: what is longer ends its line.
        at = max(names, key=lambda at: found[at])
        shorter = [size for row in rows if (size := width(row[at])) < found[at]]
        step = found[at] - max(shorter, default=0)
        if not shorter or found[at] - step < NARROWEST:
            names.remove(at)
            continue
        found[at] -= step
        over -= step
    return found


def wraps(aligns: Sequence[Align], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the last column reads as words."""
    return len(aligns) > 1 and aligns[-1] == "left" and any(" " in row[-1] for row in rows)


def lines(
    cells: Sequence[str], aligns: Sequence[Align], columns: Sequence[int], wrap: bool, room: int
) -> list[str]:
    """One row, in as many lines as it needs."""
    made: list[str] = []
    last = [cells[-1]]
    if wrap and width(cells[-1]) > columns[-1]:
        # A word that is broken may begin a line with what was harmless inside it.
        wrapped = textwrap.wrap(cells[-1], columns[-1], break_on_hyphens=False, break_long_words=False)
        last = [printable(line) for line in wrapped]
    line = ""
    for at, (text, size, align) in enumerate(zip([*cells[:-1], last[0]], columns, aligns, strict=True)):
        if at < len(cells) - 1 and width(text) > size:
            whole = width(line) + width(text) <= room
            made += [line + text] if whole else [*filter(None, (line.rstrip(),)), f"{GAP}{text}"]
            line = " " * (width(line) + size + len(GAP))
        else:
            line += _pad(text, size, align) + GAP
    # A name that ended its line may have nothing after it.
    made += [line.rstrip()] if line.strip() or not made else []
    indent = " " * (sum(columns[:-1]) + len(GAP) * (len(columns) - 1))
    return made + [indent + line for line in last[1:]]


def lead(cells: Sequence[str], aligns: Sequence[Align], columns: Sequence[int], room: int) -> int:
    """How many lines of a row stand before the one with its numbers."""
    return len(lines([*cells[:-1], ""], aligns, columns, False, room)) - 1


def _pad(text: str, size: int, align: Align) -> str:
    blank = " " * (size - width(text))
    return text + blank if align == "left" else blank + text
