"""What is the least to strip so that a build fits, or gains so many bytes?

Sets are proposed by adding up what their features save alone (the lightest of all, then small and greedy
ones) and judged by a prediction for the set as a whole, error bars taken off. Cheapest by weight first, then
by what is left over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice
from typing import NamedTuple

from imgcheck.model import Feature
from imgcheck.prediction import lightest

_ALTERNATIVES = 5
_EVALUATIONS = 16  # predictions for whole sets cost a tenth of a second each
_LARGEST = 4  # features in a set that is searched for exhaustively
_ATTEMPTS = 4  # predictions for the lightest sets by their sums, until one does
_AHEAD = 2  # sets that are begun before their turn
_ENOUGH = 1.1  # of the need: more need not be added, whatever the bars
_NARROW = 24  # features that sets of three and more are made of


Ahead = Callable[[Iterable[frozenset[str]]], None]  # is told what may be asked for soon


def nobody(_sets: Iterable[frozenset[str]]) -> None:
    """Nothing is begun ahead."""


class Saving(NamedTuple):
    """What a set saves as a whole, in bytes, and how far that may be off."""

    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int


class Need(NamedTuple):
    """What has to go, in bytes of the image and of the OTA body; 0 for a currency that already fits."""

    flash: int
    ota: int

    def met(self, saving: Saving) -> bool:
        """Whether a saving is enough even at the bad end of its error bars."""
        enough_flash = self.flash <= 0 or saving.flash - saving.flash_error >= self.flash
        return enough_flash and (self.ota <= 0 or saving.ota - saving.ota_error >= self.ota)

    def surplus(self, saving: Saving) -> int:
        """Bytes that a saving has over what is needed, in the currency where that is least."""
        spare = [saving.flash - self.flash] if self.flash > 0 else []
        spare += [saving.ota - self.ota] if self.ota > 0 else []
        return min(spare, default=0)


class Choice(NamedTuple):
    """A set of features and what it saves."""

    features: tuple[str, ...]
    saving: Saving
    weight: float


def choose(
    features: Sequence[Feature],
    need: Need,
    weights: Mapping[str, float],
    predict: Callable[[frozenset[str]], Saving],
    ahead: Ahead = nobody,
) -> tuple[Choice, ...]:
    """The cheapest sets that meet the need, none of them containing another; () when nothing suffices.

    `features` are those that may go; `predict` gives the saving of a set, and is told `ahead` of which.
    """
    if need.flash <= 0 and need.ota <= 0:
        return ()
    useful = [f for f in features if _useful(f, need)]
    found: list[Choice] = []
    tried: set[frozenset[str]] = set()
    for names in islice(_lightest(useful, need, weights), _ATTEMPTS):
        tried.add(names)
        saving = predict(names)
        if need.met(saving):
            found = [_choice(names, saving, weights)]
            break
    for names in _announced(_proposals(useful, need, weights), ahead):
        if len(tried) >= _EVALUATIONS or len(found) >= _ALTERNATIVES:
            break
        if names in tried or any(set(choice.features) <= names for choice in found):
            continue
        tried.add(names)
        saving = predict(names)
        if need.met(saving):
            found = [choice for choice in found if not names <= set(choice.features)]
            found.append(_choice(names, saving, weights))
    if not found:
        found = _everything(features, need, weights, predict)
    return tuple(sorted(found, key=lambda c: (c.weight, need.surplus(c.saving), c.features)))


def _announced(sets: Iterator[frozenset[str]], ahead: Ahead) -> Iterator[frozenset[str]]:
    """The same sets, each announced before it is due: other cores have something to do then."""
    waiting: deque[frozenset[str]] = deque()
    for names in sets:
        ahead((names,))
        waiting.append(names)
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _lightest(
    features: Iterable[Feature], need: Need, weights: Mapping[str, float]
) -> Iterator[frozenset[str]]:
    """The lightest sets that may do, by sums: bars of a set are less than those of its members together."""
    items = []
    for one in features:
        sure = replace(one, flash=one.flash - one.flash_error // 2, ota=one.ota - one.ota_error // 2)
        if (worth := _worth(sure, need)) > 0:
            items.append(lightest.Item(one.name, weights.get(one.name, 1.0), worth))
    return lightest.sets(items, _ENOUGH)


def _useful(feature: Feature, need: Need) -> bool:
    return (need.flash > 0 and feature.flash > 0) or (need.ota > 0 and feature.ota > 0)


def _choice(names: Iterable[str], saving: Saving, weights: Mapping[str, float]) -> Choice:
    return Choice(tuple(sorted(names)), saving, sum(weights.get(name, 1.0) for name in names))


def _sum(features: Iterable[Feature]) -> Saving:
    rows = tuple(features)
    return Saving(
        sum(f.flash for f in rows),
        sum(f.ram for f in rows),
        sum(f.ota for f in rows),
        sum(f.flash_error for f in rows),
        sum(f.ota_error for f in rows),
    )


def _met(need: Need, rows: Sequence[Feature]) -> bool:
    """Whether the need is met by the sum of some features."""
    if need.flash > 0 and sum([one.flash - one.flash_error for one in rows]) < need.flash:
        return False
    return need.ota <= 0 or sum([one.ota - one.ota_error for one in rows]) >= need.ota


def _proposals(
    features: Sequence[Feature], need: Need, weights: Mapping[str, float]
) -> Iterator[frozenset[str]]:
    """Sets whose summed savings meet the need, cheapest first; then what greedy ways find."""
    ranked = sorted(features, key=lambda f: (-_worth(f, need), f.name))
    proposals: list[tuple[float, int, tuple[str, ...]]] = []
    for size in range(1, _LARGEST + 1):
        pool = ranked if size <= 2 else ranked[:_NARROW]
        for rows in combinations(pool, size):  # ten thousand and more
            if _met(need, rows) and not any(
                _met(need, rows[:i] + rows[i + 1 :]) for i in range(len(rows)) if size > 1
            ):
                names = tuple(f.name for f in rows)
                weight = sum(weights.get(name, 1.0) for name in names)
                proposals.append((weight, need.surplus(_sum(rows)), names))
    for order in _orders(features, need, weights):
        taken = _greedy(order, need)
        if taken:
            weight = sum(weights.get(name, 1.0) for name in taken)
            chosen = _sum(f for f in features if f.name in taken)
            proposals.append((weight, need.surplus(chosen), tuple(sorted(taken))))
    for _, _, proposed in sorted(proposals):
        yield frozenset(proposed)


def _worth(feature: Feature, need: Need) -> float:
    """The share of the need that a feature covers, in the currency where it covers least."""
    shares = [feature.flash / need.flash] if need.flash > 0 else []
    shares += [feature.ota / need.ota] if need.ota > 0 else []
    return min(shares)


def _orders(features: Sequence[Feature], need: Need, weights: Mapping[str, float]) -> Iterator[list[Feature]]:
    yield sorted(features, key=lambda f: (-_worth(f, need), f.name))
    yield sorted(features, key=lambda f: (weights.get(f.name, 1.0) / max(_worth(f, need), 1e-9), f.name))
    yield sorted(features, key=lambda f: (weights.get(f.name, 1.0), -_worth(f, need), f.name))


def _greedy(order: Sequence[Feature], need: Need) -> frozenset[str]:
    """Takes features in order until they are enough, then gives back those that were not needed."""
    taken: list[Feature] = []
    for feature in order:
        taken.append(feature)
        if need.met(_sum(taken)):
            break
    else:
        return frozenset()
    for feature in list(taken):
        rest = [f for f in taken if f is not feature]
        if rest and need.met(_sum(rest)):
            taken = rest
    return frozenset(f.name for f in taken)


def _everything(
    features: Sequence[Feature],
    need: Need,
    weights: Mapping[str, float],
    predict: Callable[[frozenset[str]], Saving],
) -> list[Choice]:
    """When sums promise nothing: features that share code save more together, so try them all at once."""
    names = frozenset(f.name for f in features)
    if not names:
        return []
    saving = predict(names)
    return [_choice(names, saving, weights)] if need.met(saving) else []
