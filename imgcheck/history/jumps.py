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
from operator import sub
from statistics import NormalDist, median
from typing import NamedTuple

ONCE = 0.7  # how many jumps a history without any may show, on average
_FEW = 12  # differences below which only their scale is known
_GAP = 4.0  # times larger than the next smaller one: what counts as a jump there
_QUANTILES = tuple(number / 20 for number in range(2, 20))  # 10 % to 95 %: what is rare stays outside
_WINDOWS = (5, 12, 30, 60)  # builds on each side of a moved level
_MAYBE, _RESTLESS = 3.2, 5.0  # standard errors: proposed from, changed noise from
_WRONG = 1e-3  # share of noisy histories with one level too many
_LATER, _AWAY, _NOISE = (
    4,
    0.1,
    -0.06,
)  # of 50 builds each, 400 sizes and 130 noisy ones are told apart by these
_ODD = 6  # standard deviations away from its neighbours: no part of the noise
_KNOWN = 30  # values from which the noise is known: a segment of fewer borrows from around it
_NORMAL = NormalDist()
_WEIBULL = tuple(log(-log(1 - share)) for share in _QUANTILES)  # where its quantiles lie on a line
_LOGNORMAL = tuple(map(_NORMAL.inv_cdf, _QUANTILES))
_MEAN = 0.886  # mean difference of neighbours -> the same
_MAD = 1.4826  # median deviation -> standard deviation of a normal distribution


