"""What lies in each output section, piece by piece, and which pieces stay together when they move?"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from imgcheck.prediction.linkage import Graph, Output
from imgcheck.prediction.spans import aligned

_ODD = 64  # more than the powers of two that an address can be aligned to
_END = itemgetter(1)


class Piece(NamedTuple):
    """Bytes that move as one: run addresses [start, end); none where the script aligns what follows."""

    start: int
    end: int
    align: int


@dataclass(frozen=True)
class Area:
    """An output section, cut into its pieces by run address."""

    output: Output
    pieces: tuple[Piece, ...]

    @cached_property
    def steps(self) -> tuple[array[int], ...]:
        """By power of two, which pieces may not follow their neighbour when that moves by a multiple of it.

        Those are the ones aligned to more, and all of which it does not show how they came to lie there. What
        moves by a multiple of more than the last of these powers is as what moves by that.
        """
        ends = [self.output.address, *(piece.end for piece in self.pieces)]
        bits = [
            align.bit_length() - 1
            if end > start == aligned(before, align) and not align & align - 1
            else _ODD
            for (start, end, align), before in zip(self.pieces, ends, strict=False)
        ]
        most = max((one for one in bits if one < _ODD), default=0)
        return tuple(
            array("I", (at for at, one in enumerate(bits) if one > power)) for power in range(most + 1)
        )

    def together(self, number: int, by: int, gone: Sequence[tuple[int, int]]) -> int:
        """The first piece from `number` on that may not follow the one in front of it, which moves `by`.

        `gone` are the first run addresses that go behind that one.
        """
        steps, last = self.steps, len(self.pieces)
        odd = steps[min((by & -by).bit_length() - 1, len(steps) - 1) if by else -1]
        at = bisect_left(odd, number)
        found = odd[at] if at < len(odd) else last
        if gone:  # what ends in front of it stays
            found = min(found, bisect_right(self.pieces, gone[0][0], number, found, key=_END))
        return found


def areas(graph: Graph) -> tuple[Area, ...]:
    """The output sections cut into what the linker placed in them; what no input names stays where it is."""
    inputs: dict[str, list[Piece]] = {}
    for node in graph.nodes:
        size = max(node.flash, node.ram)
        if node.placed and size:
            inputs.setdefault(node.output, []).append(
                Piece(node.address, node.address + size, max(node.align, 1))
            )
    for output in graph.outputs:
        inputs.setdefault(output.name, []).extend(Piece(at, at, unit) for at, unit in output.aligned)
    return tuple(Area(output, _pieces(output, sorted(inputs[output.name]))) for output in graph.outputs)


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
