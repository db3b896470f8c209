"""Where does everything lie once the linker left these bytes out?

Each output section keeps the order of its input sections; what stays moves together, aligned as it asks, and
an output section that starts right behind another one follows it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imgcheck.prediction.areas import Area, Piece, areas
from imgcheck.prediction.poolorder import Alias, Order, Shift
from imgcheck.prediction.spans import aligned, disjoint

__all__ = ["Area", "Layout", "Moved", "Piece", "Run", "areas", "lay_out"]

_BEHIND = 1 << 40  # any address
_LAST = (_BEHIND, _BEHIND, 1)  # a piece behind all others: what comes after the last one is before it
_AS_IT_WAS = Order()
_WIDE = 16  # an alignment above it is rare, and a step of its own
_NEAR = 4096  # output sections that start this close behind another one move up when it shrinks


class Run(NamedTuple):
    """Bytes [start, end) of the old layout that begin at `to` in the new one."""

    start: int
    end: int
    to: int


class Moved(NamedTuple):
    """Image bytes [start, end) that begin at `to` in the new image.

    They run at `pc` beyond their old offsets, and their run addresses move `by`.
    """

    start: int
    end: int
    to: int
    by: int
    pc: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies once the linker left something out."""

    runs: tuple[Run, ...]
    moved: tuple[Moved, ...]
    length: int  # of the image
    sizes: Mapping[str, int]  # of each output section


def lay_out(every: Sequence[Area], gone: Sequence[tuple[int, int]], order: Order = _AS_IT_WAS) -> Layout:
    """The build without the run addresses `gone` (sorted, disjoint), shared elements in another order."""
    if order.shifts:
        gone = disjoint([*gone, *((one.start, one.end) for one in order.shifts)])
    runs, sizes, begins = _runs(every, gone, order.shifts)
    moved, length = _in_image(every, runs, sizes, begins)
    outputs = [area.output for area in every]
    ends = ((one.address + one.size, begins[one.name] + sizes[one.name]) for one in outputs)
    # What points behind a section's last piece, a heap's start, say, moves though that piece goes.
    runs = sorted([*runs, *(Run(end, end, to) for end, to in ends)])
    if order.aliases:
        runs = sorted([*runs, *_aliases(runs, order.aliases)])
    return Layout(tuple(runs), tuple(moved), length, sizes)


def moved_to(laid_out: Layout, address: int) -> int:
    """Where what began or ended at a run address does now; what went leaves its place to what follows."""
    at = bisect_right(laid_out.runs, (address, _BEHIND, 0)) - 1  # those that start there are in front of it
    if at >= 0 and address <= laid_out.runs[at].end:
        return laid_out.runs[at].to + address - laid_out.runs[at].start
    return laid_out.runs[at + 1].to if at + 1 < len(laid_out.runs) else address


def doubtful(every: Sequence[Area], laid_out: Layout, off: Callable[[str, int], int]) -> int:
    """Bytes that the image may be more or less by because widely aligned pieces begin a step further.

    `off` says how many bytes what lies below an address in an output section may be more or less.
    """
    starts = [run.start for run in laid_out.runs]
    found = 0
    for area in every:
        output, pieces = area.output, area.pieces
        for piece, before in zip(pieces[1:], pieces, strict=False):
            if piece.align <= _WIDE or not (doubt := off(output.name, piece.start)):
                continue
            at = bisect_right(starts, piece.start) - 1
            if at < 0 or piece.start >= laid_out.runs[at].end:
                continue  # it goes
            start, _, to = laid_out.runs[at]
            if start < piece.start or at == 0:
                fill = piece.start - before.end
            else:
                fill = to - (
                    laid_out.runs[at - 1].to + laid_out.runs[at - 1].end - laid_out.runs[at - 1].start
                )
            if min(fill, piece.align - fill) < doubt:
                found += piece.align
    return found


def _aliases(runs: Sequence[Run], aliases: Sequence[Alias]) -> Iterator[Run]:
    """Addresses that are others now, as far as those stay; one ends where the next begins."""
    starts = [run.start for run in runs]
    for (start, end, to), following in zip(aliases, [*aliases[1:], None], strict=True):
        run = runs[max(bisect_right(starts, to) - 1, 0)]
        if run.start <= to < run.end:
            yield Run(start, min(end, following.start) if following else end, run.to + to - run.start)


