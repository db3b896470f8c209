"""Runs the fuzz targets in turns, as many at once as there are cores, and keeps count: `make fuzz`.

What was run is added up in out/fuzz/totals.json, so that a run goes on where the last one ended.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
LIMITS = ("-timeout=10", "-rss_limit_mb=1024", "-len_control=0", "-print_final_stats=1")
_RAN = re.compile(r"^stat::number_of_executed_units: (\d+)$", re.MULTILINE)
_LINES = re.compile(r"reach (\d+) of (\d+) lines in (\d+) modules")


class Ran(NamedTuple):
    """What a target has done so far: inputs, seconds of processor time, faults, lines it reaches of all."""

    inputs: int = 0
    seconds: float = 0.0
    faults: int = 0
    lines: int = 0
    of: int = 0

    def more(self, other: Ran) -> Ran:
        """Both; the lines are those of the later one."""
        lines, of = other[3:] if other.of else self[3:]
        seconds = self.seconds + other.seconds
        return Ran(self.inputs + other.inputs, seconds, self.faults + other.faults, lines, of)


class Turn(NamedTuple):
    """How a target is run: for so many seconds, where its inputs are kept."""

    out: Path
    seconds: int


def targets(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """The targets of a folder by name, all of them where none is named."""
    found = {path.stem.removeprefix("fuzz_"): path for path in sorted(folder.glob("fuzz_*.py"))}
    if unknown := set(names) - found.keys():
        raise SystemExit(f"no fuzz target is called {', '.join(sorted(unknown))}")
    return {name: path for name, path in found.items() if not names or name in names}


def turn(name: str, program: Path, how: Turn) -> Ran:
    """One target for its time; what it says stands in out/fuzz_NAME.log."""
    corpus = how.out / f"fuzz_{name}"
    corpus.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, HERE / "seeds.py", corpus, name], check=True)
    ours = program.parent / "corpus" / name
    corpora = [corpus, *([ours] if ours.is_dir() else [])]
    log = how.out / f"fuzz_{name}.log"
    limits = (*LIMITS, f"-max_total_time={how.seconds}", f"-artifact_prefix={how.out}/fuzz_{name}-")
    with log.open("wb") as said:
        began = subprocess.Popen([sys.executable, program, *limits, *corpora], stdout=said, stderr=said)
        _, status, used = os.wait4(began.pid, 0)
        began.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text("utf-8", "replace")
    ran = _RAN.search(text)
    # One that never said how much it did has not begun: a fault of the target.
    done = Ran(
        int(ran[1]) if ran else 0, used.ru_utime + used.ru_stime, int(began.returncode != 0 or not ran)
    )
    return done._replace(**_lines(program, corpora))


def _lines(program: Path, corpora: Sequence[Path]) -> dict[str, int]:
    said = subprocess.run(
        [sys.executable, program, *corpora],
        env={**os.environ, "FUZZ_LINES": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    reached = _LINES.search(said.stdout)
    return {"lines": int(reached[1]), "of": int(reached[2])} if reached else {}


def totals(out: Path) -> dict[str, Ran]:
    """What runs before this one did."""
    kept = out / "totals.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    return {name: Ran(*row) for name, row in known.items()}


def keep(out: Path, known: dict[str, Ran]) -> None:
    """Written whole or not at all: a run may be ended at any time."""
    (out / "totals.new").write_text(json.dumps(known, indent=1))
    (out / "totals.new").replace(out / "totals.json")


def table(known: dict[str, Ran]) -> Iterator[str]:
    """A line for each target, and one for all."""
    yield f"{'target':<14}{'inputs':>12}{'a second':>10}{'lines':>14}{'faults':>8}"
    for name, one in sorted(known.items()):
        rate = one.inputs / max(one.seconds, 0.01)
        yield f"{name:<14}{one.inputs:>12,}{rate:>10,.0f}{f'{one.lines}/{one.of}':>14}{one.faults:>8}"
    inputs, seconds, faults = (sum(one[at] for one in known.values()) for at in range(3))
    yield f"{'all':<14}{inputs:>12,}{inputs / max(seconds, 0.01):>10,.0f}{'':>14}{faults:>8}"
    yield f"{seconds:,.0f} s of processor time"


def main() -> int:
    """Turns until every target had its time or, with --until, there were so many inputs; 1 with a fault."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*", help="targets; all of them if none")
    asked.add_argument("--seconds", type=int, default=60, help="of each turn of a target")
    asked.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="targets at once")
    asked.add_argument("--until", type=int, default=0, help="turns go on until there were so many inputs")
    asked.add_argument("--out", type=Path, default=Path("out/fuzz"))
    asked.add_argument("--targets", type=Path, default=HERE)
    given = asked.parse_args()
    chosen = targets(given.targets, given.names)
    given.out.mkdir(parents=True, exist_ok=True)
    known = totals(given.out)
    how = Turn(given.out, given.seconds)
    faults = 0
    while True:
        with ThreadPoolExecutor(given.jobs) as pool:
            done = zip(chosen, pool.map(turn, chosen, chosen.values(), repeat(how)), strict=True)
            for name, ran in done:
                known[name] = known.get(name, Ran()).more(ran)
                keep(given.out, known)
                sys.stdout.write(f"{name}: {ran.inputs:,} inputs in {ran.seconds:,.0f} s\n")
                sys.stdout.flush()
                if ran.faults:
                    faults += 1
                    sys.stdout.write(f"  a fault: {given.out}/fuzz_{name}.log\n")
        if faults or sum(one.inputs for one in known.values()) >= given.until:
            break
    sys.stdout.write("\n".join(table(known)) + "\n")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
