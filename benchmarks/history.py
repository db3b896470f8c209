"""How fast is a history of 10,000 builds of 200 measures, against bare SQL on the same tables?

Run as `make bench-history`. Each figure is the median of several rounds in this process; ratios count, for
machines differ. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from imgcheck.history import jumps, sqlite
from imgcheck.history.builds import Build, Size, Track
from imgcheck.history.store import Wanted

START = datetime(2020, 1, 1, tzinfo=UTC)
TRACK = Track("component", "c7", "flash")


def builds(count: int, measures: int) -> list[Build]:
    """A main branch whose components grow by skewed commits."""
    r = random.Random(1)
    sizes = [r.randint(1_000, 60_000) for _ in range(measures)]
    made = []
    for number in range(count):
        for _ in range(3):
            at = r.randrange(measures)
            sizes[at] = max(sizes[at] + int(r.lognormvariate(3.3, 1.0)) * r.choice((1, 1, -1)), 0)
        rows = tuple(Size("component", f"c{at}", "flash", size) for at, size in enumerate(sizes))
        made.append(Build(START + timedelta(hours=6 * number), f"r{number}", "main", "bl602", sizes=rows))
    return made


def timed(work: Callable[[], object], rounds: int = 7) -> float:
    """Median milliseconds."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append(1e3 * (time.perf_counter() - start))
    return statistics.median(found)


def main() -> None:
    """Fills a store and asks it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--builds", type=int, default=10_000)
    arguments.add_argument("--measures", type=int, default=200)
    asked = arguments.parse_args()
    made = builds(asked.builds + 20, asked.measures)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.db"
        start = time.perf_counter()
        with sqlite.connect(path, write=True) as store:
            store.add(made[:-20])
        print(f"{asked.builds:,} builds of {asked.measures} measures: {path.stat().st_size >> 20} MiB, "
              f"filled in {time.perf_counter() - start:.1f} s")  # fmt: skip
        rest = iter(made[-20:])

        def record() -> None:
            with sqlite.connect(path, write=True) as opened:
                opened.add([next(rest)])

        one = timed(record, 15)
        with sqlite.connect(path) as store:
            bare = sqlite3.connect(path)
            grouped = "SELECT track, count(*), min(size), max(size) FROM point GROUP BY track"
            points = (
                "SELECT build, size FROM point JOIN build ON build.id = build JOIN track ON track.id = track "
                "WHERE name = 'c7' ORDER BY date"
            )
            rows: tuple[tuple[str, float, float | None], ...] = (
                ("record one build", one, None),
                ("overview", timed(store.overview), timed(lambda: bare.execute(grouped).fetchall())),
                (
                    "one series",
                    timed(lambda: store.series(TRACK)),
                    timed(lambda: bare.execute(points).fetchall()),
                ),
                ("the newest 50", timed(lambda: list(store.builds(Wanted(last=50)))), None),
            )
            series = [point.size for point in store.series(TRACK)][:300]
            rows += (("jumps of a series of 300", timed(lambda: jumps.jumps(series), 25), None),)
            print(f"{'':28}{'ms':>9}{'bare SQL':>10}{'ratio':>8}")
            for name, took, floor in rows:
                compared = f"{floor:10.2f}{took / floor:8.2f}" if floor else ""
                print(f"{name:28}{took:9.2f}{compared}")
            bare.close()


if __name__ == "__main__":
    main()
