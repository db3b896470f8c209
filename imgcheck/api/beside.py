"""Work in a process beside this one: Python uses one core, and two builds are read."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import active_count
from typing import TypeVar

from imgcheck.errors import ImgcheckError

T = TypeVar("T")


def start(work: Callable[[], T]) -> Callable[[], T]:
    """Starts `work`, which must only read; what is returned waits for its result, or raises what it raised.

    Where a process cannot be had, or ends without a result, the work is done when it is asked for.
    """
    if not hasattr(os, "fork") or active_count() > 1 or (os.cpu_count() or 1) < 2:
        return work
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        child = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return work
    if not child:
        _work(work, reader, writer)
    os.close(writer)

    def wait() -> T:
        with os.fdopen(reader, "rb") as pipe:
            data = pipe.read()
        with suppress(ChildProcessError):
            os.waitpid(child, 0)
        try:
            done, result = pickle.loads(data)  # our own process wrote it
        except (EOFError, pickle.UnpicklingError):
            return work()
        if not done:
            raise result
        found: T = result
        return found

    return wait


def _work(work: Callable[[], T], reader: int, writer: int) -> None:
    """The child's life; it never comes back."""
    try:
        os.close(reader)
        try:
            said: tuple[bool, object] = (True, work())
        except ImgcheckError as error:
            said = (False, error)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(pickle.dumps(said, pickle.HIGHEST_PROTOCOL))
    except BaseException:  # the parent does the work itself, and meets it too
        os._exit(1)
    os._exit(0)
