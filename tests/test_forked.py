"""Work in a copy of the process: what it gives, what it raises, and that nothing of it is left behind."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from imgcheck import beside
from imgcheck.beside import Beside, Staying, Told
from imgcheck.errors import FormatError, ImgcheckError, Need, UndecidedError

forks = pytest.mark.skipif(beside._cores() < 2 or not hasattr(os, "fork"), reason="one core, or no fork")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may have left threads in this process, and children of their own."""
    before = threading.active_count()
    # A copy of this process has none of them.
    monkeypatch.setattr(threading, "active_count", lambda: 1 + max(len(threading.enumerate()) - before, 0))


def left(child: int) -> bool:
    """Whether the copy is still this process's child, be it as one that has ended."""
    try:
        os.waitpid(child, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


@forks
def test_the_work_is_done_by_another_process() -> None:
    with Beside(os.getpid) as work:
        child = work._child
        assert work.result() == child != os.getpid()
    assert not left(child)


@forks
def test_both_go_on_at_once() -> None:
    """The copy has written before anybody asks for its result."""
    pipe, end = os.pipe()
    with Beside(lambda: os.write(end, b"at work")) as work:
        assert select.select([pipe], [], [], 30)[0]
        assert work.result() == 7
    os.close(pipe)
    os.close(end)


@forks
def test_what_is_needed_late_leaves_the_cores_to_others() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    before = niceness()
    with Beside(niceness, late=True) as late, Beside(niceness) as plain:
        assert late.result() == min(before + 10, 19)
        assert plain.result() == before
    assert niceness() == before


@forks
def test_an_answer_that_was_cut_is_found_again() -> None:
    with Beside(lambda: bytes(5_000_000)) as work:
        assert select.select([work._pipe], [], [], 30)[0]  # more than a pipe holds: it waits for a reader
        child = work._child
        os.kill(child, signal.SIGKILL)
        assert work.result() == bytes(5_000_000)
    assert not left(child)


def test_one_thread_too_many_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading, "_start_new_thread", none)
    with pytest.raises(ImgcheckError, match="no more threads"), beside.threads():
        threading.Thread(target=none).start()


def raising(error: Exception) -> object:
    raise error


@pytest.mark.parametrize(
    "error",
    [FormatError("is broken", "a.c", line=7), UndecidedError("not enough", Need.MAP), KeyError("name")],
)
def test_what_it_raised_is_raised_here(error: Exception) -> None:
    with Beside(lambda: raising(error)) as work, pytest.raises(type(error)) as caught:
        work.result()
    assert (str(caught.value), vars(caught.value)) == (str(error), vars(error))


def test_large_results_pass() -> None:
    with Beside(lambda: bytes(5_000_000)) as work:
        assert work.result() == bytes(5_000_000)


def test_what_cannot_be_handed_over_is_made_here() -> None:
    with Beside(lambda: lambda: 7) as work:
        assert work.result()() == 7


@forks
def test_a_copy_that_is_killed_is_no_answer() -> None:
    here = os.getpid()
    with Beside(lambda: 5 if os.getpid() == here else os.kill(os.getpid(), 9)) as work:
        assert work.result() == 5


@forks
def test_nobody_is_left_when_nobody_waits() -> None:
    child = 0
    with pytest.raises(ValueError, match="other"), Beside(lambda: time.sleep(60)) as work:
        child = work._child
        raise ValueError("other")
    assert child
    assert not left(child)


def test_beside_another_thread_it_is_done_here() -> None:
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    thread.start()
    try:
        with Beside(os.getpid) as work:
            assert work.result() == os.getpid()
    finally:
        gate.set()
        thread.join()


def test_one_core_does_it_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_cores", lambda: 1)
    with Beside(os.getpid) as work:
        assert work.result() == os.getpid()


def test_where_it_was_raised_is_said_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGCHECK_TRACEBACK", "1")
    with Beside(lambda: raising(KeyError("name"))) as work, pytest.raises(KeyError) as caught:
        work.result()
    assert "in raising" in "".join(getattr(caught.value, "__notes__", []))


@forks
def test_a_copy_is_told_what_was_not_known_when_it_was_made() -> None:
    with Told[str]() as told, Beside(lambda: (os.getpid(), told.value(), told.value())) as work:
        told.tell("long" * 100_000)
        assert work.result()[0] != os.getpid()
    with Told[str]() as told, Beside(told.value) as work:
        told.tell("long" * 100_000)
        assert work.result() == "long" * 100_000


