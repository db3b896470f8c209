"""Which sets save most for their weight, by what their members save alone?

The 0-1 knapsack by dynamic programming (Bellman 1957): the sets that no other one beats in both weight and
worth. Features that share code save otherwise together; whoever asks predicts the sets as wholes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

_MOST = 2000  # sets that are kept at a time: weights of any kind would make millions


class Item(NamedTuple):
    """A feature: what losing it weighs, and the share of the need that it saves."""

    name: str
    weight: float
    worth: float


class _Set(NamedTuple):
    weight: float
    worth: float
    last: str
    rest: _Set | None


def sets(items: Iterable[Item], enough: float) -> Iterator[frozenset[str]]:
    """The sets that are worth at least 1, the lightest first, as far as more weight makes them worth more.

    What is worth `enough` is not added to.
    """
    front = [_Set(0.0, 0.0, "", None)]
    for name, weight, worth in sorted(items, key=lambda item: (-item.worth, item.name)):
        more = [
            _Set(one.weight + weight, one.worth + worth, name, one) for one in front if one.worth < enough
        ]
        front = _best(sorted([*front, *more], key=lambda one: (one.weight, -one.worth)))
    for one in front:
        if one.worth >= 1:
            yield frozenset(_names(one))


def _best(ordered: Iterable[_Set]) -> list[_Set]:
    """Those that are worth more than all lighter ones."""
    found: list[_Set] = []
    for one in ordered:
        if not found or one.worth > found[-1].worth:
            found.append(one)
    step = -(-len(found) // _MOST)
    return found[::step] if step > 1 else found


def _names(one: _Set) -> Iterator[str]:
    while one.rest is not None:
        yield one.last
        one = one.rest
