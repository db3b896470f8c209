"""Is there no cheaper set of features that would do? Branch and bound over what each can save at best.

Features that share nothing save together what each saves alone. Those that share code may save more as a
set, but never more than all that they share with do together: what goes without a set goes without a larger
one too. So a set's bound is, for each group that shares, the member alone, or else the group's part of it
predicted as a whole; only sets whose bound is enough are predicted. What more than `sharing.MOST` features
hold together is in no group: sets of more than that get what all save beyond their groups. All bounds are at
the good end of the error bars, so that what is ruled out is ruled out whatever the bars hide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from imgcheck.model import Feature
from imgcheck.prediction import sharing
from imgcheck.prediction.plan import Choice, Need, Saving

_NODES = 20_000  # sets that are looked at; a hundredth of a millisecond each
_PREDICTIONS = 24  # of sets as a whole, a tenth of a second each

Predict = Callable[[frozenset[str]], Saving]


class Proof(NamedTuple):
    """Whether it is known that nothing cheaper suffices, or the cheaper set that was found instead."""

    proven: bool
    cheaper: Choice | None = None


class _UnprovenError(Exception):
    """It would take too long to tell."""


def proof(
    features: Sequence[Feature],
    need: Need,
    weights: Mapping[str, float],
    predict: Predict,
    first: Choice,
    most: Predict | None = None,
) -> Proof:
    """Whether no set of `features` that weighs less than `first` meets the need.

    `predict` gives the saving of a set, nothing for one that cannot go; `most` predicts what it would
    save if nothing stood against that; without it, `predict`.
    """
    search = _Search(features, need, weights, predict, most or predict)
    weight = first.weight
    try:
        for names in search.promising(weight):
            saving = search.predicted(names)
            if need.met(saving):
                return Proof(False, Choice(tuple(sorted(names)), saving, search.weight(names)))
    except _UnprovenError:
        return Proof(False)
    return Proof(True)


class _Search:
    """Sets by weight, and what is known of them."""

    def __init__(
        self,
        features: Sequence[Feature],
        need: Need,
        weights: Mapping[str, float],
        predict: Predict,
        most: Predict,
    ) -> None:
        self._need, self._predict, self._most = need, predict, most
        self._sharing = {one.name: frozenset(one.shared_with) for one in features}
        self._weights = {one.name: weights.get(one.name, 1.0) for one in features}
        self._single = {one.name: _best(_alone(one)) for one in features}
        self._group = _groups(self._weights, self._sharing)
        self._known: dict[frozenset[str], tuple[float, float]] = {}
        self._left = _PREDICTIONS
        # Heavy ones first: what is left for the rest of a branch is soon too little.
        self._order = sorted(self._weights, key=lambda name: (-self._weights[name], name))

    def weight(self, names: frozenset[str]) -> float:
        """What a set costs."""
        return sum(self._weights[name] for name in names)

    def predicted(self, names: frozenset[str]) -> Saving:
        """The real prediction for a set; raises _UnprovenError when those are used up."""
        self._spend()
        return self._predict(names)

    def most(self, names: frozenset[str]) -> tuple[float, float]:
        """What features that share save together at best; raises _UnprovenError as `predicted`."""
        if len(names) == 1:
            return self._single[next(iter(names))]
        if names not in self._known:
            self._spend()
            self._known[names] = _best(self._most(names))
        return self._known[names]

    def _spend(self) -> None:
        if not self._left:
            raise _UnprovenError
        self._left -= 1

    def promising(self, limit: float) -> Iterator[frozenset[str]]:
        """The sets of less weight than `limit` whose bound is enough; raises _UnprovenError."""
        stack: list[tuple[int, frozenset[str], float]] = [(0, frozenset(), 0.0)]
        seen = 0
        while stack:
            at, taken, weight = stack.pop()
            seen += 1
            if seen > _NODES:
                raise _UnprovenError
            if not self._enough(self._ahead(at, taken, limit - weight)):
                continue
            if at == len(self._order):
                if taken and self._enough(self._refined(taken)):
                    yield taken
                continue
            name = self._order[at]
            stack.append((at + 1, taken, weight))
            if weight + self._weights[name] < limit:
                stack.append((at + 1, taken | {name}, weight + self._weights[name]))

    def _enough(self, most: tuple[float, float]) -> bool:
        need = self._need
        return (need.flash <= 0 or most[0] >= need.flash) and (need.ota <= 0 or most[1] >= need.ota)

    def _ahead(self, at: int, taken: frozenset[str], room: float) -> tuple[float, float]:
        """A bound for all sets that go on from here: each currency as if the others did not matter."""
        open_ = [name for name in self._order[at:] if self._weights[name] < room]
        flash, ota = self._bound(taken, frozenset(open_))
        weights = [self._weights[name] for name in open_]
        gains = [self._single[name] for name in open_]
        beyond = (0.0, 0.0)
        if len(taken) + _count(weights, room) > sharing.MOST:
            beyond = self._beyond()
        return (
            flash + _filled([gain[0] for gain in gains], weights, room) + beyond[0],
            ota + _filled([gain[1] for gain in gains], weights, room) + beyond[1],
        )

    def _bound(self, taken: frozenset[str], open_: frozenset[str]) -> tuple[float, float]:
        """What is taken alone, and what groups of which more than one may go can save beyond their sum."""
        flash = ota = 0.0
        for group in dict.fromkeys(self._group[name] for name in taken | open_):
            mine = group & taken
            alone = [self._single[name] for name in mine]
            flash += sum(one[0] for one in alone)
            ota += sum(one[1] for one in alone)
            may = group & (taken | open_)
            if len(may) > 1:
                more = self._more(group)
                flash += more[0]
                ota += more[1]
        return flash, ota

    def _more(self, group: frozenset[str]) -> tuple[float, float]:
        """The most that a group can save over any of its parts' sums: all of it, less its two smallest."""
        whole = self.most(group)
        least = [sum(sorted(self._single[name][at] for name in group)[:2]) for at in (0, 1)]
        return max(whole[0] - least[0], 0.0), max(whole[1] - least[1], 0.0)

    def _beyond(self) -> tuple[float, float]:
        """What all features save together beyond what their groups do."""
        whole = self.most(frozenset(self._weights))
        parts = [self.most(group) for group in dict.fromkeys(self._group.values())]
        return (
            max(whole[0] - sum(part[0] for part in parts), 0.0),
            max(whole[1] - sum(part[1] for part in parts), 0.0),
        )

    def _refined(self, taken: frozenset[str]) -> tuple[float, float]:
        """The bound of one set: what shares within it as that is predicted, the rest by itself."""
        parts = [self.most(part) for part in dict.fromkeys(_groups(taken, self._sharing).values())]
        if len(taken) > sharing.MOST:
            parts.append(self._beyond())
        return sum(part[0] for part in parts), sum(part[1] for part in parts)


