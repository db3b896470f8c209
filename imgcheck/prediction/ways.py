"""Which sets of features are enough?  Monotone conditions as their smallest sets, each a number of bits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

# A condition holds when all features of one of its sets are off. No set contains another.
Ways: TypeAlias = frozenset[int]

ALWAYS: Ways = frozenset((0,))
NEVER: Ways = frozenset()
_MOST = 48  # sets of one condition; of more the smallest are kept, so it holds less often than it could


def one(features: int) -> Ways:
    """Holds when all of these features are off."""
    return frozenset((features,))


@lru_cache(maxsize=200_000)
def either(a: Ways, b: Ways) -> Ways:
    """Holds when one of two does."""
    if not a or b == ALWAYS:
        return b
    if not b or a in (ALWAYS, b):
        return a
    return _smallest(a | b)


@lru_cache(maxsize=200_000)
def both(a: Ways, b: Ways) -> Ways:
    """Holds when both do."""
    if not a or not b:
        return NEVER
    if a in (ALWAYS, b):
        return b
    if b == ALWAYS:
        return a
    return _smallest({x | y for x in a for y in b})


def holds(ways: Ways, off: int) -> bool:
    """Whether it does when these features are off."""
    for way in ways:  # noqa: SIM110  # a generator takes three times as long, and it is asked a million times
        if way & off == way:
            return True
    return False


def smallest(off: int, enough: Callable[[int], bool]) -> int:
    """A smallest subset of `off`, which is enough, that still is.

    First each is left out alone, which is asked alike whatever it has to be enough for: mostly those that are
    missed then are all.
    """
    missed = sum(bit for bit in _bits(off) if not enough(off & ~bit))
    return missed if missed and enough(missed) else least(off, enough)


def least(off: int, enough: Callable[[int], bool]) -> int:
    """A smallest subset of `off`, which is enough, that still is: halves first, then one by one."""
    step = max(off.bit_count() // 2, 1)
    while True:
        every = _bits(off)
        for start in range(0, len(every), step):
            smaller = off & ~sum(every[start : start + step])
            if smaller and enough(smaller):
                off = smaller
                break
        else:
            if step == 1:
                return off
            step = max(step // 2, 1)


def _bits(off: int) -> list[int]:
    return [1 << bit for bit in range(off.bit_length()) if off >> bit & 1]


def _smallest(ways: Iterable[int]) -> Ways:
    kept: list[int] = []
    for way in sorted(set(ways), key=lambda way: (way.bit_count(), way)):
        if not any(less & way == less for less in kept):
            kept.append(way)
            if len(kept) >= _MOST:
                break
    return frozenset(kept)
