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
from itertools import chain, compress, pairwise, repeat
from math import exp, log
from operator import mul, ne, sub
from statistics import NormalDist, median
from typing import NamedTuple

from imgcheck.history import segments

ONCE = 0.7  # how many jumps a history without any may show, on average
_FEW = 12  # differences below which only their scale is known
_GAP = 4.0  # times larger than the next smaller one: what counts as a jump there
_QUANTILES = tuple(number / 20 for number in range(2, 20))  # 10 % to 95 %: what is rare stays outside
_RESTLESS = 5.0  # standard errors from which noise is another
_WRONG = 1e-3  # share of noisy histories with one level too many
# Of 50 builds each, 400 sizes and 130 noisy ones are told apart by these.
_LATER, _AWAY, _NOISE = 4, 0.1, -0.06
_ODD = 6  # standard deviations away from its neighbours: no part of the noise
_NORMAL = NormalDist()
_WEIBULL = tuple(log(-log(1 - share)) for share in _QUANTILES)  # where its quantiles lie on a line
_LOGNORMAL = tuple(map(_NORMAL.inv_cdf, _QUANTILES))


class Jump(NamedTuple):
    """A change out of proportion: the place of the first build that has it, and bytes.

    Of a history that is noisy `words` tell what is no move of its level: noise that changes, one odd build.
    """

    at: int
    delta: int
    words: str = ""


def jumps(sizes: Sequence[int], least: int = 1) -> list[Jump]:
    """The differences of at least `least` bytes that the others do not explain, in order."""
    deltas = _without_spikes(list(map(sub, sizes[1:], sizes)))
    if not any(deltas):
        return []
    if noisy(sizes):
        return levels(sizes, least)
    changed = [(at, delta) for at, delta in enumerate(deltas, 1) if delta]
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
    deltas = list(map(sub, sizes[1:], sizes))
    if len(deltas) < _FEW or len(deltas) - deltas.count(0) < 0.25 * len(deltas):
        return False
    # Ranks and medians, so that one step does not outweigh all the noise.
    ranks = _signed_ranks(deltas)
    opposed = sum(map(mul, ranks, ranks[1:])) / sum(map(mul, ranks, ranks))
    near = median(map(abs, deltas))
    far = median(map(abs, map(sub, sizes[_LATER:], sizes)))
    return bool(opposed + _AWAY * min(far / max(near, 1), _LATER) < _NOISE)


def _signed_ranks(values: Sequence[int]) -> list[int]:
    ordered = sorted(set(map(abs, values)))
    rank = dict(zip(ordered, range(1, len(ordered) + 1), strict=True))
    rank |= {-value: -index for value, index in rank.items()} | {0: 0}
    return list(map(rank.__getitem__, values))


def levels(sizes: Sequence[int], least: int = 1) -> list[Jump]:
    """Where the level of a noisy history moves by at least `least` and by more than its noise.

    And where the noise itself grows or calms down, which is a move of how far the sizes are from their level.
    """
    if len(sizes) < 2:
        return []
    calm = _without_outliers(sizes)
    cuts = segments.cuts(calm, _NORMAL.inv_cdf(1 - _WRONG / len(calm)), again=True)
    parts = [calm[a:b] for a, b in pairwise((0, *cuts, len(calm)))]
    mids = [median(segment) for segment in parts]
    moved = (
        Jump(cut, round(after - before)) for cut, (before, after) in zip(cuts, pairwise(mids), strict=True)
    )
    found = [one for one in moved if abs(one.delta) >= least]
    odd = [
        at
        for at in compress(range(len(calm)), map(ne, sizes, calm))
        if at
        and abs(sizes[at] - calm[at])
        > _ODD * segments.noise(sizes[max(at - segments.WINDOWS[1], 0) : at + segments.WINDOWS[1]])
    ]
    found += [Jump(at, sizes[at] - calm[at], "noise: this build only") for at in odd]
    apart = list(
        map(abs, chain.from_iterable(map(sub, *one) for one in zip(parts, map(repeat, mids), strict=True)))
    )
    restless = [
        at
        for at in segments.cuts(apart, _RESTLESS, again=False)
        if all(abs(at - cut) >= segments.WINDOWS[0] for cut in cuts)
    ]
    if not restless:
        return sorted(found)
    noise = [round(segments.MAD * median(apart[a:b])) for a, b in pairwise((0, *restless, len(calm)))]
    found += [
        Jump(at, 0, f"noise: +-{before} -> +-{after} bytes")
        for at, (before, after) in zip(restless, pairwise(noise), strict=True)
    ]
    return sorted(found)


def _without_outliers(sizes: Sequence[int]) -> Sequence[int]:
    """The same, a value that stands alone replaced by the median of its neighbourhood."""
    apart = segments.differences(sizes)
    far = _ODD * segments.spread(apart)
    if max(apart) <= far:
        return sizes
    calm = list(sizes)
    # Who is that far from the median of five is so from one of its two neighbours at least.
    steep = list(compress(range(len(apart)), map(far.__lt__, apart)))
    for at in sorted({*steep, *(at + 1 for at in steep)}):
        near = median(sizes[max(at - 2, 0) : at + 3])
        if abs(sizes[at] - near) > far:
            calm[at] = round(near)
    return calm
