"""How much alike are two things that are called differently? Scores from 0 to 1, whichever is old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import product

from imgcheck.model import Key, Thing

_LEAST_SHARED = 0.5  # of the bytes of two objects that are one
_TOO_COMMON = 20  # objects that have a symbol, or things that have an alias, of one name: it tells nothing
_MOST_COMPARED = 40  # things of a section of an object, each with each
_MOST_PAIRS = 20_000  # in all
_SAME_SIZE, _OTHER_SIZE = 0.4, 0.75  # how alike names must be
_COMPARED = 128  # characters of a name, from either end: the matcher takes the square of them
_NEAR = 0.75  # sizes that a renamed function has after a small change


def of_contents(
    old: Mapping[Key, Mapping[str, int]], new: Mapping[Key, Mapping[str, int]]
) -> Iterator[tuple[Key, Key, float]]:
    """Pairs of objects that share at least half of their bytes, by the names of what is in them."""
    having: tuple[dict[str, list[Key]], ...] = (defaultdict(list), defaultdict(list))
    for index, side in zip(having, (old, new), strict=True):
        for key, names in side.items():
            for name in names:
                index[name].append(key)
    shared: dict[tuple[Key, Key], int] = defaultdict(int)
    for name in having[0].keys() & having[1].keys():
        befores, afters = having[0][name], having[1][name]
        if max(len(befores), len(afters)) <= _TOO_COMMON:
            for before, after in product(befores, afters):
                shared[before, after] += min(old[before][name], new[after][name])
    whole = [{key: sum(names.values()) for key, names in side.items()} for side in (old, new)]
    for (before, after), size in shared.items():
        share = 2 * size / max(1, whole[0][before] + whole[1][after])
        if share >= _LEAST_SHARED:
            yield before, after, share


def of_aliases(
    old: Iterable[Thing],
    new: Iterable[Thing],
    here: Callable[[Thing], Hashable],
    there: Callable[[Thing], Hashable],
) -> Iterator[tuple[float, Thing, Thing]]:
    """Pairs of one place that have a name in common: their own or one of their aliases.

    A name that many of a place have tells them apart no more.
    """
    called: tuple[dict[Hashable, list[Thing]], ...] = (defaultdict(list), defaultdict(list))
    for index, things, where in zip(called, (old, new), (here, there), strict=True):
        for thing in things:
            for name in _names(thing):
                index[where(thing), name].append(thing)
    found: dict[tuple[Key, Key], tuple[Thing, Thing]] = {}
    for of in called[0].keys() & called[1].keys():
        olds, news = called[0][of], called[1][of]
        if max(len(olds), len(news)) <= _TOO_COMMON:
            found.update(((a.key, b.key), (a, b)) for a, b in product(olds, news))
    for thing, other in found.values():
        mine, theirs = _names(thing), _names(other)
        yield 2 * len(mine & theirs) / (len(mine) + len(theirs)), thing, other


def of_names(
    classes: Iterable[tuple[Sequence[Thing], Sequence[Thing]]],
) -> Iterator[tuple[float, Thing, Thing]]:
    """Pairs within a class with names alike: more so where the size changed as well.

    Builds with little in common have thousands to compare, which would say nothing: then none is given.
    """
    every: list[tuple[Thing, Thing]] = []
    for olds, news in classes:
        if max(len(olds), len(news)) <= _MOST_COMPARED:
            every += (pair for pair in product(olds, news) if _near(*pair))
        if len(every) > _MOST_PAIRS:
            return
    for before, after in every:
        sizes = sorted((before.flash + before.ram, after.flash + after.ram))
        # The matcher is not symmetric; the order of the names makes it so.
        first, second = sorted((_ends(before.key.name), _ends(after.key.name)))
        alike = SequenceMatcher(None, first, second, autojunk=False).ratio()
        if alike >= (_SAME_SIZE if sizes[0] == sizes[1] else _OTHER_SIZE):
            yield alike * sizes[0] / max(1, sizes[1]), before, after


def _near(before: Thing, after: Thing) -> bool:
    small, large = sorted((before.flash + before.ram, after.flash + after.ram))
    return small >= _NEAR * large


def _ends(name: str) -> str:
    """The name, a very long one without its middle."""
    return name if len(name) <= 2 * _COMPARED else name[:_COMPARED] + name[-_COMPARED:]


def _names(thing: Thing) -> set[str]:
    return {thing.key.name, *(thing.home.aliases if thing.home else ())}