def _runs(
    every: Iterable[Area], gone: Sequence[tuple[int, int]], shifts: Sequence[Shift]
) -> tuple[list[Run], dict[str, int], dict[str, int]]:
    """The runs of run addresses that stay, sorted, and the new size and address of each output section.

    Neighbours that move alike are one run.
    """
    runs: list[Run] = []
    sizes: dict[str, int] = {}
    begins: dict[str, int] = {}
    starts = [span[0] for span in gone]
    old_end = new_end = 0
    for area in every:
        output, pieces = area.output, area.pieces
        position = output.address
        if new_end < old_end <= position < old_end + _NEAR:
            # A gap beyond alignment is the script's wish, and stays as wide as it was.
            position = aligned(new_end, output.align) + position - aligned(old_end, output.align)
        begins[output.name] = position
        due = deque(one for one in shifts if one.output == output.name) if shifts else deque()
        first, last, to = output.address, output.address, position  # the run that is still growing
        rows, number = (*pieces, _LAST) if due else pieces, 0
        while number < len(rows):
            start, end, align = rows[number]
            at = bisect_right(starts, start)
            touched = (at and gone[at - 1][1] > start) or (at < len(gone) and gone[at][0] < end)
            kept: Iterable[tuple[int, int, int]] = ((start, end, align),)
            if start == end:
                kept = [*_before(start, due), *kept]
            elif touched:
                kept = _kept(start, end, align, gone[max(at - 1, 0) :])
            for low, high, step in _among(kept, end, due) if due and due[0].at < end else kept:
                position = -(-position // step) * step
                if low - first == position - to:
                    position += high - low
                    last = high
                    continue
                if last > first:
                    runs.append(Run(first, last, to))
                first, last, to = low, high, position
                position += high - low
            number += 1
            if last == end and not due and number < len(pieces):
                ahead = bisect_right(starts, end)
                ahead -= ahead > 0 and gone[ahead - 1][1] > end
                number = area.together(number, to - first, gone[ahead : ahead + 1])
                last = pieces[number - 1].end
                position = to + last - first
        if last > first:
            runs.append(Run(first, last, to))
        sizes[output.name] = position - begins[output.name]
        old_end, new_end = output.address + output.size, position
    runs.sort()
    return runs, sizes, begins


def _kept(at: int, end: int, align: int, gone: Iterable[tuple[int, int]]) -> list[Piece]:
    """What is left of [at, end): its first bytes are aligned, the others follow."""
    kept: list[Piece] = []
    for low, high in gone:
        if low >= end:
            break
        if low > at:
            kept.append(Piece(at, low, 1 if kept else align))
        at = max(at, high)
    if at < end:
        kept.append(Piece(at, end, 1 if kept else align))
    return kept


def _before(at: int, due: deque[Shift]) -> Iterator[tuple[int, int, int]]:
    """What comes before an alignment of the script now: what sections in front of it hold."""
    while due and due[0].at <= at and due[0].rank[0] < at:
        one = due.popleft()
        yield one.start, one.end, one.align


def _among(
    kept: Iterable[tuple[int, int, int]], end: int, due: deque[Shift]
) -> Iterator[tuple[int, int, int]]:
    """What is kept of a piece that ends at `end`, with what comes before or among its bytes now."""
    for low, high, align in kept:
        done, step = low, align
        while due and due[0].at < high:
            one = due.popleft()
            if one.at > done:
                yield done, one.at, step
                done, step = one.at, 1
            yield one.start, one.end, one.align
        yield done, high, step
    while due and due[0].at < end:
        one = due.popleft()
        yield one.start, one.end, one.align


def _in_image(
    every: Iterable[Area], runs: Sequence[Run], sizes: Mapping[str, int], begins: Mapping[str, int]
) -> tuple[list[Moved], int]:
    """The same runs as offsets in the image, those in RAM only left out, sorted; and the image's length."""
    starts = [run.start for run in runs]
    found: list[Moved] = []
    old_end = new_end = length = 0
    loaded = (area.output for area in every if area.output.load >= 0)
    for output in sorted(loaded, key=lambda one: one.load):
        load = output.load
        if new_end < old_end <= load < old_end + _NEAR:
            # What is loaded right behind another, aligned only where it runs (AT>), does not move into that.
            unit = output.align if load >= aligned(old_end, output.align) else 1
            load = aligned(new_end, unit) + load - aligned(old_end, unit)
        first = bisect_right(starts, output.address - 1)
        last = bisect_right(starts, output.address + output.size - 1)
        base = begins[output.name]
        for start, end, to in runs[first:last]:
            old = output.load + start - output.address
            found.append(Moved(old, old + end - start, load + to - base, to - start, start - old))
        old_end = output.load + output.size
        new_end = load + sizes[output.name]
        length = max(length, new_end)
    found.sort()
    return found, length
