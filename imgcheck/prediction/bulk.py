"""How are tens of thousands of addresses in an image corrected at once?

A loop over them took a third of a prediction's own time. Here each site is a lane of 64 bits of one large
number: a sum, a mask or a shift of that number is one for all sites, and one `struct` format spreads their
words over the image. Each term begins with a bias, so that no lane borrows from the next. Sites that lie
across each other are left to whoever corrects them one by one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

from imgcheck.prediction import riscv
from imgcheck.prediction.layout import Moved

_WORD = Struct("<I")
_LANE = (1 << 64) - 1
# Of what a site says, of how far its target moves, and of how far the site does: no bit of them is in a word.
_SAID, _TARGET, _PLACE = 1 << 32, 1 << 40, 1 << 39
_FARTHEST = 0x100000  # that a jal reaches, either way
_BEYOND = 0xFFE00000  # bits that a distance has, counted from the farthest one, where it is out of reach

Site = tuple[int, int]  # as in relink.Sites: offset, address referred to
Pair = tuple[int, int, int]  # offsets of the upper and the lower half, address


class Wide(NamedTuple):
    """Sites of four bytes: jumps, address pairs, words."""

    jumps: Sequence[Site]
    pairs: Sequence[Pair]
    words: Sequence[Site]


class _Kind(NamedTuple):
    """Sites whose words are made alike of what they say."""

    parts: tuple[tuple[int, int], ...]  # how far a part goes to the left, and its mask before that
    fixed: int  # the bits of the word that stay
    rounding: int = 0
    relative: bool = False  # to the place of the instruction


_JUMP = _Kind(((11, 0x100000), (20, 0x7FE), (9, 0x800), (0, 0xFF000)), 0xFFF, 0, True)
_DATA = _Kind(((0, 0xFFFFFFFF),), 0)
_UPPER = tuple(_Kind(((0, 0xFFFFF000),), 0xFFF, 0x800, relative) for relative in (False, True))
_LOADING = tuple(_Kind(((20, 0xFFF),), 0x000FFFFF, 0, relative) for relative in (False, True))
_STORING = tuple(_Kind(((20, 0xFE0), (7, 0x1F)), 0x01FFF07F, 0, relative) for relative in (False, True))
_KINDS = (_JUMP, _DATA, *_UPPER, *_LOADING, *_STORING)
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_UPPERS = tuple(map(_NUMBERS.__getitem__, _UPPER))
_LOWERS = tuple(tuple(map(_NUMBERS.__getitem__, kinds)) for kinds in (_LOADING, _STORING))
_SHIFTS = (0, 7, 9, 11, 20)

_Entry = tuple[int, int, int]  # address referred to, what the word says now, the number of its kind


class Bulk:
    """The sites of one image that are corrected together, for any layout; `left` are the others."""

    def __init__(self, binary: bytes, sites: Wide, numbers: Mapping[int, int]) -> None:
        known, across = _entries(binary, sites)
        self.left = Wide(
            [one for one in sites.jumps if one[0] in across],
            [one for one in sites.pairs if one[0] in across or one[1] in across],
            [one for one in sites.words if one[0] in across],
        )
        self._offsets = array("I", sorted(known.keys() - across))
        entries = [known[at] for at in self._offsets]
        # By column: records would take ten times the room, and a build has 45,000.
        self._before: array[int] = array("I", (_WORD.unpack_from(binary, at)[0] for at in self._offsets))
        self._targets = array("I", (numbers[target] for target, _, _ in entries))
        self._told = array("q", (said for _, said, _ in entries))
        self._kinds = bytes(kind for _, _, kind in entries)
        self._move = _gathering(self._targets)
        self._lanes = Struct(f"<{len(self._offsets)}Q")

        def alike(what: Iterable[int]) -> int:
            """A lane for each site, by its kind."""
            return self._number(map(list(what).__getitem__, self._kinds))

        self._said = self._number(_SAID + said for said in self._told)
        self._said += alike(kind.rounding for kind in _KINDS)
        self._fixed = self._number(self._before) & alike(kind.fixed for kind in _KINDS)
        self._parts = [(shift, alike(dict(kind.parts).get(shift, 0) for kind in _KINDS)) for shift in _SHIFTS]
        self._relative = alike(_LANE if kind.relative else 0 for kind in _KINDS)
        self._still = alike(0 if kind.relative else _PLACE for kind in _KINDS)
        self._beyond = alike(_BEYOND if kind is _JUMP else 0 for kind in _KINDS)
        self._farthest = alike(_FARTHEST if kind is _JUMP else 0 for kind in _KINDS)
        self._pairs = _Pairs(sites.pairs, frozenset(self._offsets))
        self._form = _form(len(binary), self._offsets)
        words = int.from_bytes(self._form.pack(*self._before), "little")
        self._stay = int.from_bytes(binary, "little") ^ words

    def corrected(self, moved: Sequence[Moved], moves: Sequence[int]) -> bytearray:
        """The image as it lies, with the words that it has when everything is `moved`."""
        targets = self._number(self._move([_TARGET + by for by in moves]))
        places = int.from_bytes(b"".join(self._by(moved)), "little") & self._relative | self._still
        said = self._said + targets - places
        made = self._fixed
        for shift, mask in self._parts:
            made |= (said & mask) << shift
        words = list(self._unpacked(made))
        for number in (*self._too_far(said), *self._cut(moved)):
            words[number] = self._before[number]
        for second, uppers in self._pairs.parted(moved):
            number = bisect_left(self._offsets, second)
            words[number] = self._lower(number, uppers, moved, moves)
        spread = int.from_bytes(self._form.pack(*words), "little")
        return bytearray((spread | self._stay).to_bytes(self._form.size, "little"))

    def _number(self, lanes: Iterable[int]) -> int:
        return int.from_bytes(self._lanes.pack(*lanes), "little")

    def _unpacked(self, number: int) -> tuple[int, ...]:
        return self._lanes.unpack(number.to_bytes(self._lanes.size, "little"))

    def _by(self, moved: Sequence[Moved]) -> Iterator[bytes]:
        """How far each site moves, lane by lane; what is not in the new image moves anyhow."""
        still = _PLACE.to_bytes(8, "little")
        done = 0
        for run in moved:
            start = bisect_left(self._offsets, run.start, done)
            end = bisect_left(self._offsets, run.end, start)
            yield still * (start - done)
            yield (_PLACE + run.by).to_bytes(8, "little") * (end - start)
            done = end
        yield still * (len(self._offsets) - done)

    def _too_far(self, said: int) -> Iterator[int]:
        """Jumps that cannot reach: they stay as they are."""
        if far := said + self._farthest & self._beyond:
            yield from (number for number, lane in enumerate(self._unpacked(far)) if lane)

    def _cut(self, moved: Sequence[Moved]) -> Iterator[int]:
        """Words that go but for their last bytes: those stay as they are."""
        end = 0
        for run in moved:
            for at in range(max(run.start - 3, end), run.start):
                number = bisect_left(self._offsets, at)
                if number < len(self._offsets) and self._offsets[number] == at:
                    yield number
            end = run.end

    def _lower(self, number: int, uppers: Iterable[int], moved: Sequence[Moved], moves: Sequence[int]) -> int:
        """A lower half that does not stay beside its upper ones; as it is when all of those go."""
        word, said = self._before[number], self._told[number]
        parts, fixed, _, relative = _KINDS[self._kinds[number]]
        for upper in uppers:
            at = bisect_right(moved, upper, key=itemgetter(0)) - 1
            if at >= 0 and upper < moved[at].end:
                said += moves[self._targets[number]] - (moved[at].by if relative else 0)
                made: int = word & fixed | sum((said & mask) << shift for shift, mask in parts)
                return made
        return word


class _Pairs:
    """Address pairs, for those that a new layout moves apart."""

    def __init__(self, pairs: Iterable[Pair], known: Container[int]) -> None:
        self._uppers: dict[int, array[int]] = {}  # of each lower half that is `known`
        for first, second, _ in pairs:
            if second in known:
                self._uppers.setdefault(second, array("I")).append(first)
        self._spans = sorted(
            (min(second, *uppers), max(second, *uppers), second) for second, uppers in self._uppers.items()
        )
        self._longest = max((high - low for low, high, _ in self._spans), default=0)

    def parted(self, moved: Iterable[Moved]) -> Iterator[tuple[int, array[int]]]:
        """Lower halves (their upper ones with each) that do not lie where one of those lies."""
        found: set[int] = set()
        for edge in {edge for run in moved for edge in run[:2]}:
            first = bisect_left(self._spans, (edge - self._longest,))
            last = bisect_left(self._spans, (edge,))
            found.update(second for _, high, second in self._spans[first:last] if high >= edge)
        for second in found:
            yield second, self._uppers[second]


def _entries(binary: bytes, sites: Wide) -> tuple[dict[int, _Entry], set[int]]:
    """The words by offset, and where some are that are named with two addresses, or lie across others."""
    known: dict[int, _Entry] = {}
    across: set[int] = set()
    get, last = _WORD.unpack_from, len(binary) - 4
    jump, data = _NUMBERS[_JUMP], _NUMBERS[_DATA]
    for at, target in sites.jumps:
        entry = (target, riscv.call_target(get(binary, at)[0]), jump)
        if known.setdefault(at, entry) != entry:
            across.add(at)
    uppers: dict[int, tuple[int, bool]] = {}
    lowers: dict[int, tuple[int, bool, int]] = {}
    for first, second, target in sites.pairs:
        if second > last:
            across |= {first, second}
            continue
        if first not in uppers:
            word = get(binary, first)[0]
            uppers[first] = (word & 0xFFFFF000, word & 0x7F == riscv.AUIPC)
        if second not in lowers:
            word = get(binary, second)[0]
            lowers[second] = (riscv.immediate(word), riscv.stores(word), first)
        (above, relative), (below, stores, place) = uppers[first], lowers[second]
        said = above + below & 0xFFFFFFFF
        upper = (target, said, _UPPERS[relative])
        lower = (target, said, _LOWERS[stores][relative])
        if known.setdefault(first, upper) != upper:
            across.add(first)
        if known.setdefault(second, lower) != lower or (relative and place != first):
            across.add(second)
    for at, target in sites.words:
        entry = (target, target, data)
        if known.setdefault(at, entry) != entry:
            across.add(at)
    ordered = sorted(known)
    for one, following in pairwise(ordered):
        if following < one + 4:
            across |= {one, following}
    # Whether a lower half is corrected depends on its upper ones.
    across.update([second for first, second, _ in sites.pairs if first in across])
    return known, across


def _gathering(numbers: Sequence[int]) -> Callable[[Sequence[int]], Sequence[int]]:
    """What takes the items of these numbers out of a sequence: without a loop where there are several."""
    if len(numbers) < 2:
        return lambda every: [every[number] for number in numbers]
    found: Callable[[Sequence[int]], Sequence[int]] = itemgetter(*numbers)
    return found


def _form(size: int, offsets: Sequence[int]) -> Struct:
    """The format that puts words at these offsets among zeros."""
    ends = [0, *(at + 4 for at in offsets)]
    stretches = [f"{at - end}x" for at, end in zip((*offsets, size), ends, strict=True)]
    return Struct("<" + "I".join(stretches))
