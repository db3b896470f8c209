"""Writers at once, and writers that are killed at any moment: no build is lost, halved or there twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stores

from imgcheck.history import schema, sqlite, store
from imgcheck.history.builds import Track

WRITERS = 16
ROUNDS = int(os.environ.get("IMGCHECK_KILLS", "25"))  # 1,000 by hand
_WRITER = """
import sys
sys.path[:0] = [{tests!r}]
import stores
from imgcheck.history import store
first, count = int(sys.argv[1]), int(sys.argv[2])
for number in range(first, first + count):
    with store.connect(sys.argv[3], write=True) as opened:
        opened.add([stores.build(number)])
    print(number, flush=True)
"""


def writer(first: int, count: int, address: str) -> subprocess.Popen[bytes]:
    program = _WRITER.format(tests=str(Path(__file__).parent))
    arguments = [sys.executable, "-c", program, str(first), str(count), address]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE)


def finished(one: subprocess.Popen[bytes]) -> int:
    one.communicate(timeout=120)
    return one.returncode


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
    many = 4 if "://" in address else WRITERS  # each is a Python that imports SQLAlchemy
    running = [writer(number * 5, 5, address) for number in range(many)]
    assert [finished(one) for one in running] == [0] * many
    assert len(whole(address)) == many * 5


def test_writers_of_the_same_builds(address: str) -> None:
    running = [writer(0, 8, address) for _ in range(4)]
    assert [finished(one) for one in running] == [0] * 4
    assert len(whole(address)) == 8


def test_killed_at_any_moment(tmp_path: Path) -> None:
    address = str(tmp_path / "history.db")
    r = random.Random(7)
    said: set[str] = set()
    first = 0
    for _ in range(0, ROUNDS, 5):
        running = [writer(first + number * 1_000, 1_000, address) for number in range(5)]
        first += 5_000
        time.sleep(r.uniform(0.2, 0.6))
        for one in running:
            one.send_signal(signal.SIGKILL)
        for one in running:
            output, _ = one.communicate(timeout=60)
            said.update(f"r{line}" for line in output.decode().split())
        there = set(whole(address)) if Path(address).exists() else set()
        assert said <= there, "what was said to be stored is not"
        # One more of each writer may have been stored before it could say so.
        assert len(there) <= len(said) + ROUNDS


def test_a_locked_history_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    from imgcheck.errors import ImgcheckError
    from imgcheck.history import sqlite

    path = tmp_path / "history.db"
    with store.connect(str(path), write=True) as opened:
        opened.add([stores.build(1)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    with (
        pytest.raises(ImgcheckError, match=r"history\.db: locked by another program"),
        store.connect(str(path), write=True) as opened,
    ):
        opened.add([stores.build(2)])
    other.close()


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
