"""The door for files that somebody else made: regular ones only, and none larger than it could be.

A pipe would be waited for, a device has no end, and a sparse file of 30 GB takes no place where it lies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from mmap import mmap
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Literal, TypeAlias

from imgcheck.errors import FormatError, ImgcheckError

LARGEST = 256 << 20  # bytes of an ELF, a map or an archive: ten times what firmware of such chips has
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_HEAD = 4096
_FEW = 8  # names of an error

Kind = Literal["empty", "elf", "archive", "dtb", "text", "binary"]
_MAGICS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x7fELF", "elf"),
    (b"!<arch>\n", "archive"),
    (b"!<thin>\n", "archive"),
    (b"\xd0\x0d\xfe\xed", "dtb"),
)


def sniff(data: bytes) -> Kind:
    """What a file is for any chip, by its beginning; a target tells its own binary formats apart."""
    if not data:
        return "empty"
    known = next((kind for magic, kind in _MAGICS if data.startswith(magic)), None)
    return known or ("binary" if b"\0" in data[:_HEAD] else "text")


def read(path: str | Path, most: int = LARGEST, larger: str = "", *, links: bool = True) -> bytes:
    """All bytes of the file at `path`, `most` at the most; `larger` says what it means that it has more.

    The bytes are a copy: a file that is cut while it is looked at changes nothing. With `links` False a link
    is refused.
    Raises FormatError, naming the file, for what is no regular file, is larger or cannot be read.
    """
    try:
        with opened(path, links) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(size + 1) if size <= most else b""
    except (OSError, ValueError) as error:
        raise unreadable(error, path) from None
    if max(len(data), size) > most:
        raise FormatError(larger or f"larger than {most >> 20:d} MiB", str(path))
    return data


def apart(path: str | Path) -> memoryview:
    """As `read`, for a large file: in memory that is the system's again as soon as nobody has it.

    What the C library once had in one piece it takes to be wanted again, and keeps all that is as large.
    """
    with partly(path) as (view, fill):
        fill(0, len(view))
        return view


Fill: TypeAlias = Callable[[int, int], None]  # offset and size of what shall be read


@contextmanager
def partly(path: str | Path) -> Iterator[tuple[memoryview, Fill]]:
    """A file of which only parts are read, all else being zeroes that take no memory; FormatError as `read`.

    The memory is of its own, as `apart` has it.
    """
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > LARGEST:
                raise FormatError(f"larger than {LARGEST >> 20:d} MiB", str(path))
            view = memoryview(mmap(-1, size)) if size else memoryview(b"")

            def fill(offset: int, size: int) -> None:
                file.seek(offset)
                into = view[offset : offset + size]
                if into and file.readinto(into) < len(into):
                    raise FormatError("it was cut while it was read", str(path))

            yield view, fill
    except (OSError, ValueError) as error:
        raise unreadable(error, path) from None


def begin(path: str | Path, size: int) -> bytes:
    """The first `size` bytes, or all if there are fewer; FormatError as `read`."""
    try:
        with opened(path) as file:
            return file.read(size)
    except (OSError, ValueError) as error:
        raise unreadable(error, path) from None


def opened(path: str | Path, links: bool = True) -> BufferedReader:
    """The file, open for reading; FormatError when it is no regular one, OSError and ValueError as `open`."""
    _regular(Path(path).stat().st_mode, path)  # opening a device may already do something
    more = _NONBLOCK | (0 if links else _NOFOLLOW)
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | more))  # noqa: SIM115
    try:
        _regular(os.fstat(file.fileno()).st_mode, path)
    except FormatError:
        file.close()
        raise
    return file


def size(path: str | Path) -> int:
    """The bytes of a file that is not read yet; FormatError as `read`."""
    with named(path):
        status = Path(path).stat()
        _regular(status.st_mode, path)
        return status.st_size


def listed(path: Path, below: str = "") -> list[Path]:
    """The file itself, or those of a folder that are not hidden, by name; raises ImgcheckError for none.

    Of the folder called `below` in it those at any depth count as well.
    """
    with named(path):
        if not path.is_dir():
            path.stat()
            return [path]
        places = [path.iterdir(), *([(path / below).rglob("*")] if below else [])]
        found = [file for place in places for file in sorted(place) if _plain(file, path)]
    if not found:
        inner = sorted(one.name for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
        more = f"; name one of its folders: {', '.join(inner[:_FEW])}" if inner else ""
        raise ImgcheckError(f"{path}: there are no files in it{more}")
    return found


def _plain(file: Path, folder: Path) -> bool:
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)


@contextmanager
def named(path: str | Path) -> Iterator[None]:
    """Errors of the operating system and of parsers, with the file's name."""
    try:
        yield
    except OSError as error:
        raise unreadable(error, error.filename or path) from error
    except FormatError as error:
        raise error.within(str(path)) from None


def unreadable(error: OSError | ValueError, path: str | Path) -> FormatError:
    """The error for a file that cannot be read; ValueError is Python's word for a name with a NUL."""
    return FormatError(getattr(error, "strerror", None) or "cannot be read", str(path))


def _regular(mode: int, path: str | Path) -> None:
    if not S_ISREG(mode):
        what = "a directory, not a regular file" if S_ISDIR(mode) else "not a regular file"
        raise FormatError(what, str(path))
