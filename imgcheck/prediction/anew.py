"""How large is what is compiled only when features are off, and what does it use?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from imgcheck.prediction.mentions import Change
from imgcheck.prediction.origins import Origin

_LINE = 6  # bytes of a line beside its calls, and the strings that it hands over
TOKEN = 1.2  # bytes of code of a token where no other body tells: 1.2 of 1,211 functions of a real build


class Anew(NamedTuple):
    """A function or object that is compiled only now: its bytes, how unsure those are, what it uses."""

    size: int
    unsure: int
    names: frozenset[str]
    ram: int


def written(origin: Origin, sections: Iterable[int], index: int, changes: Iterable[Change]) -> int:
    """Bytes of the lines that come into a function of which no other line is left.

    They are those behind its first line, up to the first one of the function behind it.
    """
    size = 0
    for one in changes:
        begins = {
            node: min(lines)
            for node in sections
            if origin.code and (lines := origin.code.lines(node).get(one.path, frozenset()) - {0})
        }
        first = begins.get(index, 0)
        behind = min((line for line in begins.values() if line > first), default=1 << 32)
        new = (line for line in one.added_lines - one.removed_lines if first and first <= line < behind)
        size += sum(_LINE + one.added_code.get(line, 0) for line in new)
    return size


def replaced(changes: Iterable[Change]) -> Iterator[tuple[str, Anew]]:
    """Those that take the place of functions of their names."""
    for change in changes:
        for name, (_, written) in change.arrivals.replaced.items():
            come, stay = change.arrivals.appeared, change.arrivals.still
            used = come.get(name, frozenset()) | stay.get(name, frozenset())
            yield name.rsplit("::", 1)[-1], Anew(round(TOKEN * written), 0, used, 0)


def fresh(changes: Iterable[Change]) -> Iterator[tuple[str, Anew]]:
    """Those of which there was none by their names."""
    for change in changes:
        there = frozenset(change.instead.renamed.values())  # bodies that are there, by another name
        for name, written in change.arrivals.fresh.items():
            used = change.arrivals.appeared.get(name, frozenset())
            _, length = change.elements.get(name, (0, 0))
            room = change.arrivals.rooms.get(name)
            # Where the type cannot be told: of an array most elements are of one byte or of four.
            size, unsure = (2 * length, 2 * length) if length else (round(TOKEN * written), 0)
            if room is not None:
                size, unsure = room.flash, 0
            size = 0 if name in there else size
            yield name.rsplit("::", 1)[-1], Anew(size, unsure, used, room.ram if room else 0)
