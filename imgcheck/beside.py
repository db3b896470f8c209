"""Can this be done meanwhile?  Work in a copy of this process where there is a second core, and threads."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar

from imgcheck.errors import ImgcheckError

_Found = TypeVar("_Found")


@contextmanager
def threads() -> Iterator[None]:
    """Stands around what only starts threads: Python has no kind of error of its own for one too many."""
    try:
        yield
    except RuntimeError:
        raise ImgcheckError("no more threads or processes can be started here (ulimit -u)") from None


class Told(Generic[_Found]):
    """A value that work in a copy of this process waits for; made before the copy, and told once.

    Whoever makes one closes it.
    """

    def __init__(self) -> None:
        self._maker = os.getpid()
        self._said: list[_Found] = []
        self._ends = list(os.pipe())

    def __enter__(self) -> Told[_Found]:
        return self

    def __exit__(self, *_: object) -> None:
        while self._ends:
            os.close(self._ends.pop())

    def tell(self, value: _Found) -> None:
        """Says what it is; nobody need be waiting."""
        self._said.append(value)
        os.close(self._ends.pop(0))
        with suppress(BrokenPipeError), os.fdopen(self._ends.pop(), "wb") as out:
            pickle.dump(value, out, pickle.HIGHEST_PROTOCOL)

    def value(self) -> _Found:
        """What was told; raises EOFError in a copy whose maker ended without a word."""
        if os.getpid() != self._maker:
            self._maker = os.getpid()
            os.close(self._ends.pop())
            with os.fdopen(self._ends.pop(), "rb") as said:
                self._said.append(pickle.load(said))
        return self._said[0]


class Beside(Generic[_Found]):
    """Runs `work` beside whoever made it; `result` waits, and raises what it raised.

    The copy is made with os.fork, so nothing has to be handed over but what `work` returns. It must not
    write files or print. Where there is one core, no fork, or a thread whose locks a copy would inherit, the
    work is done here, when its result is asked for. Whoever makes one closes it. `forget` is called first, in
    the copy only: what it lets go of there stays here.
    """

    def __init__(self, work: Callable[[], _Found], forget: Callable[[], None] | None = None) -> None:
        self._work = work
        self._forget = forget
        self._child = 0
        self._pipe = -1
        if _cores() > 1 and hasattr(os, "fork") and threading.active_count() == 1:
            self._start()

    def __enter__(self) -> Beside[_Found]:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            self._end()

    def result(self) -> _Found:
        """What `work` returned."""
        if not self._child:
            return self._work()
        with os.fdopen(self._pipe, "rb", closefd=False) as pipe:
            said = pipe.read()
        self._end()
        try:
            good, found = pickle.loads(said)
        except (EOFError, pickle.UnpicklingError):  # it was killed, or what it found cannot be handed over
            return self._work()
        if good:
            answer: _Found = found
            return answer
        raise found

    def _start(self) -> None:
        pipe, end = os.pipe()
        try:
            self._child = os.fork()
        except OSError:  # no process or no memory for one
            os.close(pipe)
            os.close(end)
            return
        if self._child:
            os.close(end)
            self._pipe = pipe
            return
        try:
            os.close(pipe)
            said: tuple[bool, object]
            try:
                if self._forget:
                    self._forget()
                said = (True, self._work())
            except Exception as error:
                if os.environ.get("IMGCHECK_TRACEBACK"):  # one does not come through the pipe
                    error.add_note(traceback.format_exc())
                said = (False, error)
            with os.fdopen(end, "wb") as out:
                pickle.dump(said, out, pickle.HIGHEST_PROTOCOL)
        finally:
            os._exit(0)

    def _end(self) -> None:
        os.close(self._pipe)
        with suppress(ChildProcessError):
            os.waitpid(self._child, 0)
        self._child, self._pipe = 0, -1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
