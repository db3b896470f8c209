"""A history's SQLite file, opened so that nothing is left beside it: a log, a cut file made worse."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from imgcheck.readers import files

PATIENCE = 30.0  # seconds that a writer waits for the others
_MAGIC, _HEADER = b"SQLite format 3\0", 100  # bytes of its header: sqlite.org/fileformat.html, 1.3


def opened(path: Path, write: bool) -> sqlite3.Connection:
    """A reader that may write asks for that as well, but never does: who may not leaves a log behind."""
    real = path.resolve()
    free = os.access(real.parent, os.W_OK) and os.access(real, os.W_OK)
    if write or free:
        made = _connected(real, "rwc" if write else "rw")
    else:
        try:
            made = _connected(real, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            # In a folder that cannot be written to nobody else writes either.
            made = _connected(real, "ro&immutable=1")
    if not write:
        made.execute("PRAGMA query_only=ON")
    made.execute("PRAGMA synchronous=FULL")
    made.execute("PRAGMA foreign_keys=ON")
    return made


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    made = sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        made.execute("PRAGMA schema_version").fetchone()
    except BaseException:
        made.close()
        raise
    return made


def whole(path: Path) -> None:
    """Refuses a file that was cut, by its header and before SQLite makes a log beside it.

    Of one that ends within a page it would read zeros, and answer from them. With a log beside it the last
    pages may still be on their way.
    """
    real = path.resolve()
    log = real.with_name(f"{real.name}-wal")

    def cut() -> bool:
        with suppress(FileNotFoundError):  # a writer that lets go takes its log away
            if log.stat().st_size:
                return False
        header = files.begin(real, _HEADER)
        if not header.startswith(_MAGIC):
            return False  # empty, or SQLite says what it is not
        size = real.stat().st_size
        page = int.from_bytes(header[16:18], "big")
        page = 65_536 if page == 1 else page
        # The number of pages counts where the two change counters agree: older writers left it alone.
        pages = int.from_bytes(header[28:32], "big") if header[24:28] == header[92:96] else 0
        return len(header) < _HEADER or not page or size % page > 0 or size < pages * page

    # Asked twice: a writer that came between may have been taking its log back into the file.
    if real.exists() and cut() and cut():
        raise sqlite3.DatabaseError("the file was cut")
