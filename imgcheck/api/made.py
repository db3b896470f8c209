"""What a command wrote, as a report of its own."""

from collections.abc import Sequence
from pathlib import Path

from imgcheck.model import Report
from imgcheck.report import made


def report(command: str, paths: Sequence[Path], said: str = "") -> Report:
    """The report on files that are there now."""
    return made.build(command, [(str(path), path.stat().st_size) for path in paths], said)
