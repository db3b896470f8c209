"""Writers at once, and writers that are killed at any moment: no build is lost, halved or there twice."""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import time
import traceback
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stores

from imgcheck.history import schema, sqlite, store
from imgcheck.history.builds import Track

WRITERS = 16
ROUNDS = int(os.environ.get("IMGCHECK_KILLS", "2"))  # 1,000 by hand: `make kills`
_MOST = 1_000  # builds of a writer that is killed


def writer(first: int, count: int, address: str) -> int:
    """A process that stores builds, each with a connection of its own."""
    process = os.fork()  # an interpreter takes longer to start, and to import SQLAlchemy, than to write
    if not process:
        try:
            for number in range(first, first + count):
                with store.connect(address, write=True) as opened:
                    opened.add([stores.build(number)])
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    return process


def finished(process: int) -> int:
    ends = os.pidfd_open(process)
    if not select.select([ends], [], [], 120)[0]:
        os.kill(process, signal.SIGKILL)
    os.close(ends)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def whole(address: str) -> dict[str, int]:
    """Builds by revision; each must have all of its sizes, and the roll-up must agree."""
    with store.connect(address) as opened:
        found = list(opened.builds(sizes=True))
        assert all(len(one.sizes) == 3 for one in found)
        assert len({one.revision for one in found}) == len(found), "one is there twice"
        rows = opened.overview("image")
        assert sum(row.builds for row in rows) == len(found)
        points = opened.series(Track("image", "bin", "flash"))
        assert len(points) == len(found)
    return {one.revision: len(one.sizes) for one in found}


def test_sixteen_writers_at_once(address: str) -> None:
    many = 4 if "://" in address else WRITERS  # each looks for all tables whenever it connects
    running = [writer(number * 5, 5, address) for number in range(many)]
    assert [finished(one) for one in running] == [0] * many
    assert len(whole(address)) == many * 5


def test_writers_of_the_same_builds(address: str) -> None:
    running = [writer(0, 8, address) for _ in range(4)]
    assert [finished(one) for one in running] == [0] * 4
    assert len(whole(address)) == 8


class Killed:
    """A writer that stores builds until it is killed, and says the number of each that is stored."""

    def __init__(self, first: int, address: str) -> None:
        self.pipe, said = os.pipe()
        self._process = os.fork()  # a thousand interpreters would take an hour to start
        if not self._process:
            try:
                for number in range(first, first + _MOST):
                    with store.connect(address, write=True) as opened:
                        opened.add([stores.build(number)])
                    os.write(said, b"%d\n" % number)
            except BaseException:
                os.write(said, traceback.format_exc().encode())
            finally:
                os._exit(1)
        os.close(said)

    def kill(self) -> None:
        os.kill(self._process, signal.SIGKILL)

    def said(self) -> list[str]:
        """What it said before it was killed; killed it was, it did not end."""
        with os.fdopen(self.pipe) as stream:
            text = stream.read()
        _, status = os.waitpid(self._process, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, text
        return [f"r{line}" for line in text.split()]


def test_killed_at_any_moment(tmp_path: Path) -> None:
    r = random.Random(7)
    said: set[str] = set()
    killed, stored = 0, False
    for number in range(ROUNDS):
        # A new history now and then: with thousands of builds looking at them takes longer than writing.
        address = str(tmp_path / f"history{number // 10}.db")
        said = said if number % 10 else set()
        stored = stored or bool(said)
        running = [Killed((number % 10 * WRITERS + one) * _MOST, address) for one in range(WRITERS)]
        if number % 2:
            time.sleep(r.uniform(0.0, 0.1))  # while they open or make it
        else:
            select.select([one.pipe for one in running], [], [], 30)  # while they write
        for one in running:
            time.sleep(r.choice((0.0, 0.0, r.uniform(0.0, 0.02))))
            one.kill()
        killed += WRITERS
        for one in running:
            said.update(one.said())
        there = set(whole(address)) if Path(address).exists() else set()
        assert said <= there, "what was said to be stored is not"
        # One more of each writer may have been stored before it could say so.
        assert len(there) <= len(said) + WRITERS * (number % 10 + 1)
        with closing(sqlite3.connect(address)) as bare:
            assert bare.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    assert stored and killed == ROUNDS * WRITERS


def test_a_locked_history_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    from imgcheck.errors import ImgcheckError
    from imgcheck.history import sqlitefile

    path = tmp_path / "history.db"
    with store.connect(str(path), write=True) as opened:
        opened.add([stores.build(1)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlitefile, "PATIENCE", 0.1)
    with (
        pytest.raises(ImgcheckError, match=r"history\.db: locked by another program"),
        store.connect(str(path), write=True) as opened,
    ):
        opened.add([stores.build(2)])
    other.close()


def test_who_comes_while_another_makes_the_tables_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite answers "busy" at once there, and asks nobody for patience."""
    path = tmp_path / "history.db"
    told: list[Any] = []
    honest = schema.prepare

    def busy(db: sqlite3.Connection, name: str, write: bool) -> None:
        if len(told) < 3:
            told.append(name)
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY | 1 << 8
            raise error
        honest(db, name, write)

    monkeypatch.setattr(schema, "prepare", busy)
    with store.connect(str(path), write=True) as opened:
        assert opened.add([stores.build(1)]) == 1
    assert len(told) == 3


def test_a_history_that_another_makes_meanwhile_is_a_history(tmp_path: Path) -> None:
    path = tmp_path / "history.db"

    class Late(sqlite3.Connection):
        """Is overtaken after it has asked whose file it is."""

        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "PRAGMA user_version" and not path.stat().st_size:
                sqlite.connect(path, write=True).close()
            return super().execute(sql, *values)

    with closing(sqlite3.connect(path, factory=Late, isolation_level=None)) as late:
        path.touch()
        schema.prepare(late, str(path), write=True)
        assert late.execute("SELECT count(*) FROM build").fetchone() == (0,)
