"""What would the image be, byte for byte, had the linker left these bytes out?

A rebuild does not only lose bytes: what stays moves together, and every address in it changes. The packed
size feels that (a few hundred bytes either way for an image of 900 KB), so the image is laid out again and
the addresses in its code and data are corrected as `ld` would: calls, address pairs and gp-relative accesses
of RV32IMAC (The RISC-V Instruction Set Manual, volume I, chapters 2 and 16), and words that objects relocate.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from imgcheck.prediction import riscv
from imgcheck.prediction.linkage import Graph, Output
from imgcheck.prediction.sitecheck import Check

_BEYOND = 1 << 40  # no image is as long
_GP_AHEAD = 0x800  # linker scripts set gp this far beyond where small data starts (RISC-V psABI)
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


@dataclass(frozen=True, slots=True)
class Sites:
    """Places in the image that hold an address, each list sorted.

    `jumps`, `near` (gp-relative) and `words` are (image offset, address referred to); `pairs` are (offset
    of the upper half, offset of the lower half, address).
    """

    jumps: tuple[tuple[int, int], ...] = ()
    pairs: tuple[tuple[int, int, int], ...] = ()
    near: tuple[tuple[int, int], ...] = ()
    words: tuple[tuple[int, int], ...] = ()
    gp: int = 0
    check: Check = field(default_factory=Check)


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


def image(binary: bytes, layout: Layout, sites: Sites) -> bytes:
    """The image as it is laid out anew, its addresses corrected."""
    made = bytearray(layout.length)
    for start, end, to, _, _ in layout.moved:
        made[to : to + end - start] = binary[start:end]
    if layout.moved:
        _correct(made, sites, layout.runs, layout.moved)
    return bytes(made)


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


def _correct(made: bytearray, sites: Sites, runs: Sequence[Run], moved: Sequence[Moved]) -> None:
    """Corrects the addresses in an image whose bytes have been moved already."""
    targets = {target for _, target in (*sites.jumps, *sites.near, *sites.words)}
    targets.update(target for _, _, target in sites.pairs)
    targets.add(sites.gp - _GP_AHEAD)
    moves = _moves(targets, runs)
    for (at, target), shift, run in _placed(sites.jumps, moved):
        if delta := moves[target] - run.by:
            riscv.move_jump(made, at + shift, delta)
    for (first, second, target), shift, run in _placed(sites.pairs, moved):
        if moves[target] or run.by:
            pc = first + run.pc
            lower = second + shift if run.start <= second < run.end else _moved_to(second, moved)
            riscv.set_pair(made, first + shift, lower, target + moves[target], pc + run.by)
    gp = sites.gp + moves[sites.gp - _GP_AHEAD]
    for (at, target), shift, _ in _placed(sites.near, moved):
        value = target + moves[target] - gp
        if value != target - sites.gp and -2048 <= value < 2048:
            riscv.set_low(made, at + shift, value)
    for (at, target), shift, _ in _placed(sites.words, moved):
        if delta := moves[target]:
            made[at + shift : at + shift + 4] = (target + delta & 0xFFFFFFFF).to_bytes(4, "little")


def _moves(addresses: Iterable[int], runs: Sequence[Run]) -> dict[int, int]:
    """How far each address moves; the end of a run moves with it, what is in no run stays."""
    found: dict[int, int] = {}
    at, most = 0, len(runs) - 1
    for address in sorted(addresses):
        while at < most and runs[at + 1].start <= address:
            at += 1
        start, end, to = runs[at]
        found[address] = to - start if start <= address <= end else 0
    return found


_Site = TypeVar("_Site", tuple[int, int], tuple[int, int, int])


def _placed(sites: Sequence[_Site], moved: Sequence[Moved]) -> Iterator[tuple[_Site, int, Moved]]:
    """Each site that stays, how far it moves in the image, and the bytes that it moves with."""
    for run in moved:
        low = bisect_left(sites, (run.start,))
        high = bisect_left(sites, (run.end,))
        for site in sites[low:high]:
            yield site, run.to - run.start, run


def _moved_to(offset: int, moved: Sequence[Moved]) -> int:
    """Where an image offset goes; beyond any image for what is gone."""
    run = moved[max(bisect_right(moved, (offset, _BEYOND)) - 1, 0)]
    return offset + run.to - run.start if run.start <= offset < run.end else _BEYOND
