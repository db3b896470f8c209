"""The door for files that somebody else made: regular ones only, and none larger than it could be.

A pipe would be waited for, a device has no end, and a sparse file of 30 GB takes no place where it lies.
"""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from imgcheck.errors import FormatError

LARGEST = 256 << 20  # bytes of an ELF, a map or an archive: ten times what firmware of such chips has
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def read(path: str | Path, most: int = LARGEST, larger: str = "") -> bytes:
    """All bytes of the file at `path`, `most` at the most; `larger` says what it means that it has more.

    The bytes are a copy: a file that is cut while it is looked at changes nothing.
    Raises FormatError, naming the file, for what is no regular file, is larger or cannot be read.
    """
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(size + 1) if size <= most else b""
    except (OSError, ValueError) as error:
        raise unreadable(error, path) from None
    if max(len(data), size) > most:
        raise FormatError(larger or f"larger than {most >> 20:d} MiB", str(path))
    return data


def begin(path: str | Path, size: int) -> bytes:
    """The first `size` bytes, or all if there are fewer; FormatError as `read`."""
    try:
        with opened(path) as file:
            return file.read(size)
    except (OSError, ValueError) as error:
        raise unreadable(error, path) from None


def opened(path: str | Path) -> BinaryIO:
    """The file, open for reading; FormatError when it is no regular one, OSError and ValueError as `open`."""
    _regular(Path(path).stat().st_mode, path)  # opening a device may already do something
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NONBLOCK))  # noqa: SIM115
    try:
        _regular(os.fstat(file.fileno()).st_mode, path)
    except FormatError:
        file.close()
        raise
    return file


def unreadable(error: OSError | ValueError, path: str | Path) -> FormatError:
    """The error for a file that cannot be read; ValueError is Python's word for a name with a NUL."""
    return FormatError(getattr(error, "strerror", None) or "cannot be read", str(path))


def _regular(mode: int, path: str | Path) -> None:
    if not S_ISREG(mode):
        raise FormatError("not a regular file", str(path))
