"""Which sets are worth predicting as a whole, and how far off are prices for the others?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import NamedTuple

from imgcheck.model import Feature
from imgcheck.prediction import effects
from imgcheck.prediction.heldbytes import Run
from imgcheck.prediction.packer import Packer
from imgcheck.prediction.study import Study
from imgcheck.prediction.ways import holds

# Bytes of images that are packed for sets of more than one feature, beyond those of single ones.
_PACKED_BYTES = 4_000_000
_LARGEST = 3  # features in a set that nobody asked for, or left on in one
_FEW = 12  # features: of more only small sets are tried
_SHIFT = 0.5  # of what packing showed of a feature alone: what is left of it in a set, on 120 random sets


class Whole(NamedTuple):
    """A set that was predicted as a whole, features as bits."""

    off: int
    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int


class Correction(NamedTuple):
    """What packing an image without something saves beyond the price of its bytes.

    `always` when anything moves at all, `each` further with each feature of a set.
    """

    always: float
    each: Mapping[int, float]


def alone(names: Sequence[str], found: Iterable[Feature]) -> list[Whole]:
    """The features one by one, as they were predicted."""
    bits = {name: 1 << bit for bit, name in enumerate(names)}
    return [
        Whole(bits[one.name], one.flash, one.ram, one.ota, one.flash_error, one.ota_error)
        for one in found
        if one.name in bits
    ]


def correction(singles: Iterable[Whole], runs: Sequence[Run]) -> Correction:
    """From single features, whose packed size is known."""
    prices = {one.off: price(runs, one.off) for one in singles}
    beyond = {one.off: one.ota - prices[one.off] for one in singles if prices[one.off]}
    middle = median(beyond.values()) if beyond else 0.0
    return Correction(middle, {off: _SHIFT * (rest - middle) for off, rest in beyond.items()})


def price(runs: Sequence[Run], off: int) -> float:
    """What the bytes that go with a set cost in the OTA file."""
    going = {ways for ways in {run.ways for run in runs} if holds(ways, off)}  # thousands of runs have few
    return sum([run.ota for run in runs if run.ways in going])


def chosen(
    known: Study, names: Sequence[str], runs: Sequence[Run], plans: Iterable[frozenset[str]]
) -> tuple[frozenset[str], ...]:
    """Sets that are worth being predicted as a whole, and packed: those of the `plans`, those that hold
    something only together, then small ones, whose packed size is mostly noise.
    """
    bits = {name: 1 << bit for bit, name in enumerate(names)}
    wanted = {sum(bits[name] for name in plan) for plan in plans}
    most = _PACKED_BYTES // max(len(known.base.binary), 1)
    for off in _candidates(len(names), runs):
        if len(wanted) >= most:
            break
        wanted.add(off)
    return tuple(_named(names, off) for off in sorted(wanted) if off.bit_count() > 1)


class Together:
    """Sets that are predicted as a whole; they are packed beside whoever made this."""

    def __init__(self, known: Study, packer: Packer, sets: Iterable[frozenset[str]]) -> None:
        self._packer = packer
        self._image = len(known.base.binary)
        self._effects = {names: known.effect(names) for names in sets}
        self._jobs = {names: packer.begin(effect) for names, effect in self._effects.items()}

    def found(self, names: Sequence[str]) -> list[Whole]:
        """What they save, `names` as bits; nothing of an image that cannot be packed.

        Asked for after the packer's `savings`, from which the noise is told.
        """
        bits = {name: 1 << bit for bit, name in enumerate(names)}
        made = []
        for together, effect in self._effects.items():
            if job := self._jobs[together]:
                packed = self._packer.saving(effect, job)
                error = effects.ota_error(packed.ota, effect.error, effect, False, self._image, packed.noise)
                off = sum(bits[name] for name in together)
                made.append(Whole(off, effect.flash, effect.ram, packed.ota, effect.error, error))
        return made


def _named(names: Sequence[str], off: int) -> frozenset[str]:
    return frozenset(name for bit, name in enumerate(names) if off >> bit & 1)


def _candidates(count: int, runs: Sequence[Run]) -> Iterator[int]:
    joint: dict[int, int] = {}
    for run in runs:
        for way in run.ways:
            if 1 < way.bit_count() <= _LARGEST:
                joint[way] = joint.get(way, 0) + run.flash
    yield from sorted(joint, key=lambda way: (-joint[way], way))
    alone_ = {1 << bit: price(runs, 1 << bit) for bit in range(count)}
    useful = sorted((bit for bit, cost in alone_.items() if cost), key=lambda bit: (alone_[bit], bit))
    everything = sum(alone_)
    yield everything
    for size in range(1, _LARGEST + 1):
        groups = [sum(group) for group in combinations(useful, size)]
        costs = {off: sum(cost for bit, cost in alone_.items() if off & bit) for off in groups}
        order = sorted(groups, key=lambda off: (costs[off], off))
        yield from order if size > 1 else ()
        yield from (everything & ~off for off in order if len(useful) <= _FEW)
