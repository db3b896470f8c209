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
from functools import cached_property
from typing import NamedTuple

from imgcheck.model import Feature
from imgcheck.prediction import sharing
from imgcheck.prediction.plan import Ahead, Choice, Need, Saving, nobody

_NODES = 20_000  # branches that are looked at; a fiftieth of a millisecond each
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
    ahead: Ahead = nobody,
) -> Proof:
    """Whether no set of `features` that weighs less than `first` meets the need.

    `predict` gives the saving of a set, nothing for one that cannot go; `most` predicts what it would
    save if nothing stood against that; without it, `predict`. It is told `ahead` of which sets.
    """
    search = _Search(features, need, weights, predict, most or predict)
    ahead(search.groups()[:_PREDICTIONS])
    weight = first.weight
    try:
        for names in search.promising(weight):
            saving = search.predicted(names)
            if need.met(saving):
                return Proof(False, Choice(tuple(sorted(names)), saving, search.weight(names)))
    except _UnprovenError:
        return Proof(False)
    return Proof(True)


class _Branch(NamedTuple):
    """Sets that begin alike: the features up to `at` are decided, those of the number `taken` are in."""

    at: int
    taken: int
    weight: float
    flash: float  # what those that are taken save alone
    ota: float


class _Search:
    """Sets by weight, and what is known of them. A set is also a number, with a bit for each feature."""

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
        self._extra: dict[frozenset[str], tuple[float, float]] = {}
        self._left = _PREDICTIONS
        # Heavy ones first: what is left for the rest of a branch is soon too little.
        self._order = sorted(self._weights, key=lambda name: (-self._weights[name], name))
        self._bits = {name: 1 << bit for bit, name in enumerate(self._order)}
        self._several = {self._number(one): one for one in self.groups()}
        self._gains = tuple(self._by_gain(currency) for currency in (0, 1))
        self._open: dict[float, int] = {}  # by room: those that weigh less

    def groups(self) -> list[frozenset[str]]:
        """What is sure to be asked for: each group of several."""
        return [one for one in dict.fromkeys(self._group.values()) if len(one) > 1]

    def _number(self, names: Iterable[str]) -> int:
        return sum(self._bits[name] for name in names)

    def _by_gain(self, currency: int) -> list[tuple[int, float, float]]:
        """Bit, gain and weight of each feature, those first that gain most for their weight."""
        rows = [(self._bits[name], self._single[name][currency], self._weights[name]) for name in self._order]
        return sorted(rows, key=lambda row: -row[1] / max(row[2], 1e-9))

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
        stack = [_Branch(0, 0, 0.0, 0.0, 0.0)]
        seen = 0
        while stack:
            one = stack.pop()
            seen += 1
            if seen > _NODES:
                raise _UnprovenError
            if not self._enough(self._ahead(one, limit - one.weight)):
                continue
            if one.at == len(self._order):
                taken = frozenset(name for name, bit in self._bits.items() if one.taken & bit)
                if taken and self._enough(self._refined(taken)):
                    yield taken
                continue
            name = self._order[one.at]
            stack.append(one._replace(at=one.at + 1))
            if one.weight + self._weights[name] < limit:
                flash, ota = self._single[name]
                more = (one.weight + self._weights[name], one.flash + flash, one.ota + ota)
                stack.append(_Branch(one.at + 1, one.taken | self._bits[name], *more))

    def _enough(self, most: tuple[float, float]) -> bool:
        need = self._need
        return (need.flash <= 0 or most[0] >= need.flash) and (need.ota <= 0 or most[1] >= need.ota)

    def _ahead(self, branch: _Branch, room: float) -> tuple[float, float]:
        """A bound for all sets that go on from here: each currency as if the others did not matter.

        Beyond what is taken and what may be, groups of which more than one may go save more than their sum.
        """
        if room not in self._open:
            self._open[room] = sum(bit for name, bit in self._bits.items() if self._weights[name] < room)
        open_ = self._open[room] >> branch.at << branch.at
        flash, ota = branch.flash, branch.ota
        for group, names in self._several.items():
            may = group & (branch.taken | open_)
            if may & may - 1:
                more = self._more(names)
                flash += more[0]
                ota += more[1]
        beyond = (0.0, 0.0)
        if branch.taken.bit_count() + self._count(open_, room) > sharing.MOST:
            beyond = self._beyond
        return (
            flash + _filled(self._gains[0], open_, room) + beyond[0],
            ota + _filled(self._gains[1], open_, room) + beyond[1],
        )

    def _count(self, open_: int, room: float) -> int:
        """How many of these fit into `room`."""
        found = 0
        for name in reversed(self._order):  # light ones first
            if open_ & self._bits[name]:
                room -= self._weights[name]
                if room <= 0:
                    break
                found += 1
        return found

    def _more(self, group: frozenset[str]) -> tuple[float, float]:
        """The most that a group can save over any of its parts' sums: all of it, less its two smallest."""
        if group not in self._extra:
            whole = self.most(group)
            least = [sum(sorted(self._single[name][at] for name in group)[:2]) for at in (0, 1)]
            self._extra[group] = max(whole[0] - least[0], 0.0), max(whole[1] - least[1], 0.0)
        return self._extra[group]

    @cached_property
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
            parts.append(self._beyond)
        return sum(part[0] for part in parts), sum(part[1] for part in parts)


def _alone(one: Feature) -> Saving:
    return Saving(one.flash, one.ram, one.ota, one.flash_error, one.ota_error)


def _best(saving: Saving) -> tuple[float, float]:
    """Flash and OTA bytes at the good end of the bars."""
    return max(saving.flash + saving.flash_error, 0), max(saving.ota + saving.ota_error, 0)


def _filled(gains: Sequence[tuple[int, float, float]], open_: int, room: float) -> float:
    """The most of what is `open_` that fits into `room`, the last in part (Dantzig's bound of a knapsack)."""
    total = 0.0
    for bit, gain, weight in gains:
        if not open_ & bit:
            continue
        if weight >= room:
            return total + gain * (room / weight if weight else 1.0)
        total += gain
        room -= weight
    return total


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
