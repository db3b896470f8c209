"""How fast does a size grow, and in which build will it pass a limit?

The growth is the median of the slopes between all pairs of builds (Theil-Sen), each change out of proportion
taken out first and its share given back: what jumps did is growth too, but no trend. The interval comes from
histories that could have been: blocks of the real differences, drawn again (block bootstrap), first to
have another past with another growth, then to go on from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random
from statistics import median
from typing import NamedTuple

from imgcheck.history import jumps

PATHS = 400  # futures: the ends of an 80 % interval are then good to a few per cent of it
FARTHEST = 2_000  # builds: beyond that nothing is said
FEWEST = 8  # differences that a forecast needs
_MOST_PAIRS = 20_000
# The ends of the 80 % interval. A past of some dozen builds holds too few of the rare large steps, and
# without them the limit seems farther: in a backtest of 500 histories the truth lay evenly outside these two.
_LOW, _HIGH = 0.02, 0.89


class Outlook(NamedTuple):
    """When a size passes a limit, in builds from the last one; None: not within FARTHEST.

    `per_build` is bytes; `left` is the median, `low` and `high` the ends of the 80 % interval.
    """

    per_build: float
    left: int | None
    low: int | None
    high: int | None


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
    found = jumps.jumps(sizes)
    moved = [0] * len(sizes)
    for one in found:
        moved[one.at] = one.delta
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
    block = max(round(len(deltas) ** (1 / 3)), 1)
    ends = sorted(
        (_passes(_drawn(deltas, block, random), room, block, random) for _ in range(paths)),
        key=lambda end: FARTHEST + 1 if end is None else end,
    )
    return Outlook(
        growth(sizes), ends[len(ends) // 2], ends[int(_LOW * len(ends))], ends[int(_HIGH * len(ends))]
    )


def fan(sizes: Sequence[int], ahead: int, paths: int = PATHS) -> list[tuple[int, int, int]]:
    """For each of the next `ahead` builds the sizes that 10, 50 and 90 % of the futures stay below."""
    deltas = [after - before for before, after in pairwise(sizes)]
    if len(deltas) < FEWEST:
        return []
    random = Random(0)
    block = max(round(len(deltas) ** (1 / 3)), 1)
    futures = [_future(_drawn(deltas, block, random), sizes[-1], ahead, block, random) for _ in range(paths)]
    at = [int(share * (paths - 1)) for share in (0.1, 0.5, 0.9)]
    columns = (sorted(column) for column in zip(*futures, strict=True))
    return [(column[at[0]], column[at[1]], column[at[2]]) for column in columns]


def _future(past: Sequence[int], size: int, ahead: int, block: int, random: Random) -> list[int]:
    sizes: list[int] = []
    while len(sizes) < ahead:
        start = random.randrange(len(past))
        for delta in past[start : start + block]:
            size += delta
            sizes.append(size)
    return sizes[:ahead]


def _drawn(deltas: Sequence[int], block: int, random: Random) -> list[int]:
    """Another past of the same length, of blocks of the real one (which is taken to be a ring)."""
    count = len(deltas)
    ring = [*deltas, *deltas[: block - 1]]
    past: list[int] = []
    while len(past) < count:
        start = random.randrange(count)
        past += ring[start : start + block]
    return past[:count]


def _passes(past: Sequence[int], room: int, block: int, random: Random) -> int | None:
    """The number of the first build that needs more than `room`, None beyond FARTHEST."""
    mean = sum(past) / len(past)
    if mean <= 0 and room > 0 and max(accumulate(past)) * 3 < room:
        return None
    need, builds, count = room, 0, len(past)
    while builds < FARTHEST:
        start = random.randrange(count)
        for delta in past[start : start + block]:
            need -= delta
            builds += 1
            if need < 0:
                return builds if builds <= FARTHEST else None
    return None
