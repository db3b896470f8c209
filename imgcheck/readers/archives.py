"""Which member of an archive defines a name: its symbol index, and single members, without reading the rest.

ar(5): System V's index (`/`, `/SYM64/`: a number, that many places, big-endian, then the names) and BSD's
(`__.SYMDEF`: pairs of name and place, in the target's byte order). A thin archive has its members' paths
only.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from imgcheck.errors import FormatError
from imgcheck.readers import files

THIN = b"!<thin>\n"
_MAGICS = (b"!<arch>\n", THIN)
_HEADER = 60  # bytes in front of each member
_MOST_NAMES = 200_000  # the largest libraries of such chips have a tenth
_LARGEST = 16 << 20  # bytes of an index, of a table of names, and of a member
_LONGEST = 1024  # of a member's name: a path
_WORDS = {b"/": (">", "I"), b"/SYM64/": (">", "Q")}
_BSD = {b"__.SYMDEF": "I", b"__.SYMDEF SORTED": "I", b"__.SYMDEF_64": "Q", b"__.SYMDEF_64 SORTED": "Q"}


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive says of its members: `places` are offsets of the first that defines each name."""

    places: Mapping[bytes, int]
    names: bytes  # those of members that are too long for their headers
    thin: bool


def read(path: Path) -> Archive:
    """The index of the archive at `path`, empty where it has none; raises FormatError."""
    try:
        with files.opened(path) as file, files.named(path):
            return parse(file)
    except (OSError, ValueError) as error:
        raise files.unreadable(error, path) from None


def member(path: Path, archive: Archive, place: int) -> tuple[str, memoryview]:
    """Name and bytes of the member whose header is at `place`, of a thin archive those of the file that it
    names there; raises FormatError."""
    try:
        with files.opened(path) as file, files.named(path):
            name, size = _at(file, archive, place)
            if not archive.thin:
                return name, memoryview(_take(file, size, place))
    except (OSError, ValueError) as error:
        raise files.unreadable(error, path) from None
    return name, memoryview(files.read(path.parent / name, _LARGEST))


def called(path: Path, archive: Archive, place: int) -> str:
    """The name of the member whose header is at `place`; raises FormatError."""
    try:
        with files.opened(path) as file, files.named(path):
            return _at(file, archive, place)[0]
    except (OSError, ValueError) as error:
        raise files.unreadable(error, path) from None


def parse(file: BinaryIO) -> Archive:
    """The index in an archive that is read from its beginning; FormatError where it is damaged."""
    magic = file.read(8)
    if magic not in _MAGICS:
        raise FormatError("no archive of objects", offset=0)
    places: dict[bytes, int] = {}
    names = b""
    while True:
        at = file.tell()
        head = _header(file, at)
        if head is None:
            break
        raw, size = head
        if raw == b"//":
            names = _take(file, size, at)
            break
        label, content = raw, b""
        if raw.startswith(b"#1/"):
            label, size = _inline(file, raw, size, at)
        if label in _WORDS:
            content = _take(file, size, at)
            places = places or _system_v(content, "".join(_WORDS[label]), at)
        elif label in _BSD:
            content = _take(file, size, at)
            places = places or _bsd(content, _BSD[label], at)
            break
        else:
            break
        file.seek(size & 1, os.SEEK_CUR)
    return Archive(places, names, magic == THIN)


def _header(file: BinaryIO, at: int) -> tuple[bytes, int] | None:
    """Name and size of the member whose header is next, None at the end."""
    header = file.read(_HEADER)
    if not header.strip(b"\n"):
        return None
    if len(header) < _HEADER or header[58:60] != b"`\n" or not header[48:58].strip().isdigit():
        raise FormatError("archive member has no header", offset=at)
    return header[:16].rstrip(), int(header[48:58])


def _take(file: BinaryIO, size: int, at: int) -> bytes:
    if size > _LARGEST:
        raise FormatError(f"a member of more than {_LARGEST >> 20:d} MiB", offset=at)
    data = file.read(size)
    if len(data) < size:
        raise FormatError("archive member runs past the end", offset=at)
    return data


def _inline(file: BinaryIO, raw: bytes, size: int, at: int) -> tuple[bytes, int]:
    """A name that stands in front of its member's bytes, BSD's way, and how many of those are left."""
    length = int(raw[3:]) if raw[3:].isdigit() else 0
    if length > min(size, _LONGEST):
        raise FormatError("archive member's name runs past its end", offset=at)
    return _take(file, length, at).rstrip(b"\0"), size - length


def _at(file: BufferedReader, archive: Archive, place: int) -> tuple[str, int]:
    if not 0 < place < os.fstat(file.fileno()).st_size:
        raise FormatError("the index names a place behind the archive's end")
    return _member(file, archive, place)


def _member(file: BinaryIO, archive: Archive, place: int) -> tuple[str, int]:
    """The name and the size of a member; its bytes are next."""
    file.seek(place)
    head = _header(file, place)
    if head is None:
        raise FormatError("the index names what is no object", offset=place)
    raw, size = head
    if raw.startswith(b"#1/"):
        raw, size = _inline(file, raw, size, place)
    elif raw.startswith(b"/") and raw[1:].isdigit():
        start = int(raw[1:])
        end = archive.names.find(b"\n", start, start + _LONGEST)
        raw = archive.names[start : end if end >= 0 else start + _LONGEST]
    if not raw.strip(b"/"):
        raise FormatError("the index names what is no object", offset=place)
    return raw.removesuffix(b"/").decode("utf-8", "replace"), size


def _system_v(content: bytes, word: str, at: int) -> dict[bytes, int]:
    wide = struct.calcsize(word)
    count = struct.unpack_from(word, content)[0] if len(content) >= wide else 0
    if count > _MOST_NAMES or wide * (count + 1) > len(content):
        raise FormatError(f"the archive's index says that it has {count:d} names", offset=at)
    places = struct.unpack_from(f"{word[0]}{count}{word[1]}", content, wide)
    names = content[wide * (count + 1) :].split(b"\0", count)[:count]
    # Of the members that define a name the linker takes the first: the last one that is put in here.
    return dict(zip(reversed(names), reversed(places[: len(names)]), strict=True))


def _bsd(content: bytes, word: str, at: int) -> dict[bytes, int]:
    wide = struct.calcsize("<" + word)
    size = int.from_bytes(content[:wide], "little")
    texts = content[size + 2 * wide :]
    if size % (2 * wide) or size + 2 * wide > len(content) or size // (2 * wide) > _MOST_NAMES:
        raise FormatError("the archive's index is damaged", offset=at)
    found: dict[bytes, int] = {}
    for start, place in struct.iter_unpack(f"<2{word}", content[wide : wide + size]):
        end = texts.find(b"\0", start, start + _LONGEST * 16)
        if end >= 0:
            found.setdefault(texts[start:end], place)
    return found
