"""Images of the W800 (wm_fwup.h): a 64-byte header, a body, one after the other in a .fls.

0    0xA0FFFF9F · 4 attributes: bits 0-3 type (0 secboot, 1 image), 4 encrypted, 8 signed
     (128 bytes more), 16 gzip
8    run address · 12 length of the body · 16 header address · 20 upgrade address · 24 CRC-32 of the body
28   update number · 32 version[16] · 48 0 · 52 0 · 56 next · 60 CRC-32 of bytes 0 to 60

Little endian; the CRC-32 is zlib's without its last inversion. In an OTA file the body is the gzip of a whole
plain image, header and all, with zeros behind it to a multiple of 4.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import unpacking
from imgcheck.wording import commas

MAGIC = 0xA0FFFF9F
SIZE = 64
SIGNATURE = 128
SECBOOT, IMAGE = 0, 1
MOST_IMAGES = 16

_HEADER = struct.Struct("<IIIIIIII16sIIII")


class Image(NamedTuple):
    """One image of a file; `offset` is where its header begins."""

    offset: int
    type: int
    packed: bool
    run: int
    length: int
    upgrade: int
    version: str
    body: bytes
    checks: tuple[tuple[str, bool], ...]


def parse(data: bytes) -> tuple[Image, ...]:
    """All images of a file, by their headers; FormatError where there is none or one is cut."""
    found: list[Image] = []
    at = 0
    while at < len(data) and len(found) < MOST_IMAGES:
        if found and not data[at:].strip(b"\xff\0"):
            break
        one = _image(data, at)
        found.append(one)
        at += SIZE + one.length + (SIGNATURE if data[at + 5] & 1 else 0)
    if not found:
        raise FormatError("no W800 image: the file is empty", offset=0x0)
    return tuple(found)


def unpack(image: Image, limit: int) -> Image:
    """The plain image in the body of a packed one."""
    plain, rest = unpacking.gunzip(image.body, limit)
    if len(rest) > 3 or rest.strip(b"\0"):
        raise FormatError(f"{commas(len(rest))} bytes behind the gzip stream", offset=image.offset)
    return _image(plain, 0)


def build(body: bytes, *, type: int = IMAGE, packed: bool = False, version: str = "") -> bytes:
    """An image as wm_tool writes it: the body filled with zeros to a multiple of 4."""
    body += bytes(-len(body) % 4)
    run, head = (0x80D0400, 0x80D0000) if type == IMAGE else (0x8002400, 0x8002000)
    fields = _HEADER.pack(
        MAGIC,
        type | packed << 16,
        run,
        len(body),
        head,
        0x8010000,
        _crc(body),
        0,
        version.encode(),
        0,
        0,
        0,
        0,
    )[:-4]
    return fields + struct.pack("<I", _crc(fields)) + body


def _image(data: bytes, at: int) -> Image:
    if len(data) - at < SIZE:
        raise FormatError(f"the header ends after {len(data) - at} of {SIZE} bytes", offset=at)
    magic, attributes, run, length, _, upgrade, body_crc, _, version, _, _, _, crc = _HEADER.unpack_from(
        data, at
    )
    if magic != MAGIC:
        raise FormatError("no W800 image: no 9F FF FF A0", offset=at)
    begin = at + SIZE
    if length > len(data) - begin:
        raise FormatError(
            f"a body of {commas(length)} bytes: only {commas(len(data) - begin)} are there", offset=begin
        )
    body = data[begin : begin + length]
    checks = (
        ("CRC-32 of the header", _crc(data[at : at + SIZE - 4]) == crc),
        ("CRC-32 of the body", _crc(body) == body_crc),
    )
    text = version.partition(b"\0")[0].decode("ascii", "backslashreplace")
    return Image(
        offset=at,
        type=attributes & 0xF,
        packed=bool(attributes & 1 << 16),
        run=run,
        length=length,
        upgrade=upgrade,
        version=text,
        body=body,
        checks=checks,
    )


def _crc(data: bytes) -> int:
    return zlib.crc32(data) ^ 0xFFFFFFFF
