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
_GP_AHEAD = 0x800  # linker scripts set gp this far beyond where small data starts (RISC-V psABI)


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


class _Jumps(NamedTuple):
    """Jumps of four bytes: how far each goes, and the instruction without that."""

    sites: _Column
    values: array[int]
    fixed: array[int]


class _Pairs(NamedTuple):
    """Upper and lower halves of one kind, and both instructions without their immediates."""

    sites: _Column  # of the upper halves
    seconds: array[int]
    values: array[int]  # what both halves say together
    uppers: array[int]
    lowers: array[int]
    relative: bool  # to the place of the upper half
    stores: bool  # the lower halves are of S type


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
        small = sites.gp - _GP_AHEAD
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
        self._pairs = tuple(
            _pairs(binary, sites.pairs, numbers, relative, stores)
            for relative in (True, False)
            for stores in (False, True)
        )
        wide = [one for one in sites.jumps if binary[one[0]] & 3 == 3]
        short = [one for one in sites.jumps if binary[one[0]] & 3 != 3]
        self._short, self._near, self._words, self._lowers = (
            _column(kind, numbers) for kind in (short, sites.near, sites.words, sites.lowers)
        )
        words = [_WORD.unpack_from(binary, at)[0] for at, _ in wide]
        self._jumps = _Jumps(
            _column(wide, numbers),
            array("i", map(riscv.call_target, words)),
            array("I", (word & 0xFFF for word in words)),
        )
        self._distances = _Distances(
            _column([(at, label) for at, label, _ in sites.distances], numbers),
            array("I", (numbers[origin] for _, _, origin in sites.distances)),
        )

    def image(self, layout: Layout) -> bytes:
        """The image as it is laid out anew, its addresses corrected."""
        # Corrected where everything still lies, and then moved: a site is looked for once, not its new place.
        old = bytearray(self._binary)
        if layout.moved:
            self._correct(old, layout.moved, _moves(self._targets, layout.runs))
        made = bytearray(layout.length)
        for start, end, to, _, _ in layout.moved:
            made[to : to + end - start] = old[start:end]
        return bytes(made)

    def _correct(self, old: bytearray, moved: Sequence[Moved], moves: Sequence[int]) -> None:
        targets = self._targets
        for low, high, deltas, by in _otherwise(self._short, moves, moved, None):
            for at, delta in zip(self._short.offsets[low:high], deltas, strict=True):
                if delta != by:
                    riscv.move_short(old, at, delta - by)
        _correct_jumps(old, self._jumps, moved, moves)
        for pairs in self._pairs:
            _correct_pairs(old, pairs, moved, moves)
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


def _correct_jumps(old: bytearray, jumps: _Jumps, moved: Sequence[Moved], moves: Sequence[int]) -> None:
    put, offsets = _WORD.pack_into, jumps.sites.offsets
    for low, high, deltas, by in _otherwise(jumps.sites, moves, moved, None):
        rows = zip(offsets[low:high], jumps.values[low:high], jumps.fixed[low:high], deltas, strict=True)
        for at, value, fixed, delta in rows:
            if delta != by:
                far = value + delta - by
                if -0x100000 <= far < 0x100000:  # one that cannot reach stays as it is
                    put(old, at, fixed | riscv.distance(far))


def _correct_pairs(old: bytearray, pairs: _Pairs, moved: Sequence[Moved], moves: Sequence[int]) -> None:
    put = _WORD.pack_into
    offsets, stay = pairs.sites.offsets, None if pairs.relative else 0
    for low, high, deltas, usual in _otherwise(pairs.sites, moves, moved, stay):
        # The hottest loop of a prediction: columns side by side, nothing looked up by number.
        rows = zip(
            offsets[low:high],
            pairs.seconds[low:high],
            pairs.values[low:high],
            pairs.uppers[low:high],
            pairs.lowers[low:high],
            deltas,
            strict=True,
        )
        for first, second, value, upper, lower, delta in rows:
            if delta != usual:
                new = value + delta - usual
                put(old, first, upper | new + 0x800 & 0xFFFFF000)
                if pairs.stores:
                    put(old, second, lower | (new >> 5 & 0x7F) << 25 | (new & 31) << 7)
                else:
                    put(old, second, lower | (new & 0xFFF) << 20)


def _column(kind: Iterable[tuple[int, ...]], numbers: Mapping[int, int]) -> _Column:
    return _Column(array("I", (one[0] for one in kind)), array("I", (numbers[one[-1]] for one in kind)))


def _pairs(
    binary: bytes,
    every: Sequence[tuple[int, int, int]],
    numbers: Mapping[int, int],
    relative: bool,
    stores: bool,
) -> _Pairs:
    """The pairs of one kind. What they say is read from the image, that it may be counted from anywhere."""
    get = _WORD.unpack_from
    kind = [
        one
        for one in every
        if (binary[one[0]] & 0x7F == riscv.AUIPC) == relative and riscv.stores(binary[one[1]]) == stores
    ]
    uppers, lowers = ([get(binary, one[half])[0] for one in kind] for half in (0, 1))
    said = zip(uppers, lowers, strict=True)
    fixed = 0x01FFF07F if stores else 0x000FFFFF
    return _Pairs(
        sites=_column(kind, numbers),
        seconds=array("I", (second for _, second, _ in kind)),
        values=array("I", ((up & 0xFFFFF000) + riscv.immediate(low) & 0xFFFFFFFF for up, low in said)),
        uppers=array("I", (word & 0xFFF for word in uppers)),
        lowers=array("I", (word & fixed for word in lowers)),
        relative=relative,
        stores=stores,
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
