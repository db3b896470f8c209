"""The 32-byte header in front of the RBL in a `_UG_` file, as Tuya's `package` tool writes it.

0 55 AA 55 AA · 4 version[12] · 16 length of the RBL · 20 sum of its bytes · 24 sum of bytes 0 to 24
28 AA 55 AA 55

Big endian; sums are modulo 2^32.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.wording import commas

MAGIC = b"\x55\xaa\x55\xaa"
END = b"\xaa\x55\xaa\x55"
SIZE = 32


class Ug(NamedTuple):
    """The fields, and what follows the header."""

    version: str
    length: int
    body: bytes
    checks: tuple[tuple[str, bool], ...]


def parse(data: bytes) -> Ug:
    """The header and body; FormatError unless both marks are there."""
    if data[:4] != MAGIC or data[28:SIZE] != END:
        raise FormatError("no UG header: 55 AA 55 AA or AA 55 AA 55 is missing", offset=0x0)
    version, length, body_sum, head_sum = struct.unpack_from(">12sIII", data, 4)
    body = data[SIZE:]
    checks = (
        ("sum of the UG header", sum(data[:24]) & 0xFFFFFFFF == head_sum),
        (f"UG body of {commas(length)} bytes", length == len(body)),
        ("sum of the UG body", sum(body) & 0xFFFFFFFF == body_sum),
    )
    return Ug(version.partition(b"\0")[0].decode("ascii", "backslashreplace"), length, body, checks)


def build(body: bytes, version: str = "1.0.0") -> bytes:
    """The file around an RBL."""
    head = MAGIC + struct.pack(">12sII", version.encode(), len(body), sum(body) & 0xFFFFFFFF)
    return head + struct.pack(">I", sum(head) & 0xFFFFFFFF) + END + body