class Jump(NamedTuple):
    """A change out of proportion: the place of the first build that has it, and bytes.

    Of a history that is noisy `words` tell what is no move of its level: noise that changes, one odd build.
    """

    at: int
    delta: int
    words: str = ""


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
    correlation of -0.5 for pure noise), and four builds later a size is as far away as one build later.
    Differences of code do not know each other, and lead away.
    """
    deltas = [after - before for before, after in pairwise(sizes)]
    if len(deltas) < _FEW or sum(1 for delta in deltas if delta) < 0.25 * len(deltas):
        return False
    # Ranks and medians, so that one step does not outweigh all the noise.
    ranks = _signed_ranks(deltas)
    opposed = sum(one * other for one, other in pairwise(ranks)) / sum(one * one for one in ranks)
    near = median(map(abs, deltas))
    far = median(abs(after - before) for before, after in zip(sizes, sizes[_LATER:], strict=False))
    return opposed + _AWAY * min(far / max(near, 1), _LATER) < _NOISE


def _signed_ranks(values: Sequence[int]) -> list[float]:
    ordered = sorted({abs(value) for value in values})
    rank = {value: index for index, value in enumerate(ordered, 1)}
    return [(1 if value > 0 else -1) * float(rank[abs(value)]) if value else 0.0 for value in values]


def levels(sizes: Sequence[int], least: int = 1) -> list[Jump]:
    """Where the level of a noisy history moves by at least `least` and by more than its noise.

    And where the noise itself grows or calms down, which is a move of how far the sizes are from their level.
    """
    calm = _without_outliers(sizes)
    cuts = _cuts(calm, _NORMAL.inv_cdf(1 - _WRONG / len(calm)), again=True)
    segments = [calm[a:b] for a, b in pairwise((0, *cuts, len(calm)))]
    mids = [median(segment) for segment in segments]
    moved = (
        Jump(cut, round(after - before)) for cut, (before, after) in zip(cuts, pairwise(mids), strict=True)
    )
    found = [one for one in moved if abs(one.delta) >= least]
    odd = [
        at
        for at, (size, kept) in enumerate(zip(sizes, calm, strict=True))
        if at
        and size != kept
        and abs(size - kept) > _ODD * _noise(sizes[max(at - _WINDOWS[1], 0) : at + _WINDOWS[1]])
    ]
    found += [Jump(at, sizes[at] - calm[at], "noise: this build only") for at in odd]
    apart = [abs(size - mid) for segment, mid in zip(segments, mids, strict=True) for size in segment]
    restless = [
        at for at in _cuts(apart, _RESTLESS, again=False) if all(abs(at - cut) >= _WINDOWS[0] for cut in cuts)
    ]
    noise = [round(_MAD * median(apart[a:b])) for a, b in pairwise((0, *restless, len(calm)))]
    found += [
        Jump(at, 0, f"noise: +-{before} -> +-{after} bytes")
        for at, (before, after) in zip(restless, pairwise(noise), strict=True)
    ]
    return sorted(found)


def _cuts(values: Sequence[float], doubt: float, *, again: bool) -> list[int]:
    """Where the level of the values moves.

    Windows of several widths propose places; then the weakest boundary between two segments goes until all
    that are left are beyond doubt. A window that reaches over the next move sees neither well, so
    `again` parts each segment once more.
    """
    sums, whole = list(accumulate(values, initial=0.0)), _noise(values)
    cuts = _kept(values, sums, _proposed(sums, whole), whole, doubt)
    while again:
        halves = [
            (a, _best(sums, (a, a, b), range(a + 3, b - 2)), b) for a, b in pairwise((0, *cuts, len(values)))
        ]
        more = [edges[1] for edges in halves if _score(values, sums, edges, whole) >= doubt]
        if not more:
            return cuts
        kept = _kept(values, sums, sorted({*cuts, *more}), whole, doubt)
        if len(kept) <= len(cuts):
            return cuts
        cuts = kept
    return cuts


def _kept(
    values: Sequence[float], sums: Sequence[float], cuts: list[int], whole: float, doubt: float
) -> list[int]:
    """Those that are beyond doubt, each moved to where it parts its segments best."""
    while cuts:
        edges = [0, *cuts, len(values)]
        cuts = [
            _best(sums, edges[at - 1 : at + 2], _near(edges[at - 1 : at + 2]))
            for at in range(1, len(edges) - 1)
        ]
        edges = [0, *cuts, len(values)]
        scores = [_score(values, sums, edges[at - 1 : at + 2], whole) for at in range(1, len(edges) - 1)]
        weakest = min(range(len(scores)), key=scores.__getitem__)
        if scores[weakest] >= doubt:
            break
        del cuts[weakest]
    return cuts


def _without_outliers(sizes: Sequence[int]) -> list[int]:
    """The same, a value that stands alone replaced by the median of its neighbourhood."""
    far = _ODD * _noise(sizes)
    calm = list(sizes)
    # Who is that far from the median of five is so from one of its two neighbours at least.
    steep = [at for at, (before, after) in enumerate(pairwise(sizes)) if abs(after - before) > far]
    for at in sorted({*steep, *(at + 1 for at in steep)}):
        near = median(sizes[max(at - 2, 0) : at + 3])
        if abs(sizes[at] - near) > far:
            calm[at] = round(near)
    return calm


def _noise(sizes: Sequence[float]) -> float:
    """The standard deviation around the level, told from neighbours: a moved level hardly touches it."""
    apart = sorted(map(abs, map(sub, sizes[1:], sizes)))
    kept = apart[: max(len(apart) * 19 // 20, 1)]  # steps and outliers are rare
    # The mean counts as well: a history that jumps between two values has a median of zero.
    return float(max(_MAD * apart[len(apart) // 2] / 2**0.5, _MEAN * sum(kept) / len(kept), 0.5))


def _proposed(sums: Sequence[float], scale: float) -> list[int]:
    """Places where the means of the windows before and behind differ most, in order."""
    count = len(sums) - 1
    found: dict[int, float] = {}
    for width in _WINDOWS:
        if 2 * width > count:
            break
        unit = scale * (2 * width) ** 0.5  # of the difference of two sums of `width` values
        apart = [
            abs(after - 2 * mid + before)
            for before, mid, after in zip(sums, sums[width:], sums[2 * width :], strict=False)
        ]
        least = _MAYBE * unit
        for place in [place for place, score in enumerate(apart) if score > least]:
            score = apart[place]
            if score == max(apart[max(place - width // 2, 0) : place + width // 2 + 1]):
                found[place + width] = max(score / unit, found.get(place + width, 0))
    cuts: list[int] = []
    for at in sorted(found, key=lambda place: -found[place]):
        if all(abs(at - other) >= _WINDOWS[0] for other in cuts):
            cuts.append(at)
    return sorted(cuts)


def _near(edges: Sequence[int]) -> range:
    """The places near a cut."""
    start, cut, end = edges
    return range(max(cut - 4, start + 2), min(cut + 5, end - 1))


def _best(sums: Sequence[float], edges: Sequence[int], near: range) -> int:
    """The place that parts two segments best; their cut where there is none."""
    start, cut, end = edges
    total = (sums[end] - sums[start]) / (end - start)

    def between(at: int) -> float:
        off = sums[at] - sums[start] - total * (at - start)
        return off * off * (1 / (at - start) + 1 / (end - at))

    return max(near, key=between, default=cut)


def _score(values: Sequence[float], sums: Sequence[float], edges: Sequence[int], whole: float) -> float:
    """How far apart the means of two neighbouring segments are, in standard errors of their noise."""
    start, cut, end = edges
    if cut - start < 3 or end - cut < 3:
        return 0.0
    apart = (sums[end] - sums[cut]) / (end - cut) - (sums[cut] - sums[start]) / (cut - start)
    error = sum(_variance(values, a, b, whole) / (b - a) for a, b in ((start, cut), (cut, end)))
    return abs(apart) / float(error**0.5)


def _variance(values: Sequence[float], start: int, end: int, whole: float) -> float:
    """Of the noise in a segment.

    A dozen values say little about it: calm by chance they make a move of nothing, restless by chance they
    hide one. So they are weighed against the noise of the `whole` history, and of the builds around them,
    which may be another: the larger counts.
    """
    count = end - start
    first = max(min(start - (_KNOWN - count) // 2, len(values) - _KNOWN), 0)
    around = whole if count >= _KNOWN else max(whole, _noise(values[first : first + _KNOWN]))
    return (_noise(values[start:end]) ** 2 * count + around**2 * _KNOWN) / (count + _KNOWN)
