"""Can this be done meanwhile?  Work in a copy of this process where there is a second core, and threads."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from imgcheck.errors import ImgcheckError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_Found = TypeVar("_Found")
_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")
_Heard = TypeVar("_Heard")
_LATE = 10  # a tenth of the share of the others
_PDEATHSIG = 1  # PR_SET_PDEATHSIG of prctl(2)


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
        import pickle

        self._said.append(value)
        os.close(self._ends.pop(0))
        with suppress(BrokenPipeError), os.fdopen(self._ends.pop(), "wb") as out:
            pickle.dump(value, out, pickle.HIGHEST_PROTOCOL)

    def ready(self) -> bool:
        """Whether `value` would not wait: it was told, or never will be."""
        from select import select

        return bool(self._said) or bool(select([self._ends[0]], [], [], 0)[0])

    def value(self) -> _Found:
        """What was told; raises EOFError in a copy whose maker ended without a word."""
        import pickle

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
    work is done here, when its result is asked for. Whoever makes one closes it. What is needed `late` leaves
    the cores to the others as long as those have use for them.
    """

    def __init__(self, work: Callable[[], _Found], late: bool = False) -> None:
        self._work = work
        self._late = late
        self._child = 0
        self._pipe = -1
        if _can_copy():
            self._start()

    def __enter__(self) -> Beside[_Found]:
        return self

    def __exit__(self, *_: object) -> None:
        import signal

        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            self._end()

    def result(self) -> _Found:
        """What `work` returned."""
        import pickle

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
        import pickle

        pipe, end = os.pipe()
        maker = os.getpid()
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
            _end_with(maker)
            os.close(pipe)
            if self._late:
                os.nice(_LATE)
            said = _tried(self._work)
            with os.fdopen(end, "wb") as out:
                pickle.dump(said, out, pickle.HIGHEST_PROTOCOL)
        finally:
            os._exit(0)

    def _end(self) -> None:
        os.close(self._pipe)
        with suppress(ChildProcessError):
            os.waitpid(self._child, 0)
        self._child, self._pipe = 0, -1


class Staying(Generic[_Found, _Asked, _Answer]):
    """As Beside; then the copy stays, and answers what it is asked until whoever made it is gone.

    `result` is asked for first. A copy of whoever made this asks on a line of its own (`apart`): of two on
    one line each could hear what the other asked for. Where there is no copy all is answered here.
    """

    def __init__(self, work: Callable[[], _Found], answer: Callable[[_Asked], _Answer]) -> None:
        self._work = work
        self._answer = answer
        self._lines: list[Connection] = []
        self._line = 0
        if _can_copy():
            self._start()

    def __enter__(self) -> Staying[_Found, _Asked, _Answer]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the copy; where nobody does, it ends with this object."""
        if hasattr(self, "_end"):
            self._end()

    def apart(self) -> None:
        """From here on this is a copy's, which asks on its own line."""
        self._line = 1

    def result(self) -> _Found:
        """What `work` returned."""
        return self._heard(self._work)

    def ask(self, asked: _Asked) -> _Answer:
        """What `answer` returned for this."""
        if self._lines:
            with suppress(OSError):
                self._lines[self._line].send(asked)
        return self._heard(lambda: self._answer(asked))

    def _heard(self, instead: Callable[[], _Heard]) -> _Heard:
        import pickle

        if not self._lines:
            return instead()
        try:
            good, found = self._lines[self._line].recv()
        except (EOFError, OSError, pickle.UnpicklingError):  # it was killed, or cannot hand it over
            self._lines.clear()
            return instead()
        if good:
            heard: _Heard = found
            return heard
        raise found

    def _start(self) -> None:
        from multiprocessing.connection import Pipe

        pairs = [Pipe() for _ in range(2)]
        maker = os.getpid()
        try:
            child = os.fork()
        except OSError:  # no process or no memory for one
            return
        if child:
            for here, there in pairs:
                there.close()
                self._lines.append(here)
            self._end = weakref.finalize(self, _ended, child, maker, self._lines)
            return
        try:
            _end_with(maker)
            for here, _ in pairs:
                here.close()
            pairs[0][1].send(_tried(self._work))
            self._serve([there for _, there in pairs])
        finally:
            os._exit(0)

    def _serve(self, lines: list[Connection]) -> None:
        """Answers until nobody can ask any more."""
        from multiprocessing.connection import wait

        while lines:
            for line in [one for one in lines if one in wait(lines)]:
                try:
                    asked = line.recv()
                except EOFError:
                    lines.remove(line)
                    continue
                line.send(_tried(partial(self._answer, asked)))


def _ended(child: int, maker: int, lines: list[Connection]) -> None:
    import signal

    for line in lines:
        line.close()
    lines.clear()
    if os.getpid() == maker:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _end_with(maker: int) -> None:
    """In a copy: ends it when `maker`, who forked it, is gone, be it killed so that it can end nobody.

    The kernel does that on Linux; elsewhere a copy ends when its work does, and nobody hears it.
    """
    import ctypes
    import signal

    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != maker:  # it was gone before the kernel was asked
        os._exit(0)


def _tried(work: Callable[[], object]) -> tuple[bool, object]:
    """(True, what it returned) or (False, what it raised)."""
    import traceback

    try:
        return True, work()
    except Exception as error:
        if os.environ.get("IMGCHECK_TRACEBACK"):  # one does not come through the pipe
            error.add_note(traceback.format_exc())
        return False, error


def _can_copy() -> bool:
    """Whether there is a second core, and no thread whose locks a copy would inherit."""
    return _cores() > 1 and hasattr(os, "fork") and threading.active_count() == 1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
