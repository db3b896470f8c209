"""The SQLite tables of a history, in each version that there was, and how an old file becomes a new one.

Version 1 had no roll-up. tests/history/data keeps a real file of each version.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from imgcheck.errors import ImgcheckError
from imgcheck.history.builds import Size

APPLICATION = 0x696D6763  # "imgc": what tells our files from other tools'
VERSION = 2

_V1 = """
CREATE TABLE build (
  id INTEGER PRIMARY KEY, date INTEGER NOT NULL, revision TEXT NOT NULL, branch TEXT NOT NULL,
  target TEXT NOT NULL, variant TEXT NOT NULL, compiler TEXT NOT NULL, policy TEXT NOT NULL,
  digest TEXT NOT NULL);
CREATE INDEX build_name ON build (revision, target, variant, branch);
CREATE INDEX build_date ON build (date);
CREATE TABLE track (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, resource TEXT NOT NULL,
  UNIQUE (kind, name, resource));
CREATE TABLE point (
  track INTEGER NOT NULL REFERENCES track, build INTEGER NOT NULL REFERENCES build, size INTEGER NOT NULL,
  PRIMARY KEY (track, build)) WITHOUT ROWID;
CREATE INDEX point_build ON point (build);
"""
_V2 = """
CREATE TABLE grouped (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, variant TEXT NOT NULL, branch TEXT NOT NULL,
  UNIQUE (target, variant, branch));
CREATE TABLE rollup (
  grouped INTEGER NOT NULL REFERENCES grouped, track INTEGER NOT NULL REFERENCES track,
  builds INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  least INTEGER NOT NULL, most INTEGER NOT NULL,
  first_date INTEGER NOT NULL, first_build INTEGER NOT NULL,
  last_date INTEGER NOT NULL, last_build INTEGER NOT NULL,
  PRIMARY KEY (grouped, track)) WITHOUT ROWID;
"""
FIND = "SELECT id FROM track WHERE kind = ? AND name = ? AND resource = ?"
# One more point of a group's track: (grouped, track, size, date, build).
KEEP = """
INSERT INTO rollup VALUES (?1, ?2, 1, ?3, ?3, ?3, ?3, ?4, ?5, ?4, ?5)
ON CONFLICT (grouped, track) DO UPDATE SET
  builds = builds + 1, least = min(least, ?3), most = max(most, ?3),
  first = iif((?4, ?5) < (first_date, first_build), ?3, first),
  first_build = iif((?4, ?5) < (first_date, first_build), ?5, first_build),
  first_date = min(first_date, ?4),
  last = iif((?4, ?5) > (last_date, last_build), ?3, last),
  last_build = iif((?4, ?5) > (last_date, last_build), ?5, last_build),
  last_date = max(last_date, ?4)
"""
OVERVIEW = """
SELECT target, variant, branch, kind, name, resource, builds, first, last, least, most
FROM rollup JOIN grouped ON grouped.id = grouped JOIN track ON track.id = track
WHERE :kind = '' OR kind = :kind ORDER BY target, variant, branch, kind, name, resource
"""
_POINTS = """
SELECT track, size, date, build.id FROM point JOIN build ON build.id = point.build
JOIN grouped USING (target, variant, branch) WHERE grouped.id = ?
"""


def prepare(db: sqlite3.Connection, name: str, write: bool) -> None:
    """Makes the tables of a new file, migrates an old one if it may write, refuses what is not ours.

    Raises ImgcheckError; sqlite3.Error for what SQLite itself finds.
    """
    if _version(db, name) == VERSION:
        return
    if not write:
        version = _version(db, name)
        if version == 0:
            raise ImgcheckError(f"{name}: it is empty; `imgcheck history record` starts a history")
        raise ImgcheckError(
            f"{name}: written by an older imgcheck (version {version}); "
            "`imgcheck history record` or `import` brings it up to date"
        )
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _version(db, name)  # again: sixteen may start at once
        if version < 1:
            _script(db, _V1)
        if version < 2:
            _script(db, _V2)
            for target, variant, branch in db.execute(
                "SELECT DISTINCT target, variant, branch FROM build"
            ).fetchall():
                recount(db, group(db, target, variant, branch))
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _version(db: sqlite3.Connection, name: str) -> int:
    """Ours and how old; 0 for a file without tables."""
    application = int(db.execute("PRAGMA application_id").fetchone()[0])
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if application != APPLICATION:
        if version or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            # Another may have made it between the two questions: only then the first has a new answer.
            if int(db.execute("PRAGMA application_id").fetchone()[0]) == APPLICATION:
                return _version(db, name)
            raise ImgcheckError(f"{name}: a database of another tool, not a history of imgcheck")
        return 0
    if version > VERSION:
        raise ImgcheckError(
            f"{name}: written by a newer imgcheck (version {version}; this one knows {VERSION})"
        )
    return version


def _script(db: sqlite3.Connection, text: str) -> None:
    # executescript() would commit first and end our transaction.
    for statement in filter(str.strip, text.split(";")):
        db.execute(statement)


def group(db: sqlite3.Connection, target: str, variant: str, branch: str) -> int:
    """The number of a target, variant and branch, made when it is new."""
    values = (target, variant, branch)
    row = db.execute(
        "SELECT id FROM grouped WHERE target = ? AND variant = ? AND branch = ?", values
    ).fetchone()
    if row is None:
        row = db.execute(
            "INSERT INTO grouped (target, variant, branch) VALUES (?,?,?) RETURNING id", values
        ).fetchone()
    return int(row[0])


class Tracks:
    """The numbers of tracks, read once for each kind: asking 200 times takes longer than writing."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, dict[tuple[str, str], int]] = {}

    def numbers(self, sizes: Sequence[Size]) -> list[int]:
        """Those of what was measured, in its order; new ones are made."""
        return [self._number(size) for size in sizes]

    def _number(self, size: Size) -> int:
        known = self._known.get(size.kind)
        if known is None:
            rows = self._db.execute("SELECT name, resource, id FROM track WHERE kind = ?", (size.kind,))
            known = self._known[size.kind] = {(name, resource): number for name, resource, number in rows}
        track = (size.name, size.resource)
        if (number := known.get(track)) is None:
            number = known[track] = int(
                self._db.execute(
                    "INSERT INTO track (kind, name, resource) VALUES (?,?,?) RETURNING id", size[:3]
                ).fetchone()[0]
            )
        return number


def recount(db: sqlite3.Connection, number: int) -> None:
    """Makes a group's roll-up again from its points, after some were removed."""
    db.execute("DELETE FROM rollup WHERE grouped = ?", (number,))
    db.executemany(KEEP, ((number, *row) for row in db.execute(_POINTS, (number,)).fetchall()))


def holds_nothing(opened: sqlite3.Connection) -> bool:
    """Whether no build is in it, and nobody is writing one."""
    try:
        opened.execute("BEGIN IMMEDIATE")
        return opened.execute("SELECT 1 FROM build LIMIT 1").fetchone() is None
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in (
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        )


def forget(path: Path) -> None:
    """Removes a file that was made for nothing, as a full disk leaves it, unless its log holds something."""
    log, shared = (path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))
    with suppress(OSError):
        if log.exists() and log.stat().st_size:
            return
        for file in (path, log, shared):
            file.unlink(missing_ok=True)
        path.parent.rmdir()  # that, too, if it is empty
