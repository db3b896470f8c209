"""Histories with known answers: drift of skewed commits, true steps among them, noise around a level."""

from __future__ import annotations

import random
from collections.abc import Callable

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
