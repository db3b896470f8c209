"""In which build did a size really change, among all the small commits?

A size history is drift plus exact differences, not a level plus noise: every difference is a fact, and the
question is which of them are out of proportion. So each difference is held against the others of its own
history: their bulk says how ordinary commits are distributed (a line through the quantiles, on the scale of
a Weibull or of a log-normal distribution, whichever is straighter), and a jump is one that this
distribution would not give once in the whole history.

What is measured on a running device (heap, time) is a level plus noise instead; `levels` finds where the
level moves, and `noisy` tells the two kinds apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import exp, log
from statistics import NormalDist, median
from typing import NamedTuple

ONCE = 0.7  # how many jumps a history without any may show, on average
_FEW = 12  # differences below which only their scale is known
_GAP = 4.0  # times larger than the next smaller one: what counts as a jump there
_QUANTILES = tuple(number / 20 for number in range(2, 20))  # 10 % to 95 %: what is rare stays outside
_WINDOWS = (5, 12, 30, 60)  # builds on each side of a moved level
_MAYBE, _DOUBT = 3.5, 5.0  # standard errors: proposed from, kept from
_NORMAL = NormalDist()
_WEIBULL = tuple(log(-log(1 - share)) for share in _QUANTILES)  # where its quantiles lie on a line
_LOGNORMAL = tuple(map(_NORMAL.inv_cdf, _QUANTILES))
_MEAN = 0.886  # mean difference of neighbours -> the same
_MAD = 1.4826  # median deviation -> standard deviation of a normal distribution


class Jump(NamedTuple):
    """A change out of proportion: the place of the first build that has it, and bytes."""

    at: int
    delta: int


def jumps(sizes: Sequence[int], least: int = 1) -> list[Jump]:
    """The differences of at least `least` bytes that the others do not explain, in order."""
    deltas = _without_spikes([after - before for before, after in pairwise(sizes)])
    changed = [(at, delta) for at, delta in enumerate(deltas, 1) if delta]
    if not changed:
        return []
    if noisy(sizes):
        return levels(sizes, least)
    floor = max(threshold([abs(delta) for _, delta in changed]), least)
    return [Jump(at, delta) for at, delta in changed if abs(delta) >= floor]


def _without_spikes(deltas: list[int]) -> list[int]:
    """The same, without what the very next build took back: one odd build is no change of the code."""
    kept = list(deltas)
    for at, (before, after) in enumerate(pairwise(deltas)):
        if before and before == -after:
            kept[at] = kept[at + 1] = 0
    return kept


def threshold(changes: Sequence[int]) -> float:
    """The size from which a change is out of proportion to the others; all of them are positive."""
    ranked = sorted(changes)
    count = len(ranked)
    if count < _FEW:
        # A handful of changes has no distribution: what stands apart from the others counts, else all do.
        apart = [after for before, after in pairwise(ranked) if after > _GAP * before]
        return float(apart[-1]) if apart else 0.0
    rare = 1 - ONCE / count
    return max(_beyond(ranked, rare), 2.0 * ranked[int(0.8 * count)])


def _beyond(ranked: Sequence[int], rare: float) -> float:
    """The quantile `rare` of the distribution that the bulk of the values follows."""
    count = len(ranked)
    logs = [log(ranked[min(int(share * count), count - 1)]) for share in _QUANTILES]
    fits = []
    for across, end in ((_WEIBULL, log(-log(1 - rare))), (_LOGNORMAL, _NORMAL.inv_cdf(rare))):
        slope, start, fault = _line(across, logs)
        fits.append((fault, start + slope * end))
    return exp(min(min(fits)[1], 50.0))


def _line(across: Sequence[float], up: Sequence[float]) -> tuple[float, float, float]:
    """Least squares: slope, start, and the sum of the squared distances."""
    count = len(across)
    mid_x, mid_y = sum(across) / count, sum(up) / count
    spread = sum((x - mid_x) ** 2 for x in across)
    slope = sum((x - mid_x) * (y - mid_y) for x, y in zip(across, up, strict=True)) / spread
    start = mid_y - slope * mid_x
    return slope, start, sum((y - start - slope * x) ** 2 for x, y in zip(across, up, strict=True))


def noisy(sizes: Sequence[int]) -> bool:
    """Whether a history goes back and forth around a level, so that its differences are no facts.

    Noise comes back: what one difference adds, the next takes away, so that neighbours are opposed (a
    correlation of -0.5 for pure noise). Differences of code do not know each other.
    """
    deltas = [after - before for before, after in pairwise(sizes)]
    if len(deltas) < _FEW or sum(1 for delta in deltas if delta) < 0.25 * len(deltas):
        return False
    # Ranks, so that one step does not outweigh all the noise.
    ranks = _signed_ranks(deltas)
    together = sum(one * other for one, other in pairwise(ranks))
    square = sum(one * one for one in ranks)
    # Well over two standard errors away from what independent differences would show.
    return bool(together / square < -2.0 / len(ranks) ** 0.5 - 0.05)


def _signed_ranks(values: Sequence[int]) -> list[float]:
    ordered = sorted({abs(value) for value in values})
    rank = {value: index for index, value in enumerate(ordered, 1)}
    return [(1 if value > 0 else -1) * float(rank[abs(value)]) if value else 0.0 for value in values]


def levels(sizes: Sequence[int], least: int = 1) -> list[Jump]:
    """Where the level of a noisy history moves by at least `least` and by more than its noise.

    Windows of several widths propose places; then the weakest boundary between two segments goes until all
    that are left are beyond doubt.
    """
    calm = _without_outliers(sizes)
    sums = list(accumulate(calm, initial=0))
    cuts = _proposed(sums, _noise(calm))
    while cuts:
        edges = [0, *cuts, len(calm)]
        cuts = [_best(sums, edges[at - 1 : at + 2]) for at in range(1, len(edges) - 1)]
        edges = [0, *cuts, len(calm)]
        scores = [_score(calm, sums, edges[at - 1 : at + 2]) for at in range(1, len(edges) - 1)]
        weakest = min(range(len(scores)), key=scores.__getitem__)
        if scores[weakest] >= _DOUBT:
            break
        del cuts[weakest]
    edges = [0, *cuts, len(calm)]
    mids = [median(calm[a:b]) for a, b in pairwise(edges)]
    found = zip(cuts, pairwise(mids), strict=True)
    moved = (Jump(cut, round(after - before)) for cut, (before, after) in found)
    return [one for one in moved if abs(one.delta) >= least]


def _without_outliers(sizes: Sequence[int]) -> list[int]:
    """The same, a value that stands alone replaced by the median of its neighbourhood."""
    far = 6 * _noise(sizes)
    calm = list(sizes)
    for at in range(len(sizes)):
        near = median(sizes[max(at - 2, 0) : at + 3])
        if abs(sizes[at] - near) > far:
            calm[at] = round(near)
    return calm


def _noise(sizes: Sequence[int]) -> float:
    """The standard deviation around the level, told from neighbours: a moved level hardly touches it."""
    apart = sorted(abs(after - before) for before, after in pairwise(sizes))
    kept = apart[: max(len(apart) * 19 // 20, 1)]  # steps and outliers are rare
    # The mean counts as well: a history that jumps between two values has a median of zero.
    return float(max(_MAD * apart[len(apart) // 2] / 2**0.5, _MEAN * sum(kept) / len(kept), 0.5))


def _proposed(sums: Sequence[int], scale: float) -> list[int]:
    """Places where the means of the windows before and behind differ most, in order."""
    count = len(sums) - 1
    found: dict[int, float] = {}
    for width in _WINDOWS:
        if 2 * width > count:
            break
        unit = scale * (2 * width) ** 0.5  # of the difference of two sums of `width` values
        scores = [
            abs(sums[at + width] - 2 * sums[at] + sums[at - width]) / unit
            for at in range(width, count - width + 1)
        ]
        for place, score in enumerate(scores):
            if score > _MAYBE and score == max(scores[max(place - width, 0) : place + width + 1]):
                found[place + width] = max(score, found.get(place + width, 0))
    cuts: list[int] = []
    for at in sorted(found, key=lambda place: -found[place]):
        if all(abs(at - other) >= _WINDOWS[0] for other in cuts):
            cuts.append(at)
    return sorted(cuts)


def _best(sums: Sequence[int], edges: Sequence[int]) -> int:
    """The place near a cut that parts its two segments best."""
    start, cut, end = edges
    near = range(max(cut - 4, start + 2), min(cut + 5, end - 1))
    total = (sums[end] - sums[start]) / (end - start)

    def between(at: int) -> float:
        off = sums[at] - sums[start] - total * (at - start)
        return off * off * (1 / (at - start) + 1 / (end - at))

    return max(near, key=between, default=cut)


def _score(values: Sequence[int], sums: Sequence[int], edges: Sequence[int]) -> float:
    """How far apart the means of two neighbouring segments are, in standard errors of their own noise."""
    start, cut, end = edges
    if cut - start < 3 or end - cut < 3:
        return 0.0
    apart = (sums[end] - sums[cut]) / (end - cut) - (sums[cut] - sums[start]) / (cut - start)
    error = sum(_noise(values[a:b]) ** 2 / (b - a) for a, b in ((start, cut), (cut, end)))
    return abs(apart) / float(error**0.5)
