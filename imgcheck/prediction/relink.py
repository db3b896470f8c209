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
from imgcheck.prediction.layout import Layout, Moved, Run
from imgcheck.prediction.sitecheck import Check

_WORD = Struct("<I")
_BEYOND = 1 << 40  # no image is as long
_GP_AHEAD = 0x800  # linker scripts set gp this far beyond where small data starts (RISC-V psABI)


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


def image(binary: bytes, layout: Layout, sites: Sites) -> bytes:
    """The image as it is laid out anew, its addresses corrected."""
    return Relinker(binary, sites).image(layout)


class _Column(NamedTuple):
    """Sites of one kind: where they are, sorted, and which of the known targets each refers to."""

    offsets: array[int]
    targets: array[int]  # numbers of targets


class _Pairs(NamedTuple):
    """Upper and lower halves of one kind, and both instructions without their immediates."""

    sites: _Column  # of the upper halves
    seconds: array[int]
    uppers: array[int]
    lowers: array[int]
    stores: bytes  # whether the lower half is of S type


class Relinker:
    """One image and its sites, prepared for any number of layouts.

    A reference that moves like what it refers to stays as it is; most do, so only the others are rewritten.
    """

    def __init__(self, binary: bytes, sites: Sites) -> None:
        self._binary = binary
        self._gp = sites.gp
        small = sites.gp - _GP_AHEAD
        kinds: tuple[Sequence[tuple[int, ...]], ...] = (sites.jumps, sites.pairs, sites.near, sites.words)
        self._targets = sorted({small, *(site[-1] for kind in kinds for site in kind)})
        numbers = {target: number for number, target in enumerate(self._targets)}
        self._small = numbers[small]
        relative = [one for one in sites.pairs if binary[one[0]] & 0x7F == riscv.AUIPC]
        absolute = [one for one in sites.pairs if binary[one[0]] & 0x7F != riscv.AUIPC]
        self._relative = _pairs(binary, relative, numbers)
        self._absolute = _pairs(binary, absolute, numbers)
        self._jumps, self._near, self._words = (
            _column(kind, numbers) for kind in (sites.jumps, sites.near, sites.words)
        )

    def image(self, layout: Layout) -> bytes:
        """The image as it is laid out anew, its addresses corrected."""
        made = bytearray(layout.length)
        for start, end, to, _, _ in layout.moved:
            made[to : to + end - start] = self._binary[start:end]
        if layout.moved:
            self._correct(made, layout.moved, _moves(self._targets, layout.runs))
        return bytes(made)

    def _correct(self, made: bytearray, moved: Sequence[Moved], moves: Sequence[int]) -> None:
        targets = self._targets
        for number, delta, run in _otherwise(self._jumps, moves, moved, None):
            riscv.move_jump(made, self._jumps.offsets[number] + run.to - run.start, delta - run.by)
        self._correct_pairs(made, moved, moves)
        gp_by = moves[self._small]
        for number, delta, run in _otherwise(self._near, moves, moved, gp_by):
            value = targets[self._near.targets[number]] + delta - self._gp - gp_by
            if -2048 <= value < 2048:
                riscv.set_low(made, self._near.offsets[number] + run.to - run.start, value)
        for number, delta, run in _otherwise(self._words, moves, moved, 0):
            at = self._words.offsets[number] + run.to - run.start
            _WORD.pack_into(made, at, targets[self._words.targets[number]] + delta & 0xFFFFFFFF)

    def _correct_pairs(self, made: bytearray, moved: Sequence[Moved], moves: Sequence[int]) -> None:
        put, most = _WORD.pack_into, len(made) - 4
        for (sites, seconds, uppers, lowers, stores), stay in ((self._relative, None), (self._absolute, 0)):
            offsets, numbers = sites
            for number, delta, run in _otherwise(sites, moves, moved, stay):
                first, second = offsets[number], seconds[number]
                shift = run.to - run.start
                value = self._targets[numbers[number]] + delta
                if stay is None:
                    value -= first + run.pc + run.by
                put(made, first + shift, uppers[number] | value + 0x800 & 0xFFFFF000)
                lower = second + shift if run.start <= second < run.end else _moved_to(second, moved)
                if lower <= most:  # that of an upper half that several share may be gone
                    low = (value >> 5 & 0x7F) << 25 | (value & 31) << 7 if stores[number] else value << 20
                    put(made, lower, lowers[number] | low & 0xFFFFFFFF)


def _column(kind: Iterable[tuple[int, ...]], numbers: Mapping[int, int]) -> _Column:
    return _Column(array("I", (one[0] for one in kind)), array("I", (numbers[one[-1]] for one in kind)))


def _pairs(binary: bytes, kind: Sequence[tuple[int, int, int]], numbers: Mapping[int, int]) -> _Pairs:
    uppers = array("I", (_WORD.unpack_from(binary, first)[0] & 0xFFF for first, _, _ in kind))
    lowers = [_WORD.unpack_from(binary, second)[0] for _, second, _ in kind]
    stores = bytes(riscv.stores(word) for word in lowers)
    fixed = array(
        "I",
        (word & (0x01FFF07F if store else 0x000FFFFF) for word, store in zip(lowers, stores, strict=True)),
    )
    return _Pairs(
        _column(kind, numbers), array("I", (second for _, second, _ in kind)), uppers, fixed, stores
    )


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
) -> Iterator[tuple[int, int, Moved]]:
    """Each site that is still there and whose target does not move `stay` (None: as the site does).

    With it how far its target moves, and the bytes that it moves with itself.
    """
    for run in moved:
        low = bisect_left(kind.offsets, run.start)
        high = bisect_left(kind.offsets, run.end, low)
        deltas = list(map(moves.__getitem__, kind.targets[low:high]))
        usual = run.by if stay is None else stay
        if deltas.count(usual) < high - low:
            for number, delta in enumerate(deltas, low):
                if delta != usual:
                    yield number, delta, run


def _moved_to(offset: int, moved: Sequence[Moved]) -> int:
    """Where an image offset goes; beyond any image for what is gone."""
    run = moved[max(bisect_right(moved, (offset, _BEYOND)) - 1, 0)]
    return offset + run.to - run.start if run.start <= offset < run.end else _BEYOND
