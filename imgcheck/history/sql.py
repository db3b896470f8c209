"""The store of an organisation: PostgreSQL through SQLAlchemy Core, with the same tables as the file has.

Writers take turns by an advisory lock, which ends with its transaction however that ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    case,
    create_engine,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from imgcheck.errors import ImgcheckError
from imgcheck.history import sqltables as tables
from imgcheck.history.builds import Build, Size, Track
from imgcheck.history.sqlite import taken
from imgcheck.history.store import ALL, Point, Row, Store, Wanted, build_of, row_of, shown

VERSION = 2
_AT_ONCE = 1_000  # rows of a statement, which takes 65,535 values
_LOCK = 0x696D6763


def connect(address: str) -> Sql:
    """Connects and makes the tables when they are missing. Raises ImgcheckError without the password."""
    if address.partition("?")[0].count("@") > 1:  # what is behind the first would be taken for the host
        raise ImgcheckError(f"--db {shown(address)}: an @ in a user or a password is written %40")
    try:
        url = make_url(address).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise ImgcheckError(f"--db {shown(address)}: not an address of a database") from None
    engine = create_engine(url, pool_size=1, connect_args={"connect_timeout": 10})
    made = Sql(engine.connect, shown(address), engine.dispose)
    made.prepare()
    return made


class Sql(Store):
    """See the module."""

    def __init__(self, connect: Any, name: str, dispose: Any) -> None:
        self._connect = connect
        self._name = name
        self._dispose = dispose

    @contextmanager
    def _told(self) -> Iterator[Connection]:
        try:
            with self._connect() as db:
                yield db
        except SQLAlchemyError as error:
            # The first line only: the others repeat the statement with all its values.
            words = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise ImgcheckError(f"{self._name}: {shown(words)}") from None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._told() as db, db.begin():
            db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            yield db

    def prepare(self) -> None:
        """Makes the tables; refuses those of a newer imgcheck."""
        with self._writing() as db:
            tables.META.create_all(db)
            version = db.execute(select(func.max(tables.OLD.c.version))).scalar()
            if version is None:
                db.execute(insert(tables.OLD).values(version=VERSION))
            elif version > VERSION:
                raise ImgcheckError(
                    f"{self._name}: written by a newer imgcheck (version {version}; this one knows {VERSION})"
                )

    def close(self) -> None:
        """Ends the connections."""
        self._dispose()

    def add(self, builds: Iterable[Build], replace: bool = False) -> int:
        """See Store."""
        new = 0
        with self._writing() as db:
            for one in builds:
                new += self._add(db, one, replace)
        return new

    def _add(self, db: Connection, one: Build, replace: bool) -> int:
        digest, when = one.digest(), int(one.date.timestamp())
        same = [
            tables.BUILD.c[name] == getattr(one, name) for name in ("target", "variant", "branch", "revision")
        ]
        if not one.revision:
            same.append(tables.BUILD.c.date == when)
        known = db.execute(select(tables.BUILD.c.id, tables.BUILD.c.digest).where(*same)).first()
        if known and known.digest == digest:
            return 0
        if known and not replace:
            raise ImgcheckError(taken(one, self._name))
        if known:
            _remove(db, [known.id])
        words = {
            name: getattr(one, name)
            for name in ("revision", "branch", "target", "variant", "compiler", "policy")
        }
        row = insert(tables.BUILD).values(date=when, digest=digest, **words).returning(tables.BUILD.c.id)
        number = db.execute(row).scalar_one()
        tracks = _numbers(db, [Track(*size[:3]) for size in one.sizes])
        points = [
            {"track": tracks[Track(*size[:3])], "build": number, "size": size.size} for size in one.sizes
        ]
        if points:
            db.execute(insert(tables.POINT), points)
            place = {name: words[name] for name in ("target", "variant", "branch")}
            _keep(db, [(place, point["track"], point["size"], when, number) for point in points])
        return 1

    def builds(self, wanted: Wanted = ALL, sizes: bool = False) -> Iterator[Build]:
        """See Store."""
        with self._told() as db:
            chosen = _chosen(wanted).subquery()
            query = select(*tables.FIELDS).join(chosen, chosen.c.id == tables.BUILD.c.id)
            rows = db.execute(query.order_by(tables.BUILD.c.date, tables.BUILD.c.id)).all()
        for row in rows:
            yield build_of(row, self._sizes(row[0]) if sizes else ())

    def _sizes(self, number: int) -> tuple[Size, ...]:
        with self._told() as db:
            query = (
                select(tables.TRACK.c.kind, tables.TRACK.c.name, tables.TRACK.c.resource, tables.POINT.c.size)
                .join(tables.POINT, tables.POINT.c.track == tables.TRACK.c.id)
                .where(tables.POINT.c.build == number)
                .order_by(tables.TRACK.c.id)
            )
            return tuple(Size(*row) for row in db.execute(query))

    def series(self, track: Track, wanted: Wanted = ALL) -> Sequence[Point]:
        """See Store."""
        with self._told() as db:
            chosen = _chosen(wanted).subquery()
            query = (
                select(tables.POINT.c.build, tables.POINT.c.size)
                .join(tables.TRACK, tables.TRACK.c.id == tables.POINT.c.track)
                .join(tables.BUILD, tables.BUILD.c.id == tables.POINT.c.build)
                .join(chosen, chosen.c.id == tables.BUILD.c.id)
                .where(*_is(track))
                .order_by(tables.BUILD.c.date, tables.BUILD.c.id)
            )
            return [Point(*row) for row in db.execute(query)]

    def tracks(self, kind: str = "") -> Sequence[Track]:
        """See Store."""
        columns = [tables.TRACK.c[name] for name in Track._fields]
        with self._told() as db:
            found = db.execute(select(*columns).where(tables.TRACK.c.kind == kind if kind else text("true")))
            # Sorted here: a database sorts by its language's rules, SQLite by code points.
            return sorted(Track(*row) for row in found)

    def overview(self, kind: str = "") -> Sequence[Row]:
        """See Store."""
        place = [tables.ROLLUP.c[name] for name in ("target", "variant", "branch")]
        names = [tables.TRACK.c[name] for name in Track._fields]
        numbers = [tables.ROLLUP.c[name] for name in ("builds", "first", "last", "least", "most")]
        query = select(*place, *names, *numbers).join(
            tables.TRACK, tables.TRACK.c.id == tables.ROLLUP.c.track
        )
        if kind:
            query = query.where(tables.TRACK.c.kind == kind)
        with self._told() as db:
            return sorted(row_of(row) for row in db.execute(query))

    def remove(self, ids: Iterable[int]) -> int:
        """See Store."""
        with self._writing() as db:
            return _remove(db, list(ids))


def _remove(db: Connection, ids: Sequence[int]) -> int:
    removed = 0
    places: set[tuple[str, str, str]] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = tables.BUILD.c.id.in_(ids[start : start + _AT_ONCE])
        rows = db.execute(
            select(tables.BUILD.c.id, tables.BUILD.c.target, tables.BUILD.c.variant, tables.BUILD.c.branch)
            .where(some)
        ).all()  # fmt: skip
        found = [row.id for row in rows]
        db.execute(delete(tables.POINT).where(tables.POINT.c.build.in_(found)))
        db.execute(delete(tables.BUILD).where(tables.BUILD.c.id.in_(found)))
        removed += len(found)
        places |= {(row.target, row.variant, row.branch) for row in rows}
    for target, variant, branch in places:
        _recount(db, {"target": target, "variant": variant, "branch": branch})
    return removed


def _recount(db: Connection, place: dict[str, str]) -> None:
    """Makes the roll-up of a target, variant and branch again from its points."""
    db.execute(
        delete(tables.ROLLUP).where(*(tables.ROLLUP.c[name] == value for name, value in place.items()))
    )
    points = db.execute(
        select(tables.POINT.c.track, tables.POINT.c.size, tables.BUILD.c.date, tables.BUILD.c.id)
        .join(tables.BUILD, tables.BUILD.c.id == tables.POINT.c.build)
        .where(*(tables.BUILD.c[name] == value for name, value in place.items()))
        .order_by(tables.BUILD.c.date, tables.BUILD.c.id)
    ).all()
    # One build after the other: a statement cannot touch one row twice.
    for _, mine in groupby(points, key=lambda point: point.id):
        _keep(db, [(place, *point) for point in mine])


def _keep(db: Connection, points: Sequence[tuple[dict[str, str], int, int, int, int]]) -> None:
    """Adds points to the roll-up: (where, track, size, date, build), each track at most once."""
    rows = [
        {**place, "track": track, "builds": 1, "first": size, "last": size, "least": size, "most": size,
         "first_date": date, "first_build": build, "last_date": date, "last_build": build}
        for place, track, size, date, build in points
    ]  # fmt: skip
    for start in range(0, len(rows), _AT_ONCE):
        _keep_some(db, rows[start : start + _AT_ONCE])


def _keep_some(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    made = upsert(tables.ROLLUP).values(rows)
    new, old = made.excluded, tables.ROLLUP.c
    earlier = tuple_(new.first_date, new.first_build) < tuple_(old.first_date, old.first_build)
    later = tuple_(new.last_date, new.last_build) > tuple_(old.last_date, old.last_build)
    changes: dict[str, Any] = {
        "builds": old.builds + 1,
        "least": func.least(old.least, new.least),
        "most": func.greatest(old.most, new.most),
    }
    for name in ("first", "first_date", "first_build"):
        changes[name] = case((earlier, new[name]), else_=old[name])
    for name in ("last", "last_date", "last_build"):
        changes[name] = case((later, new[name]), else_=old[name])
    keys = [old.target, old.variant, old.branch, old.track]
    db.execute(made.on_conflict_do_update(index_elements=keys, set_=changes))


def _numbers(db: Connection, tracks: Sequence[Track]) -> dict[Track, int]:
    """The numbers of tracks, made where they are new."""
    if not tracks:
        return {}
    columns = [tables.TRACK.c[name] for name in Track._fields]
    found: dict[Track, int] = {}
    for start in range(0, len(tracks), _AT_ONCE):
        part = tracks[start : start + _AT_ONCE]
        db.execute(upsert(tables.TRACK).values([track._asdict() for track in part]).on_conflict_do_nothing())
        query = select(*columns, tables.TRACK.c.id).where(tuple_(*columns).in_(part))
        found.update((Track(*row[:3]), row[3]) for row in db.execute(query))
    return found


def _is(track: Track) -> list[Any]:
    return [tables.TRACK.c[name] == value for name, value in track._asdict().items()]


def _chosen(wanted: Wanted) -> Select[Any]:
    """The numbers of the builds that are wanted."""
    query = select(tables.BUILD.c.id)
    for name in ("target", "branch", "revision"):
        if value := getattr(wanted, name):
            query = query.where(tables.BUILD.c[name] == value)
    if wanted.variant is not None:
        query = query.where(tables.BUILD.c.variant == wanted.variant)
    if wanted.since is not None:
        query = query.where(tables.BUILD.c.date >= int(wanted.since.timestamp()))
    if wanted.until is not None:
        query = query.where(tables.BUILD.c.date <= int(wanted.until.timestamp()))
    if wanted.last is not None:
        query = query.order_by(tables.BUILD.c.date.desc(), tables.BUILD.c.id.desc()).limit(wanted.last)
    return query
