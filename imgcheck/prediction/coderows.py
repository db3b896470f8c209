"""Which source line does each piece of an object's code belong to, and does a change touch any of them?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple


class Row(NamedTuple):
    """Code of one source line: [offset, offset_end) of the object's section, [start, end) when linked."""

    offset: int
    offset_end: int
    start: int
    end: int
    path: str  # of the source tree; "" for a file outside it
    line: int


class Inline(NamedTuple):
    """Code [start, end) of a linked image that is an inlined call made at a source line."""

    start: int
    end: int
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """The line table of one object: rows by graph node, and its inlined calls."""

    rows: Mapping[int, tuple[Row, ...]] = field(default_factory=dict)
    inlined: tuple[Inline, ...] = ()
    _lines: dict[int, Mapping[str, frozenset[int]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def lines(self, index: int) -> Mapping[str, frozenset[int]]:
        """The lines of each source that a node's code belongs to.

        Kept: that holds because neither the code nor its rows ever change.
        """
        if index not in self._lines:
            self._lines[index] = _by_path(self.rows.get(index, ()))
        return self._lines[index]

    def everywhere(self) -> Mapping[str, frozenset[int]]:
        """The same of all nodes, inlined calls included; kept likewise."""
        if -1 not in self._lines:
            self._lines[-1] = _by_path(chain(self.inlined, *self.rows.values()))
        return self._lines[-1]

    def put_in(self, row: Row, first: Collection[tuple[str, int]]) -> bool:
        """Whether this code is of another function, which the compiler put where it is.

        What it split off a function and put back, or made one of its own, is "called" in the line that the
        function begins in: `first` has those of its section.
        """
        return any(
            call.start <= row.start < call.end and (call.path, call.line) not in first
            for call in self.inlined
        )


def _by_path(rows: Iterable[Row | Inline]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for row in rows:
        if row.line:  # code of line 0 is of no line in particular
            found.setdefault(row.path, set()).add(row.line)
    return {path: frozenset(lines) for path, lines in found.items()}


def touched(
    lines: Mapping[str, frozenset[int]],
    removed: Mapping[str, frozenset[int]],
    changed: Mapping[str, frozenset[int]],
    added: Mapping[str, frozenset[int]],
) -> bool:
    """Whether code of these lines loses, changes or gets any: what is added lies between two of them."""
    for path in removed.keys() & lines.keys():
        here = lines[path]
        if not (removed[path].isdisjoint(here) and changed[path].isdisjoint(here)):
            return True
        if added[path]:
            first, last = min(here), max(here)
            if any(first < line < last for line in added[path]):
                return True
    return False


def begins(symbols: Iterable[tuple[str, int, int]], rows: Iterable[Row]) -> set[int]:
    """The run addresses that the functions of a section begin at."""
    wanted = {offset for _, offset, size in symbols if size}
    return {row.start for row in rows if row.offset in wanted}
