"""How fast does a size grow, and in which build will it pass a limit?

The growth is the median of the slopes between all pairs of builds (Theil-Sen), each change out of proportion
taken out first and its share given back: what jumps did is growth too, but no trend.

The interval comes from histories that could have been. Ordinary differences are drawn again in blocks (block
bootstrap), first to have another past with another growth, then to go on from it; their mean is no surer than
they are, so they are spread by sqrt(n / (n - 1)). Steps out of proportion are too rare for that: how often
they come, which way and how large is drawn from what was seen together with what is known of firmware
anyway (a feature or a library comes in), which counts the less the more was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice, pairwise, repeat
from math import inf
from random import Random
from statistics import median
from typing import NamedTuple

from imgcheck.history import jumps

PATHS = 400  # futures: the ends of an 80 % interval are then good to a few per cent of it
FARTHEST = 2_000  # builds: beyond that nothing is said
FEWEST = 8  # differences that a forecast needs
_MOST_PAIRS = 20_000
_AT_ONCE = 50  # builds that are looked at together
_LOW, _HIGH = 0.1, 0.9
# What is known of steps beforehand: as much as half of one in 25 builds would say, three of four of them
# upwards (as sure as three steps are), about 0.2 % of the firmware large.
_STEPS, _BUILDS = 0.5, 25
_UP, _SIGNS = 0.75, 3.0
_STEP = 0.002
_SPREAD, _AGAIN = 0.6, 0.3  # of the logarithm of a step's size: of one never seen, of one like another


class Outlook(NamedTuple):
    """When a size passes a limit, in builds from the last one; None: not within FARTHEST.

    `per_build` is bytes; `left` is the median if all goes on as seen, `low` and `high` the ends of the 80 %
    interval, which also holds what was not seen yet.
    """

    per_build: float
    left: int | None
    low: int | None
    high: int | None


class _Past(NamedTuple):
    """Differences taken apart: ordinary ones, spread, and the sizes of steps with how many went up."""

    calm: Sequence[float]
    steps: Sequence[int]
    up: int
    unseen: float  # size of a step like none before; 0 where every build grows alike, or none does
    block: int
    builds: int


def slope(sizes: Sequence[int]) -> float:
    """Theil-Sen: the median of the slopes of all pairs (of evenly chosen ones in a long history)."""
    count = len(sizes)
    if count < 2:
        return 0.0
    step = max(count * (count - 1) // 2 // _MOST_PAIRS, 1)
    slopes = [
        (sizes[j] - sizes[i]) / (j - i) for i in range(count) for j in range(i + 1 + i % step, count, step)
    ]
    return float(median(slopes)) if slopes else 0.0


def growth(sizes: Sequence[int]) -> float:
    """Bytes a build: the slope between the jumps, and the jumps spread over all builds."""
    if len(sizes) < 2:
        return 0.0
    moved = [0] * len(sizes)
    for one in jumps.jumps(sizes):
        if not one.words:  # noise that changes, or one odd build, leaves the level where it was
            moved[one.at] += one.delta
    calm = [size - jumped for size, jumped in zip(sizes, accumulate(moved), strict=True)]
    return slope(calm) + sum(moved) / (len(sizes) - 1)


def outlook(sizes: Sequence[int], limit: int, paths: int = PATHS) -> Outlook | None:
    """When the size passes `limit` bytes (it may be equal); None for a history that is too short.

    The same history gives the same answer: its futures are drawn with a fixed seed.
    """
    deltas = [after - before for before, after in pairwise(sizes)]
    if len(deltas) < FEWEST:
        return None
    room = limit - sizes[-1]
    if room < 0:
        return Outlook(growth(sizes), 0, 0, 0)
    random = Random(0)
    past = _past(deltas, sizes[-1])
    ends = sorted(_passes(_future(past, random), room) for _ in range(paths))
    seen = sorted(_passes(_same(deltas, past.block, random), room) for _ in range(paths))
    low, high = ends[int(_LOW * paths)], ends[int(_HIGH * paths)]
    left = min(max(seen[paths // 2], low), high)
    told = (None if end > FARTHEST else end for end in (left, low, high))
    return Outlook(growth(sizes), *told)


def fan(sizes: Sequence[int], ahead: int, paths: int = PATHS) -> list[tuple[int, int, int]]:
    """For each of the next `ahead` builds the sizes that 10, 50 and 90 % of the futures stay below."""
    deltas = [after - before for before, after in pairwise(sizes)]
    if len(deltas) < FEWEST:
        return []
    random = Random(0)
    past = _past(deltas, sizes[-1])

    def column(futures: Iterator[Iterator[float]]) -> list[list[float]]:
        made = [accumulate(islice(future, ahead), initial=sizes[-1]) for future in futures]
        return [sorted(sizes) for sizes in zip(*made, strict=True)][1:]

    wide = column(_future(past, random) for _ in range(paths))
    seen = column(_same(deltas, past.block, random) for _ in range(paths))
    ends = ((rows[int(_LOW * (paths - 1))], rows[int(_HIGH * (paths - 1))]) for rows in wide)
    mids = (rows[paths // 2] for rows in seen)
    return [
        (round(low), round(min(max(mid, low), high)), round(high))
        for (low, high), mid in zip(ends, mids, strict=True)
    ]


def _past(deltas: Sequence[int], size: int) -> _Past:
    """The differences taken apart; see the module."""
    changes = [abs(delta) for delta in deltas if delta]
    floor = (jumps.threshold(changes) if changes else 0.0) or inf
    calm = [delta for delta in deltas if abs(delta) < floor] or [0]
    steps = [delta for delta in deltas if abs(delta) >= floor]
    block = max(round(len(deltas) ** (1 / 3)), 1)
    independent = max(len(calm) / block, 2.0)
    mean, wider = sum(calm) / len(calm), (independent / (independent - 1)) ** 0.5
    return _Past(
        calm=[mean + wider * (delta - mean) for delta in calm],
        steps=[abs(delta) for delta in steps],
        up=sum(delta > 0 for delta in steps),
        unseen=float(max(_STEP * abs(size), *changes)) if len(set(deltas)) > 1 else 0.0,
        block=block,
        builds=len(deltas),
    )


def _same(deltas: Sequence[int], block: int, random: Random) -> Iterator[float]:
    """The differences of a future like the past and nothing else."""
    return _blocks(_drawn(deltas, block, random), block, random)


def _future(past: _Past, random: Random) -> Iterator[float]:
    """The differences of one future: ordinary ones, and steps among them."""
    calm = _blocks(_drawn(past.calm, past.block, random), past.block, random)
    count = len(past.steps)
    rate = random.gammavariate(count + _STEPS, 1 / (past.builds + _BUILDS))
    upwards = random.betavariate(past.up + _SIGNS * _UP, count - past.up + _SIGNS * (1 - _UP))

    def parts() -> Iterator[Iterable[float]]:
        while True:
            quiet = random.expovariate(rate) if rate else inf
            yield islice(calm, int(min(quiet, FARTHEST)))
            step = _step(past, random) if quiet <= FARTHEST else 0.0
            yield (next(calm) + (step if random.random() < upwards else -step),)

    return chain.from_iterable(parts()) if past.unseen else calm


def _step(past: _Past, random: Random) -> float:
    """The size of a step: like one that was seen, or one like none before."""
    if random.random() * (len(past.steps) + 1) < len(past.steps):
        return random.choice(past.steps) * random.lognormvariate(0, _AGAIN)
    return past.unseen * random.lognormvariate(0, _SPREAD)


def _drawn(deltas: Sequence[float], block: int, random: Random) -> list[float]:
    """Another past of the same length, of blocks of the real one (which is taken to be a ring)."""
    count = len(deltas)
    ring = [*deltas, *deltas[: block - 1]]
    past: list[float] = []
    while len(past) < count:
        start = random.randrange(count)
        past += ring[start : start + block]
    return past[:count]


def _blocks(past: Sequence[float], block: int, random: Random) -> Iterator[float]:
    """Goes on from a past for ever."""
    count = len(past)
    starts = (int(random.random() * count) for _ in repeat(None))
    return chain.from_iterable(past[start : start + block] for start in starts)


def _passes(deltas: Iterator[float], room: int) -> int:
    """The number of the first build that needs more than `room`; more than FARTHEST when none does."""
    need = 0.0
    for known in range(0, FARTHEST, _AT_ONCE):
        needs = list(accumulate(islice(deltas, min(_AT_ONCE, FARTHEST - known)), initial=need))
        if max(needs) > room:
            return known + next(builds for builds, need in enumerate(needs) if need > room)
        need = needs[-1]
    return FARTHEST + 1
