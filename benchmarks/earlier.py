"""The same commands of an earlier revision, taking turns with today's: is anything slower, or larger?"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from run import Row

HERE = Path(__file__).resolve().parent
NOISE = 1.05  # medians of one and the same command differ by as much


def checkout(revision: str) -> Path:
    """The package of that revision, in a folder of its own; SystemExit for one that git does not know."""
    tree = HERE / "build" / "earlier"
    git = ["git", "-C", str(HERE.parent)]
    asked = [*git, "archive", revision, "imgcheck", "budgets", "reports"]
    done = subprocess.run(asked, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"--against {revision}: {done.stderr.decode().strip()}")
    shutil.rmtree(tree, ignore_errors=True)
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(tree, filter="data")
    return tree


def twin(row: Row, tree: Path) -> Row:
    """The same command, by the package in `tree`: it lies before the installed one in Python's path."""
    return replace(row, extra={"PYTHONPATH": str(tree)}, seconds=[], cpu=[], peaks=[])


def table(pairs: Iterable[tuple[Row, Row]], revision: str, rounds: int) -> str:
    """Both side by side; what is more than noise larger is marked."""
    lines = [
        f"This revision beside {revision}, medians of {rounds}, taking turns, {os.cpu_count()} cores.",
        "",
    ]
    lines += ["| command | wall s | processor s | peak MiB | |", "|---|---:|---:|---:|---|"]
    missing: list[str] = []
    for before, now in pairs:
        if not (before.seconds and now.seconds):
            missing.append(f"\n{now.name} left out: {before.failure or now.failure}")
            continue
        kinds = ((before.seconds, now.seconds, 3), (before.cpu, now.cpu, 2), (before.peaks, now.peaks, 0))
        medians = [(statistics.median(old), statistics.median(new), digits) for old, new, digits in kinds]
        cells = [f"{old:.{digits}f} -> {new:.{digits}f}" for old, new, digits in medians]
        worse = [
            f"{what} {new / old:.2f} x"
            for what, (old, new, _) in zip(("wall", "processor", "peak"), medians, strict=True)
            if new > old * NOISE
        ]
        lines.append(f"| {now.name} | {' | '.join(cells)} | {', '.join(worse)} |")
    return "\n".join([*lines, *missing]) + "\n"
