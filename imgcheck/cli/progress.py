"""A progress bar on a terminal, for what takes over a second; nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 1.0  # seconds that pass without a word


@contextmanager
def shown() -> Iterator[Callable[[str, float], None]]:
    """Gives a function that takes what is being done and the share of all that is done (0 to 1)."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.text import Text

    started = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), transient=True
    )
    task = bar.add_task("", total=1.0)

    def progress(what: str, share: float) -> None:
        if time.monotonic() - started > _PATIENCE and not bar.live.is_started:
            bar.start()
        # A feature's name comes from a source file: it is text, not rich's mark-up.
        bar.update(task, completed=share, description=Text(what).markup)

    try:
        yield progress
    finally:
        if bar.live.is_started:
            bar.stop()
