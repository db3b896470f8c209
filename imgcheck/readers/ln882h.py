"""LN882H: the flash image with its partition table at 0x6000, and images behind a 256-byte header.

partition  type u32 (0 APP, 1 OTA, 2 KV, 3 NVDS, 4 EEPROM, 5 USER) · start · size · CRC-32 of these; zeros end
image      0 type u32 (1 original, 2 packed original) · 4 version[4] · 8 sizes[4] · 24 CRC-32s[4], each of the
           original, packed, diff and packed diff image · 252 CRC-32 of bytes 0 to 252; the body follows

Little endian, zlib's CRC-32. A packed body is LZMA-alone with its length filled in. As image_header.py and
part_desc_info.py of the SDK have it.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import unpacking
from imgcheck.wording import commas

TABLE = 0x6000
APP_OFFSET = 0x7000
SIZE = 256
ORIGINAL, PACKED = 1, 2
MOST_PARTITIONS = 64
TYPES = ("APP", "OTA", "KV", "NVDS", "EEPROM", "USER")
ENTRY = struct.Struct("<IIII")


class Partition(NamedTuple):
    """One entry of the table."""

    name: str
    start: int
    size: int


class Image(NamedTuple):
    """An image; `size` and `crc` are those of the original, the other two of the packed body."""

    type: int
    version: str
    size: int
    packed_size: int
    crc: int
    packed_crc: int
    body: bytes
    extra: int  # bytes behind what the header promises
    checks: tuple[tuple[str, bool], ...]


class Flash(NamedTuple):
    """A flash image: its partitions and its application."""

    partitions: tuple[Partition, ...]
    app: Image


def parse(data: bytes) -> Image:
    """The image at the beginning of `data`; FormatError where it is none or cut."""
    if len(data) < SIZE:
        raise FormatError(f"the image header ends after {len(data)} of {SIZE} bytes", offset=len(data))
    kind, major, minor, _, _, size, packed, _, _, crc, packed_crc = struct.unpack_from("<IBBBBIIIIII", data)
    if zlib.crc32(data[: SIZE - 4]) != int.from_bytes(data[SIZE - 4 : SIZE], "little"):
        raise FormatError("no LN882H image: the CRC-32 of its header does not hold", offset=0xFC)
    if kind not in (ORIGINAL, PACKED):
        raise FormatError(
            f"an LN882H image of type {kind}; known are 1 (original) and 2 (packed)", offset=0x0
        )
    length = packed if kind == PACKED else size
    if length > len(data) - SIZE:
        raise FormatError(
            f"a body of {commas(length)} bytes: only {commas(len(data) - SIZE)} are there", offset=SIZE
        )
    body = data[SIZE : SIZE + length]
    checks = (
        ("CRC-32 of the header", True),
        ("CRC-32 of the body", zlib.crc32(body) == (packed_crc if kind == PACKED else crc)),
    )
    extra = len(data) - SIZE - length
    return Image(
        type=kind,
        version=f"{major}.{minor}",
        size=size,
        packed_size=packed,
        crc=crc,
        packed_crc=packed_crc,
        body=body,
        extra=extra,
        checks=checks,
    )


def unpack(image: Image, limit: int) -> bytes:
    """The original image; FormatError unless its size is the header's."""
    if image.type == ORIGINAL:
        return image.body
    plain = unpacking.unlzma(image.body, limit)
    if len(plain) != image.size:
        raise FormatError(f"unpacks to {commas(len(plain))} bytes; its header says {commas(image.size)}")
    return plain


def flash(data: bytes) -> Flash:
    """A flash image from its first byte; FormatError where there is no table, or no application in it."""
    found: list[Partition] = []
    for at in range(TABLE, min(TABLE + MOST_PARTITIONS * ENTRY.size, len(data) - ENTRY.size + 1), ENTRY.size):
        kind, start, size, crc = ENTRY.unpack_from(data, at)
        if not any((kind, start, size, crc)):
            break
        if zlib.crc32(data[at : at + 12]) != crc:
            raise FormatError("the CRC-32 of a partition does not hold", offset=at)
        found.append(Partition(TYPES[kind] if kind < len(TYPES) else f"type {kind}", start, size))
    app = next((one for one in found if one.name == "APP"), None)
    if app is None:
        raise FormatError("no LN882H flash image: no application in a partition table", offset=TABLE)
    return Flash(tuple(found), parse(data[app.start : app.start + app.size]))


def build(plain: bytes, packed: bytes | None = None) -> bytes:
    """An image as the SDK's tools write it; `packed` is its LZMA-alone stream for an OTA file."""
    kind = ORIGINAL if packed is None else PACKED
    body = plain if packed is None else packed
    head = struct.pack(
        "<IBBBBIIIIIIII", kind, 0, 1, 0, 0, len(plain), len(packed or b""), 0, 0,
        zlib.crc32(plain), zlib.crc32(packed) if packed else 0, 0, 0,
    ).ljust(SIZE - 4, b"\0")  # fmt: skip
    return head + struct.pack("<I", zlib.crc32(head)) + body


def build_table(partitions: tuple[tuple[int, int, int], ...]) -> bytes:
    """The table of (type, start, size), with the row of zeros that ends it."""
    rows = b""
    for one in partitions:
        row = struct.pack("<III", *one)
        rows += row + struct.pack("<I", zlib.crc32(row))
    return rows + bytes(ENTRY.size)
