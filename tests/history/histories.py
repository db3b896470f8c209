"""Histories with known answers: drift of skewed commits, true steps among them, noise around a level."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import accumulate

COMMITS: dict[str, Callable[[random.Random], float]] = {
    "normal": lambda r: r.gauss(20, 80),
    "exponential": lambda r: r.expovariate(1 / 60) * r.choice((1, 1, -1)),
    "wide exponential": lambda r: r.expovariate(1 / 100) * r.choice((1, 1, -1)),
    "log-normal": lambda r: r.lognormvariate(3.5, 0.8) * r.choice((1, 1, -1)),
    "wide log-normal": lambda r: r.lognormvariate(3.3, 1.0) * r.choice((1, 1, -1)),
    "growing by fours": lambda r: 4 * int(r.expovariate(1 / 20)),
    "gamma": lambda r: r.gammavariate(2, 40) * r.choice((1, 1, -1)),
}


def hard(seed: int, kind: str, count: int = 300, steps: int = 5) -> tuple[list[int], list[int]]:
    """Sizes of `count` builds, two in five without a change, and the places of the true steps."""
    r = random.Random(seed)
    places = sorted(r.sample(range(10, count - 10), steps))
    size, sizes = 700_000, [700_000]
    for at in range(1, count):
        if at in places:
            size += r.choice((1, 1, 1, -1)) * r.randint(600, 3_000)
        elif r.random() < 0.6:
            size += int(COMMITS[kind](r))
        sizes.append(size)
    return sizes, places


def noisy(seed: int, count: int = 300, moved: int = 400) -> tuple[list[int], list[int]]:
    """A level with noise that moves once."""
    r = random.Random(seed)
    place = r.randrange(60, count - 60)
    return [round(90_000 + r.gauss(0, 100) + (moved if at >= place else 0)) for at in range(count)], [place]


def growing(seed: int, count: int = 700) -> list[int]:
    """A size that drifts by one of four kinds of commits, with a large step now and then."""
    r = random.Random(seed)
    drift = r.uniform(20, 150)
    size, sizes = 700_000, [700_000]
    for _ in range(count):
        change = 0.0
        if r.random() < 0.6:
            change = (
                r.gauss(drift, drift * 2),
                r.lognormvariate(0, 1) * drift * r.choice((1, 1, 1, -1)),
                r.expovariate(1 / drift) * r.choice((1, 1, -0.5)),
                r.gauss(drift, drift),
            )[seed % 4]
        if r.random() < 0.02:
            change += r.randint(600, 3_000) * r.choice((1, 1, -1))
        size += int(change) // 4 * 4
        sizes.append(size)
    return sizes


# Written by hand, in the shape of what firmware projects publish: differences from release to release.
BY_HAND: dict[str, str] = {
    "drivers come in": """
        0 64 16 0 212 48 -8 0 1404 32 4 0 96 116 -24 0 0 88 340 12 52 0 164 8 0 1876 -12 44 28 0 76
        0 120 20 -64 0 256 36 0 68 0 924 112 -4 0 48 16 184 0 92 0 24 420 0 -36 60 8 0 148 2232 -116
        40 0 72 32 0 204 12 0 56 0 136 -8 88 0 760 20 4 0 308 0 64 44 0 180 -16 0 1528 72 24 0 112 0
        52 96 0 16 236 0 -20 84 40 0 68""",
    "an SDK is raised twice": """
        12 0 44 80 0 24 0 140 36 0 -16 64 8 0 52 92 0 20 0 5212 -420 88 0 36 0 60 124 0 12 0 48 -8
        72 0 28 0 96 40 0 16 0 184 56 0 32 0 -24 68 0 108 4 0 44 0 20 76 0 6844 -1216 140 0 52 0 24
        88 0 36 0 64 12 0 116 0 40 -12 0 72 0 28 156 0 48 0 20 0 92 60 0 8 0 132 44 0 24 0 80 16 0
        56 0 100 0 36 68 0 -20 84 0 48 0 28""",
    "grows, is stripped, grows": """
        220 148 96 312 0 184 76 260 128 0 404 92 156 0 232 64 348 116 0 272 140 -3120 88 196 0 252
        104 324 0 168 72 288 136 0 216 380 84 0 240 112 300 0 176 60 264 148 0 332 -1884 124 208 0
        92 276 156 0 344 68 228 0 132 296 180 0 100 252 144 0 368 76 212 0 284 120 192 0 336 -2456
        152 244 0 88 268 172 0 316 108 232 0""",
    "commits of a busy week, quiet months": """
        0 0 4 0 0 0 16 0 0 0 0 288 412 196 520 344 132 0 0 0 8 0 0 0 0 24 0 0 0 0 12 0 0 176 604 388
        252 456 60 0 0 0 0 4 0 0 20 0 0 0 0 0 0 8 0 320 228 512 148 416 292 84 0 0 0 12 0 0 0 0 0 0
        28 0 0 0 0 4 0 488 216 364 572 140 96 0 0 0 0 16 0 0 0 8 0 0 0 0 244 336 424 188 532 64 0 0
        0 20 0 0 0 0 12 0 0 0 308 452 276""",
    "one protocol is written, kept up, then another": """
        312 540 128 -64 876 204 412 96 648 1120 244 -180 364 752 88 520 196 432 -72 284 616 140 48
        -24 36 0 12 -40 0 28 64 0 -16 8 0 44 0 0 20 -32 0 56 4 0 -8 0 24 0 36 0 -60 12 0 0 16 0 40
        -4 0 0 28 0 8 0 0 -48 0 32 0 188 460 1044 92 728 356 -140 584 216 904 332 120 676 1340 -220
        408 264 548 172 812 84 396 620 -96 244 4""",
    "rare releases, each of many commits": """
        1240 860 -320 2104 460 1776 92 3380 -748 1016 640 2588 1304 228 -1492 1920 804 4116 356 1548
        -212 2360 1092 712 -936 3024 484 1668 140 2216 -580 1384 904 5240 -1128 776 1856 320 2472
        -264 1140 3608 556 -404 1992 1256 668 2840 -1616 948 1724 208 3312 -132 1468 1036 2056 392
        -852 4480 1188 616 2704 -476 1328""",
}  # fmt: skip


def by_hand(name: str) -> list[int]:
    """Sizes from the differences."""
    return list(accumulate(map(int, BY_HAND[name].split()), initial=700_000))
