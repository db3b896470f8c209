"""Every byte of an address space has one label, the first that was given: the finest source claims first."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

Label = TypeVar("Label")


class Range(NamedTuple, Generic[Label]):
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int
    label: Label


class RangeMap(Generic[Label]):
    """Disjoint labelled ranges over the bytes [start, end), sorted by address.

    Built by claiming whole batches: a batch is sorted once and merged with what is there in one sweep, so
    tens of thousands of ranges cost a sort, not an insertion each.
    """

    __slots__ = ("_end", "_ranges", "_start")

    def __init__(self, start: int, end: int) -> None:
        self._start = start
        self._end = max(start, end)
        self._ranges: list[Range[Label]] = []

    def claim(self, batch: Iterable[tuple[int, int, Label]]) -> None:
        """Give the free bytes of each (start, end, label) that label; bytes outside the space are dropped.

        Within a batch the range that starts first has its bytes; of those that start together, the first.
        """
        taken, limit = self._ranges, self._end
        merged: list[Range[Label]] = []
        free, index = self._start, 0  # bytes below `free` are decided; taken[index] is the first not merged
        make = Range._make  # a third of what a call takes
        following = taken[0].start if taken else limit  # where taken[index] starts, the end if it is none
        for start, end, label in sorted(batch, key=itemgetter(0)):
            end = min(end, limit)  # noqa: PLW2901
            start = max(start, free)  # noqa: PLW2901
            while start < end:
                while following <= start and index < len(taken):
                    merged.append(taken[index])
                    start = max(start, taken[index].end)  # noqa: PLW2901
                    index += 1
                    following = taken[index].start if index < len(taken) else limit
                stop = min(end, following)
                if start < stop:
                    merged.append(make((start, stop, label)))
                    start = stop  # noqa: PLW2901
            free = max(free, start)
        merged.extend(taken[index:])
        self._ranges = merged

    def ranges(self) -> tuple[Range[Label], ...]:
        """The claimed ranges in address order; bytes that nobody claimed are in none."""
        return tuple(self._ranges)
