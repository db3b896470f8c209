"""Where does the level of noisy values move?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, pairwise
from operator import sub

WINDOWS = (5, 12, 30, 60)  # values on each side of a moved level
MAD = 1.4826  # median deviation -> standard deviation of a normal distribution
_MEAN = 0.886  # mean difference of neighbours -> the same
_MAYBE = 3.2  # standard errors from which a place is proposed
_KNOWN = 30  # values from which the noise is known: a segment of fewer borrows from around it
_Edges = tuple[int, int, int]  # where two segments begin, part and end


def cuts(values: Sequence[float], doubt: float, *, again: bool) -> list[int]:
    """Where the level of the values moves.

    Windows of several widths propose places; then the weakest boundary between two segments goes until all
    that are left are beyond doubt. A window that reaches over the next move sees neither well, so
    `again` parts each segment once more.
    """
    series = _Series(values)
    found = _kept(series, _proposed(series.sums, series.whole), doubt)
    while again:
        edges = ((a, series.best((a, a, b), range(a + 3, b - 2)), b) for a, b in pairwise(series.ends(found)))
        more = [one[1] for one in edges if series.score(one) >= doubt]
        if not more:
            return found
        kept = _kept(series, sorted({*found, *more}), doubt)
        if len(kept) <= len(found):
            return found
        found = kept
    return found


def _kept(series: _Series, cuts: list[int], doubt: float) -> list[int]:
    """Those that are beyond doubt, each moved to where it parts its segments best."""
    while cuts:
        cuts = list(map(series.near, series.around(cuts)))
        scores = list(map(series.score, series.around(cuts)))
        weakest = min(scores)
        if weakest >= doubt:
            break
        del cuts[scores.index(weakest)]
    return cuts


def noise(sizes: Sequence[float]) -> float:
    """The standard deviation around the level, told from neighbours: a moved level hardly touches it."""
    return spread(differences(sizes))


def differences(sizes: Sequence[float]) -> list[float]:
    """How far each size is from the one before."""
    return list(map(abs, map(sub, sizes[1:], sizes)))


def spread(apart: Sequence[float]) -> float:
    """The standard deviation of sizes that are so far apart."""
    ranked = sorted(apart)
    count = max(len(ranked) * 19 // 20, 1)  # steps and outliers are rare
    # The mean counts as well: a history that jumps between two values has a median of zero.
    return max(MAD * ranked[len(ranked) // 2] / 2**0.5, _MEAN * sum(ranked[:count]) / count, 0.5)


def _proposed(sums: Sequence[float], scale: float) -> list[int]:
    """Places where the means of the windows before and behind differ most, in order."""
    count = len(sums) - 1
    found: dict[int, float] = {}
    for width in WINDOWS:
        if 2 * width > count:
            break
        unit = scale * (2 * width) ** 0.5  # of the difference of two sums of `width` values
        windows = list(map(sub, sums[width:], sums))
        apart = list(map(sub, windows[width:], windows))
        least = _MAYBE * unit
        if max(apart) <= least and min(apart) >= -least:
            continue
        apart = list(map(abs, apart))
        # What is below its neighbours is no largest one of more: that is asked of few.
        padded = [0.0, *apart, 0.0]
        for place in compress(range(len(apart)), map(least.__lt__, apart)):
            if not padded[place] <= (score := apart[place]) >= padded[place + 2]:
                continue
            if score == max(apart[max(place - width // 2, 0) : place + width // 2 + 1]):
                found[place + width] = max(score / unit, found.get(place + width, 0))
    cuts: list[int] = []
    for at in sorted(found, key=lambda place: -found[place]):
        if all(abs(at - other) >= WINDOWS[0] for other in cuts):
            cuts.append(at)
    return sorted(cuts)


class _Series:
    """Values of which segments are compared; what was found out of one is known when another cut has gone."""

    def __init__(self, values: Sequence[float]) -> None:
        self.count = len(values)
        self.sums = list(accumulate(values, initial=0.0))
        self._apart = differences(values)
        self.whole = spread(self._apart)
        self._variances: dict[tuple[int, int], float] = {}
        self._near: dict[_Edges, int] = {}
        self._scores: dict[_Edges, float] = {}

    def ends(self, cuts: Sequence[int]) -> list[int]:
        """Where the segments between cuts begin, and the last one ends."""
        return [0, *cuts, self.count]

    def around(self, cuts: Sequence[int]) -> Iterator[_Edges]:
        """Each cut with the ends of the segments that it parts."""
        return zip([0, *cuts], cuts, [*cuts[1:], self.count], strict=False)

    def near(self, edges: _Edges) -> int:
        """The place near a cut that parts its segments best."""
        known = self._near.get(edges)
        if known is None:
            start, cut, end = edges
            known = self.best(edges, range(max(cut - 4, start + 2), min(cut + 5, end - 1)))
            self._near[edges] = known
        return known

    def best(self, edges: _Edges, places: range) -> int:
        """The one of the places that parts two segments best; their cut where there is none."""
        start, cut, end = edges
        if not places:
            return cut
        sums, before = self.sums, self.sums[start]
        total = (sums[end] - before) / (end - start)
        between = [
            (off := sums[at] - before - total * (at - start)) * off * (1 / (at - start) + 1 / (end - at))
            for at in places
        ]
        return places[between.index(max(between))]

    def score(self, edges: _Edges) -> float:
        """How far apart the means of two neighbouring segments are, in standard errors of their noise."""
        if (known := self._scores.get(edges)) is not None:
            return known
        start, cut, end = edges
        if cut - start < 3 or end - cut < 3:
            return 0.0
        sums = self.sums
        apart = (sums[end] - sums[cut]) / (end - cut) - (sums[cut] - sums[start]) / (cut - start)
        error = self._variance(start, cut) / (cut - start) + self._variance(cut, end) / (end - cut)
        self._scores[edges] = known = abs(apart) / float(error**0.5)
        return known

    def _variance(self, start: int, end: int) -> float:
        """Of the noise in a segment.

        A dozen values say little about it: calm by chance they make a move of nothing, restless by chance
        they hide one. So they are weighed against the noise of the whole history, and of the builds around
        them, which may be another: the larger counts.
        """
        known = self._variances.get((start, end))
        if known is None:
            apart, count, around = self._apart, end - start, self.whole
            if count < _KNOWN:
                first = max(min(start - (_KNOWN - count) // 2, self.count - _KNOWN), 0)
                around = max(around, spread(apart[first : first + _KNOWN - 1]))
            known = (spread(apart[start : end - 1]) ** 2 * count + around**2 * _KNOWN) / (count + _KNOWN)
            self._variances[start, end] = known
        return known
