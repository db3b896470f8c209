"""The embedded store: one SQLite file, safe with many writers and when one of them is killed.

Tables: build (one row a build), track (what is measured), point (track, build, size), and rollup, which is
kept beside the points because grouping two million of them takes half a second. Its rows hold the first and
the last build by date, so a build that comes late (an import, a backfill) puts itself where it belongs.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from imgcheck.errors import ImgcheckError
from imgcheck.history import schema, sqlitefile
from imgcheck.history.builds import Build, Size, Track
from imgcheck.history.store import ALL, Point, Row, Store, Wanted, build_of, row_of

_PAUSE = 0.02
_FIELDS = "id, date, revision, branch, target, variant, compiler, policy"


def connect(path: Path, write: bool = False) -> Sqlite:
    """Opens the file; `write` makes it, its folder and its tables when they are missing."""
    try:
        there = path.exists()
        if there and not path.is_file():
            raise ImgcheckError(f"{path}: not a file")
        if not there and not write:
            raise ImgcheckError(f"{path}: no history yet; `imgcheck history record` starts one")
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImgcheckError(f"{path}: {error.strerror or error}") from None
    with _told(path):
        until = time.monotonic() + sqlitefile.PATIENCE
        while True:
            try:
                return Sqlite(_ready(path, write), path, made=write and not there)
            except sqlite3.OperationalError as error:
                # Who makes the tables, or finds another making them or taking back what a killed writer
                # left, is told at once that the file is busy: SQLite's own patience does not cover that.
                if not _busy(error) or time.monotonic() > until:
                    if write and not there:
                        schema.forget(path)
                    raise
            time.sleep(_PAUSE)


def _ready(path: Path, write: bool) -> sqlite3.Connection:
    sqlitefile.whole(path)
    opened = sqlitefile.opened(path, write)
    try:
        schema.prepare(opened, str(path), write)
    except BaseException:
        opened.close()
        raise
    return opened


def _busy(error: sqlite3.OperationalError) -> bool:
    # The low byte of SQLite's extended result codes.
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite refuses, in our words: a line with the file's name."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if _busy(error):
            words = f"locked by another program for {sqlitefile.PATIENCE:.0f} s"
        elif error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
            words = "cannot be written: read-only"
        elif error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CANTOPEN and not os.access(path.parent, os.W_OK):
            words = "cannot be written: its folder is read-only"
        raise ImgcheckError(f"{path}: {words}") from None
    except sqlite3.DatabaseError as error:
        raise ImgcheckError(f"{path}: {error}; it is no history of imgcheck, or it is damaged") from None
    except (OverflowError, UnicodeError) as error:
        raise ImgcheckError(f"{path}: {error}") from None


class Sqlite(Store):
    """See the module."""

    def __init__(self, connection: sqlite3.Connection, path: Path, made: bool = False) -> None:
        self._db = connection
        self._path = path
        self._made = made  # a file of this run's, which holds nothing yet

    def close(self) -> None:
        """Lets go of the file."""
        nothing = self._made and schema.holds_nothing(self._db)
        self._db.close()
        if nothing:
            schema.forget(self._path)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _told(self._path):
            # IMMEDIATE: two readers that both turn into writers would wait for each other for ever.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.rollback()
                raise
            self._db.commit()
            self._made = False

    def add(self, builds: Iterable[Build], replace: bool = False) -> int:
        """See Store."""
        new = 0
        with self._writing() as db:
            known = schema.Tracks(db)  # nobody else writes until this is done
            for one in builds:
                new += self._add(db, one, known, replace)
        return new

    def _add(self, db: sqlite3.Connection, one: Build, tracks: schema.Tracks, replace: bool) -> int:
        digest = one.digest()
        when = int(one.date.timestamp())
        known = db.execute(
            "SELECT id, digest FROM build WHERE target=? AND variant=? AND branch=? AND revision=?"
            + ("" if one.revision else " AND date=?"),
            (one.target, one.variant, one.branch, one.revision, *([] if one.revision else [when])),
        ).fetchone()
        if known and known[1] == digest:
            return 0
        if known and not replace:
            raise ImgcheckError(taken(one, str(self._path)))
        if known:
            self._remove(db, [known[0]])
        row = db.execute(
            "INSERT INTO build (date, revision, branch, target, variant, compiler, policy, digest)"
            " VALUES (?,?,?,?,?,?,?,?) RETURNING id",
            (when, one.revision, one.branch, one.target, one.variant, one.compiler, one.policy, digest),
        ).fetchone()
        number = int(row[0])
        points = [
            (track, number, size.size)
            for track, size in zip(tracks.numbers(one.sizes), one.sizes, strict=True)
        ]
        db.executemany("INSERT INTO point (track, build, size) VALUES (?,?,?)", points)
        group = schema.group(db, one.target, one.variant, one.branch)
        db.executemany(schema.KEEP, [(group, track, size, when, number) for track, _, size in points])
        return 1

    def builds(self, wanted: Wanted = ALL, sizes: bool = False) -> Iterator[Build]:
        """See Store."""
        with _told(self._path):
            where, values = _where(wanted)
            rows = self._db.execute(
                f"SELECT {_FIELDS} FROM build {where} ORDER BY date, id", values
            ).fetchall()
        for row in rows:
            yield build_of(row, self._sizes(row[0]) if sizes else ())

    def _sizes(self, number: int) -> tuple[Size, ...]:
        with _told(self._path):
            return tuple(
                Size(*row)
                for row in self._db.execute(
                    "SELECT kind, name, resource, size FROM point JOIN track ON track.id = point.track"
                    " WHERE build = ? ORDER BY track.id",
                    (number,),
                )
            )

    def series(self, track: Track, wanted: Wanted = ALL) -> Sequence[Point]:
        """See Store."""
        with _told(self._path), closing(self._db.cursor()) as cursor:
            number = cursor.execute(schema.FIND, track).fetchone()
            if number is None:
                return ()
            if wanted == ALL:
                found = cursor.execute(
                    "SELECT build, size FROM point JOIN build ON build.id = build WHERE track = ?"
                    " ORDER BY date, build",
                    number,
                )
            else:
                where, values = _where(wanted)
                found = cursor.execute(
                    f"SELECT build, size FROM (SELECT id, date FROM build {where}) AS chosen"
                    " JOIN point ON point.build = chosen.id WHERE track = ? ORDER BY date, build",
                    (*values, *number),
                )
            return list(map(Point._make, found))

    def tracks(self, kind: str = "") -> Sequence[Track]:
        """See Store."""
        where = "WHERE kind = ? " if kind else ""
        with _told(self._path):
            found = self._db.execute(
                f"SELECT kind, name, resource FROM track {where}ORDER BY kind, name, resource",
                (kind,) if kind else (),
            )
            return [Track(*row) for row in found]

    def overview(self, kind: str = "") -> Sequence[Row]:
        """See Store."""
        with _told(self._path):
            found = self._db.execute(schema.OVERVIEW, {"kind": kind})
            return [row_of(row) for row in found]

    def remove(self, ids: Iterable[int]) -> int:
        """See Store."""
        with self._writing() as db:
            return self._remove(db, list(ids))

    def _remove(self, db: sqlite3.Connection, ids: Sequence[int]) -> int:
        removed = 0
        groups: set[int] = set()
        for number in ids:
            row = db.execute("SELECT target, variant, branch FROM build WHERE id = ?", (number,)).fetchone()
            if row is None:
                continue
            groups.add(schema.group(db, *row))
            db.execute("DELETE FROM point WHERE build = ?", (number,))
            db.execute("DELETE FROM build WHERE id = ?", (number,))
            removed += 1
        for group in groups:
            schema.recount(db, group)
        return removed


def taken(one: Build, where: str) -> str:
    """What is said of a build whose name another has: most often two variants under one name."""
    variant = f" variant {one.variant}" if one.variant else ""
    return (
        f"{where}: {one.target or 'a build'}{variant} at {one.name} is already there with other sizes; "
        "another variant needs its own --variant, and --replace takes the old one's place"
    )


def _where(wanted: Wanted) -> tuple[str, tuple[object, ...]]:
    """The condition for the builds that are wanted, and its values."""
    parts: list[str] = []
    values: list[object] = []
    for column in ("target", "branch", "revision"):
        if text := getattr(wanted, column):
            parts.append(f"{column} = ?")
            values.append(text)
    if wanted.variant is not None:
        parts.append("variant = ?")
        values.append(wanted.variant)
    for comparison, moment in ((">=", wanted.since), ("<=", wanted.until)):
        if moment is not None:
            parts.append(f"date {comparison} ?")
            values.append(int(moment.timestamp()))
    where = f"WHERE {' AND '.join(parts)} " if parts else ""
    if wanted.last is not None:
        newest = f"SELECT id FROM build {where}ORDER BY date DESC, id DESC LIMIT ?"
        return f"WHERE id IN ({newest})", (*values, wanted.last)
    return where, tuple(values)
