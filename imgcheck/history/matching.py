"""What is left of both builds while one rule after the other pairs it; no rule cares which build is old."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from imgcheck.model import Key, Thing

Class: TypeAlias = Callable[[Thing], Hashable]


class Pair(NamedTuple):
    """The same thing in both builds; one side is empty where a build does not have it.

    A side has several things where a compiler put a part of a function aside. `elsewhere`: it lies in
    another file, not merely in one that was renamed.
    """

    old: tuple[Thing, ...]
    new: tuple[Thing, ...]
    elsewhere: bool = False


class Left:
    """What is not paired yet of one kind."""

    def __init__(self, old: Iterable[Thing], new: Iterable[Thing]) -> None:
        self.old = {thing.key: thing for thing in old}
        self.new = {thing.key: thing for thing in new}
        self.pairs: list[Pair] = []

    def take(self, old: Thing, new: Thing, elsewhere: bool = False) -> None:
        """These two are one."""
        del self.old[old.key], self.new[new.key]
        self.pairs.append(Pair((old,), (new,), elsewhere))

    def by(
        self,
        of_old: Class,
        of_new: Class,
        elsewhere: bool = False,
        alike: Class | None = None,
    ) -> None:
        """Pairs what has the same class; None is no class.

        Of several in a class those that are `alike` are paired, in order of size, and without `alike` all.
        """
        for olds, news in classes(self.old.values(), self.new.values(), of_old, of_new):
            if alike is None or len(olds) == len(news) == 1:
                for old, new in zip(sorted(olds, key=_order), sorted(news, key=_order), strict=False):
                    self.take(old, new, elsewhere)
                continue
            for same_old, same_new in classes(olds, news, alike, alike):
                for old, new in zip(sorted(same_old, key=_order), sorted(same_new, key=_order), strict=False):
                    self.take(old, new, elsewhere)

    def best(self, found: Iterable[tuple[float, Thing, Thing]], elsewhere: bool = False) -> None:
        """Pairs those that resemble each other most first, each once."""
        for _, old, new in sorted(found, key=_rank):
            if old.key in self.old and new.key in self.new:
                self.take(old, new, elsewhere)

    def done(self) -> list[Pair]:
        """All pairs, those with one side too."""
        gone = (Pair((thing,), ()) for thing in self.old.values())
        fresh = (Pair((), (thing,)) for thing in self.new.values())
        return [*self.pairs, *gone, *fresh]


def classes(
    old: Iterable[Thing],
    new: Iterable[Thing],
    of_old: Class,
    of_new: Class,
) -> Iterator[tuple[list[Thing], list[Thing]]]:
    """The things of each class that both builds have."""
    found: dict[Hashable, tuple[list[Thing], list[Thing]]] = {}
    for side, things, name in ((0, old, of_old), (1, new, of_new)):
        for thing in things:
            of = name(thing)
            if of is not None:
                found.setdefault(of, ([], []))[side].append(thing)
    # All of them before the first is paired: pairing changes what these were taken from.
    return iter([sides for sides in found.values() if sides[0] and sides[1]])


def _order(thing: Thing) -> tuple[int, int, Key]:
    return -thing.flash, -thing.ram, thing.key


def _rank(found: tuple[float, Thing, Thing]) -> tuple[float, list[Key]]:
    score, old, new = found
    return -score, sorted((old.key, new.key))  # the same whichever of the two is called old
