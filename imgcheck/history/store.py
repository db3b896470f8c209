"""Where builds are kept: the contract that every store fulfils, and the choice of one by its address.

Every store is tested by the same tests (tests/history/test_stores.py).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from imgcheck.errors import ImgcheckError
from imgcheck.history.builds import Build, Size, Track

PARQUET = "parquet:"  # begins the name of a folder that a history is exported to
DEFAULT = ".imgcheck/history.db"
_PASSWORD = re.compile(r"(://[^/@\s:]*):.*@", re.DOTALL)
_NAMED_PASSWORD = re.compile(r"(password\s*=\s*)(?:'[^']*'?|[^\s&]+)", re.IGNORECASE)


class Point(NamedTuple):
    """A track's size in one build; `build` is the store's number for it."""

    build: int
    size: int


class Row(NamedTuple):
    """A line of the overview: one track of one target and variant, over all its builds by date."""

    target: str
    variant: str
    branch: str
    track: Track
    builds: int
    first: int
    last: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which builds: "" and None take all."""

    target: str = ""
    variant: str | None = None
    branch: str = ""
    revision: str = ""
    since: datetime | None = None
    until: datetime | None = None
    last: int | None = None  # the newest so many


ALL = Wanted()


class Store(ABC):
    """Builds by date. A build is stored whole or not at all, whoever else writes and whenever we are killed.

    Two builds are the same when target, variant, branch and revision are (without a revision: the date), and
    then their sizes must be too. Reading never changes what is stored. All raise ImgcheckError for a store
    that is locked, damaged, not theirs or newer than they are; messages never hold a password.
    """

    @abstractmethod
    def add(self, builds: Iterable[Build], replace: bool = False) -> int:
        """Stores builds, all or none; gives how many were new.

        One that is there already with the same sizes counts as nothing. With other sizes it raises
        ImgcheckError, unless `replace` is set: then it takes the old one's place.
        """

    @abstractmethod
    def builds(self, wanted: Wanted = ALL, sizes: bool = False) -> Iterator[Build]:
        """The builds, oldest first; with `sizes` what was measured of each."""

    @abstractmethod
    def series(self, track: Track, wanted: Wanted = ALL) -> Sequence[Point]:
        """One track over the builds that have it, oldest first."""

    @abstractmethod
    def tracks(self, kind: str = "") -> Sequence[Track]:
        """All that was ever measured, of one kind or of all, by kind, name and resource."""

    @abstractmethod
    def overview(self, kind: str = "") -> Sequence[Row]:
        """Each track of each target, variant and branch, summed up as `Row`."""

    @abstractmethod
    def remove(self, ids: Iterable[int]) -> int:
        """Removes builds with all that was measured of them, all or none; gives how many there were."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of the file or connection."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def build_of(values: Sequence[Any], sizes: Sequence[Size] = ()) -> Build:
    """A build as a database gives it: number, seconds, and `WORDS`."""
    number, when, *words = values
    revision, branch, target, variant, compiler, policy = words
    date = datetime.fromtimestamp(when, UTC)
    return Build(
        date=date,
        revision=revision,
        branch=branch,
        target=target,
        variant=variant,
        compiler=compiler,
        policy=policy,
        sizes=tuple(sizes),
        id=number,
    )


def row_of(values: Sequence[Any]) -> Row:
    """A row of the overview as a database gives it: a flat tuple."""
    target, variant, branch, kind, name, resource, builds, first, last, least, most = values
    return Row(
        target=target,
        variant=variant,
        branch=branch,
        track=Track(kind, name, resource),
        builds=builds,
        first=first,
        last=last,
        least=least,
        most=most,
    )


def shown(address: str) -> str:
    """A store's address without its password."""
    return _NAMED_PASSWORD.sub(r"\1***", _PASSWORD.sub(r"\1:***@", address))


def connect(address: str, write: bool = False) -> Store:
    """Opens a store: a path (SQLite), or postgresql://…; `write` creates an SQLite file that is missing.

    Raises ImgcheckError.
    """
    scheme, separator, _ = address.partition("://")
    if not separator:
        if _NAMED_PASSWORD.search(address) or address.startswith(("postgresql:", "postgres:")):
            # Taken for a path it would be printed, as every file is that cannot be opened.
            raise ImgcheckError("--db: a database's address is written postgresql://user@host/database")
        if address.startswith(PARQUET):
            raise ImgcheckError(
                f"--db {address}: Parquet files are written by `imgcheck history export`, and not read"
            )
        from imgcheck.history import sqlite

        return sqlite.connect(Path(address or DEFAULT), write)
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        try:
            from imgcheck.history import sql
        except ModuleNotFoundError as error:
            raise ImgcheckError(
                f"--db {shown(address)}: needs {error.name}; install firmware-imgcheck[postgresql]"
            ) from None
        return sql.connect(address)
    raise ImgcheckError(f"--db {shown(address)}: known are a file's path and postgresql://")
