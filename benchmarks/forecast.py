"""Does the forecast's 80 % interval hold the truth in four of five histories?

The histories are made in seven ways, none of them that of the tests (tests/history/histories.py, `--tests`),
and cut where 9 to 60 builds are known. A history that never passes its limit is left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from imgcheck.history import forecast, trend

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "history"))
import histories

BANDS = ((9, 15), (15, 30), (30, 60), (60, 60))  # builds that are known
START = 700_000
LONGEST = 700
Deltas = Iterator[float]


def _smooth(r: Random) -> Deltas:
    """Every build grows by about the same, some by less."""
    mean = r.uniform(10, 120)
    spread = mean * r.uniform(0.5, 3)
    while True:
        yield r.gauss(mean, spread)


def _skewed(r: Random) -> Deltas:
    """Most commits are small, some are large, a few are features."""
    mean, idle, wide = r.uniform(20, 100), r.uniform(0.2, 0.7), r.uniform(0.6, 1.3)
    step, up = r.uniform(0, 0.05), r.uniform(0.6, 0.95)
    while True:
        delta = 0.0
        if r.random() > idle:
            delta = r.lognormvariate(0, wide) * mean * (1 if r.random() < up else -1)
        if r.random() < step:
            delta += r.randint(600, 3_000) * (1 if r.random() < 0.7 else -1)
        yield delta


def _steps(r: Random) -> Deltas:
    """Hardly any drift: what counts is steps."""
    commits = histories.COMMITS[r.choice(list(histories.COMMITS))]
    step = r.uniform(0.01, 0.03)
    while True:
        if r.random() < step:
            yield r.choice((1, 1, 1, -1)) * r.randint(600, 3_000)
        else:
            yield commits(r) if r.random() < 0.6 else 0


def _releases(r: Random) -> Deltas:
    """Releases of some commits each (heavy tails); now and then one is stripped."""
    many, least, tail, up = r.uniform(1, 8), r.uniform(5, 30), r.uniform(1.6, 3), r.uniform(0.65, 0.95)
    while True:
        if r.random() < 0.01:
            yield -r.randint(500, 4_000)
            continue
        commits = round(r.expovariate(1 / many))
        yield sum(least * r.paretovariate(tail) * (1 if r.random() < up else -1) for _ in range(commits))


def _bursts(r: Random) -> Deltas:
    """Weeks of work, weeks without."""
    mean, begins, ends, busy = r.uniform(10, 60), r.uniform(0.03, 0.1), r.uniform(0.1, 0.3), False
    while True:
        busy = r.random() > ends if busy else r.random() < begins
        yield r.gauss(mean * 4, mean * 4) if busy else r.gauss(mean * 0.3, mean)


def _rare(r: Random) -> Deltas:
    """Most releases change nothing."""
    often, mean = r.uniform(0.05, 0.3), r.uniform(80, 500)
    while True:
        yield r.expovariate(1 / mean) * (1 if r.random() < 0.85 else -1) if r.random() < often else 0


def _small(r: Random) -> Deltas:
    """An eighth of the others' size: a boot loader."""
    for delta in _skewed(r):
        yield delta / 8


def _sizes(make: Callable[[Random], Deltas], seed: int) -> list[int]:
    size = START // 8 if make is _small else START
    sizes = [size]
    for delta, _ in zip(make(Random(seed)), range(LONGEST), strict=False):
        size += int(delta)
        sizes.append(size)
    return sizes


MADE: tuple[Callable[[Random], Deltas], ...] = (_smooth, _skewed, _steps, _releases, _bursts, _rare, _small)


class Tally:
    """How often the truth lay inside, and how often before or behind."""

    def __init__(self) -> None:
        self.inside = self.early = self.late = 0

    def add(self, sizes: list[int], known: int, cut: int, room: int, paths: int) -> None:
        """Forecasts from the builds before `cut` and looks at what came."""
        limit = sizes[cut] + room
        true = next((at - cut for at in range(cut + 1, len(sizes)) if sizes[at] > limit), None)
        if true is None:
            return
        told = trend.outlook(sizes[cut - known : cut + 1], limit, paths)
        assert told is not None
        low = trend.FARTHEST + 1 if told.low is None else told.low
        high = trend.FARTHEST + 1 if told.high is None else told.high
        self.early += true < low
        self.late += true > high
        self.inside += low <= true <= high

    def __str__(self) -> str:
        count = max(self.inside + self.early + self.late, 1)
        parts = (f"{100 * part / count:.0f}" for part in (self.early, self.late))
        return f"{100 * self.inside / count:6.1f} % of {count:4} (before/behind {'/'.join(parts)})"

    def __add__(self, other: Tally) -> Tally:
        both = Tally()
        both.inside, both.early, both.late = (
            self.inside + other.inside,
            self.early + other.early,
            self.late + other.late,
        )
        return both


def main() -> None:
    """Prints a line for each kind of history and for each length."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--histories", type=int, default=72, help="of each kind and length")
    asked.add_argument("--paths", type=int, default=200)
    asked.add_argument("--tests", action="store_true", help="the histories of the tests instead")
    given = asked.parse_args()
    made = {"growing": histories.growing} if given.tests else {
        make.__name__[1:]: lambda seed, make=make: _sizes(make, seed) for make in MADE
    }  # fmt: skip
    bands = {band: Tally() for band in BANDS}
    for name, make in made.items():
        whole = Tally()
        for band, known in bands.items():
            tally = Tally()
            for seed in range(given.histories):
                r = Random(seed * 13 + band[0])
                count = min(r.randint(*band), forecast.WINDOW)
                room = r.randint(2_000, 12_000) // (8 if name == "small" else 1)
                tally.add(make(seed), count, r.randint(count, 130), room, given.paths)
            bands[band] = known + tally
            whole += tally
        print(f"{name:12}{whole}", flush=True)
    for (least, most), tally in bands.items():
        print(f"{least:3}-{most:3} known {tally}")
    print(f"{'all':12}{sum(bands.values(), Tally())}")


if __name__ == "__main__":
    main()
