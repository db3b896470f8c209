"""How long does a whole release take? Writes a made-up one of full size, and times `imgcheck release` on it.

Wall and processor time of a whole process, the median of the rounds; nothing here is a test.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "build" / "release" / "1.18.299"
IMGCHECK = Path(sys.executable).with_name("imgcheck")
TARGET = 5.0  # seconds for 150 files


def main() -> int:
    """Makes the release if it is not there, and prints a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    if not FOLDER.exists():
        sys.path.insert(0, str(HERE.parent / "tests"))
        import releases

        releases.write(FOLDER)
    files = list(FOLDER.iterdir())
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size:,} bytes; {os.cpu_count()} processors, {os.getloadavg()[0]:.1f} busy")
    for title, more in (("alone", []), ("against itself", ["--against", str(FOLDER)])):
        wall, work = [], []
        for _ in range(rounds):
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run(
                [IMGCHECK, "release", FOLDER, *more, "--output", "json"],
                stdout=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            wall.append(time.perf_counter() - start)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            work.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        told = f"{statistics.median(wall):.2f} s, {statistics.median(work):.2f} s of it work"
        print(f"{title}: {told} (target: {TARGET:.0f} s for 150 files)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
