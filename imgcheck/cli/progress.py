"""How far is it?  A line on a terminal, for what takes longer than a moment; nothing elsewhere.

A timer's signal draws it, not a thread: where there is one, no work is done in a copy of the process
(`imgcheck.beside`), and being watched would make a prediction slower.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from typing import Any, TextIO

from imgcheck.printable import clip, printable

Told = Callable[[str, float], None]

_PATIENCE = 0.15  # seconds that pass without a word; the start of Python and click comes before them
_EVERY = 0.25  # seconds from one line to the next
_BAR = 20  # characters
_CLEAR = "\r\x1b[2K"


@contextmanager
def shown(what: str = "reading the files") -> Iterator[Told]:
    """Gives a function that takes what is being done and the share of all that is done (0 to 1).

    Until it is called `what` is being done.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    line = _Line(sys.stderr, what)
    try:
        with _ticking(line.draw):
            yield line.told
    finally:
        line.clear()


class Watch:
    """Tells how far it is, until it is over: nothing may be printed before that."""

    def __init__(self, told: Told, stack: ExitStack) -> None:
        self._told, self._stack = told, stack

    def __call__(self, what: str, share: float) -> None:
        """What is being done, and the share of all that is done."""
        self._told(what, share)

    def over(self) -> None:
        """Takes the line away."""
        self._stack.close()


def watched(command: Callable[..., int]) -> Callable[..., int]:
    """Gives the command `show: Watch`, which shows progress from before its options are looked into."""

    @wraps(command)
    def run(**parameters: Any) -> int:
        with ExitStack() as stack:
            return command(show=Watch(stack.enter_context(shown()), stack), **parameters)

    return run


class _Line:
    """What stands on the terminal's last line."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self._to = stream.fileno()
        self._begun = time.monotonic()
        self._what, self._share, self._drawn = what, 0.0, False
        encoding = (stream.encoding or "").lower().replace("-", "")
        self._full, self._empty = ("█", "░") if encoding == "utf8" else ("#", ".")
        self._encoding = stream.encoding or "ascii"

    def told(self, what: str, share: float) -> None:
        self._what, self._share = what, min(max(share, 0.0), 1.0)
        if time.monotonic() - self._begun > _PATIENCE:
            self.draw()

    def draw(self) -> None:
        seconds = time.monotonic() - self._begun
        full = round(self._share * _BAR)
        bar = self._full * full + self._empty * (_BAR - full)
        room = max(shutil.get_terminal_size().columns - 1, 1)
        # A feature's name comes from a source file.
        text = f"{bar}  {seconds:.0f} s  {printable(self._what)}"
        self._write(_CLEAR + clip(text, room))
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        # Past Python's buffers: the signal may come while one of them is being written.
        with suppress(OSError):
            os.write(self._to, text.encode(self._encoding, "replace"))


@contextmanager
def _ticking(draw: Callable[[], None]) -> Iterator[None]:
    """Draws now and then, whatever else is done; where there are no such timers, only when told."""
    alarm = getattr(signal, "SIGALRM", None)
    if alarm is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(alarm, lambda _number, _frame: draw())
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE, _EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(alarm, before)
