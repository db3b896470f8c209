"""What would the image be, byte for byte, had the linker left these bytes out?

A rebuild does not only lose bytes: what stays moves together, and every address in it changes. The packed
size feels that (a few hundred bytes either way for an image of 900 KB), so the image is laid out again and
the addresses in its code and data are corrected as `ld` would: calls, address pairs and gp-relative accesses
of RV32IMAC (The RISC-V Instruction Set Manual, volume I, chapters 2 and 16), and words that objects relocate.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple

from imgcheck.prediction import riscv
from imgcheck.prediction.bulk import Bulk, Wide
from imgcheck.prediction.layout import Layout, Moved, Run
from imgcheck.prediction.sitecheck import Check

_WORD = Struct("<I")
GP_AHEAD = 0x800  # linker scripts set gp this far beyond where small data starts (RISC-V psABI)


@dataclass(frozen=True, slots=True)
class Sites:
    """Places in the image that hold an address, each list sorted.

    `jumps`, `near` (gp-relative), `words` and `lowers` (lower halves that use the upper half of another
    address) are (image offset, address referred to); `pairs` are (offset of the upper half, offset of the
    lower half, address); `distances` are words that hold how far one address is from another (image offset,
    that address, the other).
    """

    jumps: tuple[tuple[int, int], ...] = ()
    pairs: tuple[tuple[int, int, int], ...] = ()
    near: tuple[tuple[int, int], ...] = ()
    words: tuple[tuple[int, int], ...] = ()
    gp: int = 0
    check: Check = field(default_factory=Check)
    distances: tuple[tuple[int, int, int], ...] = ()
    lowers: tuple[tuple[int, int], ...] = ()


def image(binary: bytes, layout: Layout, sites: Sites) -> bytes:
    """The image as it is laid out anew, its addresses corrected."""
    return Relinker(binary, sites).image(layout)


class _Column(NamedTuple):
    """Sites of one kind: where they are, sorted, and which of the known targets each refers to."""

    offsets: array[int]
    targets: array[int]  # numbers of targets


class _Distances(NamedTuple):
    """Words that say how far one target is from another."""

    sites: _Column
    origins: array[int]  # numbers of the targets that they are counted from


class Relinker:
    """One image and its sites, prepared for any number of layouts.

    A reference that moves like what it refers to stays as it is; most do, so only the others are rewritten.
    """

    def __init__(self, binary: bytes, sites: Sites) -> None:
        self._binary = binary
        self._gp = sites.gp
        small = sites.gp - GP_AHEAD
        kinds: tuple[Sequence[tuple[int, ...]], ...] = (
            sites.jumps,
            sites.pairs,
            sites.near,
            sites.words,
            sites.lowers,
        )
        ends = [end for _, *both in sites.distances for end in both]
        self._targets = sorted({small, *ends, *(site[-1] for kind in kinds for site in kind)})
        numbers = {target: number for number, target in enumerate(self._targets)}
        self._small = numbers[small]
        wide = [one for one in sites.jumps if binary[one[0]] & 3 == 3]
        short = [one for one in sites.jumps if binary[one[0]] & 3 != 3]
        self._bulk = Bulk(binary, Wide(wide, sites.pairs, sites.words), numbers)
        jumps, self._left, words = self._bulk.left
        self._short, self._near, self._words, self._lowers = (
            _column(kind, numbers) for kind in (sorted([*short, *jumps]), sites.near, words, sites.lowers)
        )
        self._pairs = _column([(first, target) for first, _, target in self._left], numbers)
        self._distances = _Distances(
            _column([(at, label) for at, label, _ in sites.distances], numbers),
            array("I", (numbers[origin] for _, _, origin in sites.distances)),
        )

    def image(self, layout: Layout, others: Iterable[tuple[int, bytes]] = ()) -> bytes:
        """The image as it is laid out anew, its addresses corrected.

        `others` are (offset in the image as it was, bytes) that change beside those.
        """
        # Corrected where everything still lies, and then moved: a site is looked for once, not its new place.
        moves = _moves(self._targets, layout.runs)
        old = self._bulk.corrected(layout.moved, moves)
        self._correct(old, layout.moved, moves)
        for at, new in others:
            old[at : at + len(new)] = new
        made = bytearray(layout.length)
        for start, end, to, _, _ in layout.moved:
            made[to : to + end - start] = old[start:end]
        return bytes(made)

    def _correct(self, old: bytearray, moved: Sequence[Moved], moves: Sequence[int]) -> None:
        targets = self._targets
        for low, high, deltas, by in _otherwise(self._short, moves, moved, None):
            for at, delta in zip(self._short.offsets[low:high], deltas, strict=True):
                if delta != by:
                    riscv.move_jump(old, at, delta - by)
        self._correct_pairs(old, moved, moves)
        gp_by = moves[self._small]
        for low, _, deltas, _ in _otherwise(self._near, moves, moved, gp_by):
            for number, delta in enumerate(deltas, low):
                value = targets[self._near.targets[number]] + delta - self._gp - gp_by
                if delta != gp_by and -2048 <= value < 2048:
                    riscv.set_low(old, self._near.offsets[number], value)
        for low, _, deltas, _ in _otherwise(self._words, moves, moved, 0):
            for number, delta in enumerate(deltas, low):
                word = targets[self._words.targets[number]] + delta & 0xFFFFFFFF
                _WORD.pack_into(old, self._words.offsets[number], word)
        for low, _, deltas, _ in _otherwise(self._lowers, moves, moved, 0):
            for number, delta in enumerate(deltas, low):
                if delta:
                    value = targets[self._lowers.targets[number]] + delta
                    riscv.set_low(old, self._lowers.offsets[number], value)
        # Their runs do not matter: a table moves with the address that its words count from.
        for at, label, origin in zip(*self._distances.sites, self._distances.origins, strict=True):
            if moves[label] != moves[origin]:
                further = moves[label] - moves[origin]
                _WORD.pack_into(old, at, _WORD.unpack_from(old, at)[0] + further & 0xFFFFFFFF)

    def _correct_pairs(self, old: bytearray, moved: Sequence[Moved], moves: Sequence[int]) -> None:
        offsets, targets = self._pairs
        for start, end, _, by, _ in moved if self._left else ():
            for number in range(bisect_left(offsets, start), bisect_left(offsets, end)):
                first, second, _ = self._left[number]
                upper, lower = (_WORD.unpack_from(self._binary, at)[0] for at in (first, second))
                further = moves[targets[number]] - (by if upper & 0x7F == riscv.AUIPC else 0)
                if further:
                    value = (upper & 0xFFFFF000) + riscv.immediate(lower) + further
                    _WORD.pack_into(old, first, upper & 0xFFF | value + 0x800 & 0xFFFFF000)
                    riscv.set_low(old, second, value)


def _column(kind: Iterable[tuple[int, ...]], numbers: Mapping[int, int]) -> _Column:
    return _Column(array("I", (one[0] for one in kind)), array("I", (numbers[one[-1]] for one in kind)))


def _moves(addresses: Sequence[int], runs: Sequence[Run]) -> list[int]:
    """How far each of the sorted addresses moves; the end of a run moves with it, what is in no run stays."""
    found = [0] * len(addresses)
    starts = [bisect_left(addresses, run.start) for run in runs] + [len(addresses)]
    for (start, end, to), low, high in zip(runs, starts, starts[1:], strict=False):
        if to != start:
            last = bisect_right(addresses, end, low, high)
            found[low:last] = [to - start] * (last - low)
    return found


def _otherwise(
    kind: _Column, moves: Sequence[int], moved: Sequence[Moved], stay: int | None
) -> Iterator[tuple[int, int, list[int], int]]:
    """The sites [low, high) of each run that stays where not all targets move `stay` (None: as the sites do).

    With them how far each target moves, and what that is for those that need no correction.
    """
    offsets, targets = kind
    for start, end, _, by, _ in moved:
        low = bisect_left(offsets, start)
        high = bisect_left(offsets, end, low)
        if low < high:
            deltas = [moves[target] for target in targets[low:high]]
            usual = by if stay is None else stay
            if deltas.count(usual) < high - low:
                yield low, high, deltas, usual