def _alone(one: Feature) -> Saving:
    return Saving(one.flash, one.ram, one.ota, one.flash_error, one.ota_error)


def _best(saving: Saving) -> tuple[float, float]:
    """Flash and OTA bytes at the good end of the bars."""
    return max(saving.flash + saving.flash_error, 0), max(saving.ota + saving.ota_error, 0)


def _filled(gains: Sequence[float], weights: Sequence[float], room: float) -> float:
    """The most that fits into `room`, the last one in part (Dantzig's bound of a knapsack)."""
    order = sorted(zip(gains, weights, strict=True), key=lambda one: -one[0] / max(one[1], 1e-9))
    total = 0.0
    for gain, weight in order:
        if weight >= room:
            return total + gain * (room / weight if weight else 1.0)
        total += gain
        room -= weight
    return total


def _count(weights: Sequence[float], room: float) -> int:
    """How many of these fit into `room`."""
    found = 0
    for weight in sorted(weights):
        room -= weight
        if room <= 0:
            break
        found += 1
    return found


def _groups(names: Iterable[str], sharing: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """For each feature all of `names` that it shares with, over however many steps."""
    known = {name: {name} for name in names}
    for one in tuple(known):
        group = known[one]
        for other in sharing[one] & known.keys():
            joined = known[other]
            if joined is not group:
                group |= joined
                known.update(dict.fromkeys(joined, group))
    # By identity: members share one set, and `known` holds all of them.
    frozen = {id(group): frozenset(group) for group in known.values()}
    return {name: frozen[id(group)] for name, group in known.items()}