@forks
def test_a_copy_goes_on_until_it_is_told() -> None:
    def work() -> tuple[bool, str]:
        before = told.ready()
        os.write(end, b"at work")
        while not told.ready():
            time.sleep(0.001)
        return before, told.value()

    pipe, end = os.pipe()
    with Told[str]() as told, Beside(work) as asked:
        assert select.select([pipe], [], [], 30)[0]
        told.tell("enough")
        assert told.ready()
        assert asked.result() == (False, "enough")
    os.close(pipe)
    os.close(end)


def test_what_is_told_is_known_where_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_cores", lambda: 1)
    with Told[str]() as told, Beside(told.value) as work:
        told.tell("long" * 100_000)
        assert work.result() == "long" * 100_000


@forks
def test_what_was_told_a_copy_that_died_is_known_here() -> None:
    here = os.getpid()
    with (
        Told[int]() as told,
        Beside(lambda: told.value() if os.getpid() == here else os.kill(os.getpid(), 9)) as work,
    ):
        told.tell(5)
        assert work.result() == 5


def test_nothing_stays_open_whether_told_or_not() -> None:
    here = Path("/proc/self/fd")
    before = len(list(here.iterdir()))
    with Told[int](), Told[int]() as told:
        told.tell(5)
    assert len(list(here.iterdir())) == before


def thrice(asked: int) -> tuple[int, int]:
    """An answer, and who gave it."""
    if asked < 0:
        raise FormatError("negative", "numbers")
    return asked * 3, os.getpid()


@forks
def test_a_copy_that_stays_answers_what_it_is_asked() -> None:
    with Staying(os.getpid, thrice) as staying:
        copy = staying.result()
        assert copy != os.getpid()
        assert [staying.ask(number) for number in (1, 2, 3)] == [(3, copy), (6, copy), (9, copy)]
        with pytest.raises(FormatError, match="negative"):
            staying.ask(-1)
        assert staying.ask(4) == (12, copy)
    assert not left(copy)


@forks
def test_a_copy_of_who_asks_has_a_line_of_its_own() -> None:
    def others() -> list[tuple[int, int]]:
        staying.apart()
        return [staying.ask(number) for number in range(500)]

    with Staying(os.getpid, thrice) as staying:
        copy = staying.result()
        with Beside(others) as work:
            mine = [staying.ask(number + 1000) for number in range(500)]
            assert work.result() == [(number * 3, copy) for number in range(500)]
        assert mine == [((number + 1000) * 3, copy) for number in range(500)]


@forks
def test_where_the_copy_died_the_answers_are_given_here() -> None:
    with Staying(os.getpid, thrice) as staying:
        os.kill(staying.result(), signal.SIGKILL)
        assert staying.ask(1) == (3, os.getpid())
        assert staying.ask(2) == (6, os.getpid())


@forks
def test_a_copy_that_stays_ends_with_who_asks_it() -> None:
    staying = Staying(os.getpid, thrice)
    copy = staying.result()
    del staying
    assert not left(copy)


@forks
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel ends nobody")
@pytest.mark.parametrize("kind", [Beside, Staying, "one of a copy's own"])
def test_no_copy_outlives_who_made_it_and_was_killed(kind: object) -> None:
    """The end of a pipe that only copies hold is heard when the last of them is gone."""
    alive, held = os.pipe()

    def work() -> None:
        os.write(held, b"at work")
        time.sleep(120)

    maker = os.fork()
    if not maker:
        if kind is Beside:
            copy: object = Beside(work)
        elif kind is Staying:
            copy = Staying(work, thrice)
        else:
            copy = Beside(lambda: Beside(work).result())
        time.sleep(120)
        os._exit(copy is None)
    os.close(held)
    assert select.select([alive], [], [], 30)[0]
    assert os.read(alive, 7) == b"at work"
    os.kill(maker, signal.SIGKILL)
    os.waitpid(maker, 0)
    assert select.select([alive], [], [], 30)[0]
    assert os.read(alive, 1) == b""
    os.close(alive)


def test_without_a_copy_all_is_answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_cores", lambda: 1)
    with Staying(os.getpid, thrice) as staying:
        assert (staying.result(), staying.ask(5)) == (os.getpid(), (15, os.getpid()))
