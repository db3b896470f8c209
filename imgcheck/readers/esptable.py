"""The partition table of ESP-IDF (gen_esp32part.py), as it lies at 0x8000 of a merged image.

row  0 0x50AA u16 · 2 type · 3 subtype · 4 offset u32 · 8 size u32 · 12 label[16] · 28 flags u32
end  EB EB and 14 FF, then the MD5 of all rows; the rest of the 0xC00 bytes is FF
"""

from __future__ import annotations

import struct
from hashlib import md5
from typing import NamedTuple

from imgcheck.errors import FormatError

OFFSET = 0x8000
SIZE = 0xC00
APP, DATA = 0, 1
FACTORY, OTA_FIRST, OTA_LAST = 0, 0x10, 0x1F

_ROW = struct.Struct("<HBBII16sI")
_MAGIC, _MD5 = 0x50AA, 0xEBEB


class Row(NamedTuple):
    """One partition."""

    label: str
    type: int
    subtype: int
    offset: int
    size: int

    @property
    def updatable(self) -> bool:
        """Whether an update over the air can be written to it."""
        return self.type == APP and OTA_FIRST <= self.subtype <= OTA_LAST


class Table(NamedTuple):
    """The rows and what was checked."""

    rows: tuple[Row, ...]
    checks: tuple[tuple[str, bool], ...]


def parse(data: bytes) -> Table:
    """The table at the beginning of `data`; FormatError when there is no row or a row is none."""
    rows: list[Row] = []
    checks: list[tuple[str, bool]] = []
    for at in range(0, min(len(data), SIZE) - _ROW.size + 1, _ROW.size):
        magic, kind, subtype, offset, size, label, _ = _ROW.unpack_from(data, at)
        if magic == _MD5:
            found = md5(data[:at], usedforsecurity=False).digest()
            checks.append(("MD5 of the partition table", found == data[at + 16 : at + 32]))
            break
        if magic == 0xFFFF:
            break
        if magic != _MAGIC:
            raise FormatError(f"no row of a partition table: {magic:#06x}", offset=at)
        rows.append(
            Row(label.partition(b"\0")[0].decode("ascii", "backslashreplace"), kind, subtype, offset, size)
        )
    if not rows:
        raise FormatError("no ESP partition table: no row begins with AA 50", offset=0x0)
    return Table(tuple(rows), tuple(checks))


def build(rows: tuple[Row, ...]) -> bytes:
    """The table of these rows, with its MD5, filled up with FF."""
    body = b"".join(
        _ROW.pack(_MAGIC, one.type, one.subtype, one.offset, one.size, one.label.encode(), 0) for one in rows
    )
    end = b"\xeb\xeb" + b"\xff" * 14 + md5(body, usedforsecurity=False).digest()
    return (body + end).ljust(SIZE, b"\xff")
