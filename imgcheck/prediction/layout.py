"""Where does everything lie once the linker left these bytes out?

Each output section keeps the order of its input sections; what stays moves together, aligned as it asks, and
an output section that starts right behind another one follows it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imgcheck.prediction.linkage import Graph, Output

_NEAR = 4096  # output sections that start this close behind another one move up when it shrinks


class Piece(NamedTuple):
    """Bytes that move as one: run addresses [start, end)."""

    start: int
    end: int
    align: int


class Area(NamedTuple):
    """An output section, cut into its pieces by run address."""

    output: Output
    pieces: tuple[Piece, ...]


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


def areas(graph: Graph) -> tuple[Area, ...]:
    """The output sections cut into what the linker placed in them; what no input names stays where it is."""
    inputs: dict[str, list[Piece]] = {}
    for node in graph.nodes:
        size = max(node.flash, node.ram)
        if node.placed and size:
            inputs.setdefault(node.output, []).append(
                Piece(node.address, node.address + size, max(node.align, 1))
            )
    return tuple(
        Area(output, _pieces(output, sorted(inputs.get(output.name, ())))) for output in graph.outputs
    )


def _pieces(output: Output, inputs: Sequence[Piece]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    end = output.address
    for piece in inputs:
        if piece.start < end:
            continue
        if piece.start - end >= piece.align:  # more than alignment: the linker script's own bytes
            found.append(Piece(end, piece.start, 1))
        found.append(piece)
        end = piece.end
    if output.address + output.size > end:
        found.append(Piece(end, output.address + output.size, 1))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies once the linker left something out."""

    runs: tuple[Run, ...]
    moved: tuple[Moved, ...]
    length: int  # of the image
    sizes: Mapping[str, int]  # of each output section


def lay_out(every: Sequence[Area], gone: Sequence[tuple[int, int]]) -> Layout:
    """The build without the run addresses `gone` (sorted, disjoint)."""
    runs, sizes = _runs(every, gone)
    moved = tuple(_in_image(every, runs))
    length = max((run.to + run.end - run.start for run in moved), default=0)
    return Layout(tuple(runs), moved, length, sizes)


def _runs(every: Iterable[Area], gone: Sequence[tuple[int, int]]) -> tuple[list[Run], dict[str, int]]:
    """The runs of run addresses that stay, sorted, and the new size of each output section.

    Neighbours that move alike are one run.
    """
    runs: list[Run] = []
    sizes: dict[str, int] = {}
    starts = [span[0] for span in gone]
    old_end = new_end = 0
    for output, pieces in every:
        position = output.address
        if new_end < old_end <= position < old_end + _NEAR:
            # A gap beyond alignment is the script's wish, and stays as wide as it was.
            position = _up(new_end, output.align) + position - _up(old_end, output.align)
        begin = position
        first, last, to = output.address, output.address, position  # the run that is still growing
        for start, end, align in pieces:
            at = bisect_right(starts, start)
            touched = (at and gone[at - 1][1] > start) or (at < len(gone) and gone[at][0] < end)
            kept = _kept(start, end, gone[max(at - 1, 0) :]) if touched else [(start, end)]
            if kept:
                position = -(-position // align) * align
            for low, high in kept:
                if low - first == position - to:
                    position += high - low
                    last = high
                    continue
                if last > first:
                    runs.append(Run(first, last, to))
                first, last, to = low, high, position
                position += high - low
        if last > first:
            runs.append(Run(first, last, to))
        sizes[output.name] = position - begin
        old_end, new_end = output.address + output.size, position
    runs.sort()
    return runs, sizes


def _kept(at: int, end: int, gone: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of [at, end)."""
    kept: list[tuple[int, int]] = []
    for low, high in gone:
        if low >= end:
            break
        if low > at:
            kept.append((at, low))
        at = max(at, high)
    if at < end:
        kept.append((at, end))
    return kept


def _in_image(every: Iterable[Area], runs: Sequence[Run]) -> list[Moved]:
    """The same runs as offsets in the image, those in RAM only left out; sorted."""
    starts = [run.start for run in runs]
    found: list[Moved] = []
    old_end = new_end = 0
    for output, _ in sorted(
        (area for area in every if area.output.load >= 0), key=lambda area: area.output.load
    ):
        load = output.load
        if new_end < old_end <= load < old_end + _NEAR:
            load = _up(new_end, output.align) + load - _up(old_end, output.align)
        first = bisect_right(starts, output.address - 1)
        last = bisect_right(starts, output.address + output.size - 1)
        base = runs[first].to if first < last else 0
        for start, end, to in runs[first:last]:
            old = output.load + start - output.address
            found.append(Moved(old, old + end - start, load + to - base, to - start, start - old))
        old_end = output.load + output.size
        new_end = found[-1].to + found[-1].end - found[-1].start if first < last else load
    found.sort()
    return found


def _up(value: int, align: int) -> int:
    return -(-value // align) * align if align > 1 else value
