"""AmebaZ (RTL8710B): OpenBeken's OTA file for both slots, Realtek's `_UG_` container, and the flash image.

ota    length of image 1 u32 · length of image 2 u32 · the image linked for slot 1 · the one for slot 2
image  "81958711" · length of the XIP part u32 · start u32 · 16 FF · XIP part · the same header and the RAM
       part; the last 4 bytes are the sum of the bytes before
ug     0x20170111 u32 · 2 u32 · twice: "OTA1" or "OTA2" · 24 u32 · sum u32 · length u32 · offset u32 ·
       flash address u32; images from 0x38
flash  99 99 96 96 3F CC 66 FC at 0, the image of slot 1 at 0xB000

Little endian.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.wording import commas

MARK = b"81958711"
UG_MAGIC = 0x20170111
FLASH_MARK = bytes.fromhex("999996963fcc66fc")
SLOT1 = 0xB000
HEADER = 32


class Image(NamedTuple):
    """The image of one slot, as it lies in the file."""

    offset: int
    length: int
    xip_length: int


class Ota(NamedTuple):
    """The images of both slots."""

    images: tuple[Image, ...]
    checks: tuple[tuple[str, bool], ...]


def parse(data: bytes) -> Ota:
    """OpenBeken's container; FormatError unless both lengths and both marks are there."""
    if len(data) < 8 + 2 * HEADER:
        raise FormatError(f"too short for an RTL8710B OTA file: {len(data)} bytes", offset=len(data))
    one, two = struct.unpack_from("<II", data)
    if 8 + one + two != len(data):
        told = f"lengths of {commas(one)} and {commas(two)} bytes in a file of {commas(len(data))}"
        raise FormatError(f"{told}: cut, or no RTL8710B OTA file", offset=0x0)
    return _both(data, ((8, one, None), (8 + one, two, None)))


def ug(data: bytes) -> Ota:
    """Realtek's container; FormatError unless its marks are there and its images lie in it."""
    if len(data) < 56 or struct.unpack_from("<II", data) != (UG_MAGIC, 2):
        raise FormatError("no UG file of an RTL8710B: it does not begin with 11 01 17 20", offset=0x0)
    places: list[tuple[int, int, int | None]] = []
    for at in (8, 32):
        _, _, total, length, offset, _ = struct.unpack_from("<4sIIIII", data, at)
        places.append((offset, length, total))
    return _both(data, tuple(places))


def flash(data: bytes) -> Image:
    """The image of slot 1 in a flash image; FormatError without the boot loader's mark or the image's."""
    if data[:8] != FLASH_MARK:
        raise FormatError("no RTL8710B flash image: it does not begin with 99 99 96 96", offset=0x0)
    return _image(data, SLOT1, len(data) - SLOT1)


def build(xip: bytes, ram: bytes = b"") -> bytes:
    """An image of one slot, with the sum at its end."""
    out = b""
    for part in (xip, ram):
        out += MARK + struct.pack("<II", len(part), 0) + b"\xff" * 16 + part
    out = out.ljust(-(-len(out) // 4) * 4, b"\xff")
    return out + struct.pack("<I", sum(out) & 0xFFFFFFFF)


def _both(data: bytes, places: tuple[tuple[int, int, int | None], ...]) -> Ota:
    found: list[Image] = []
    checks: list[tuple[str, bool]] = []
    for slot, (offset, length, total) in enumerate(places, 1):
        found.append(_image(data, offset, length))
        body = data[offset : offset + length]
        own = int.from_bytes(body[-4:], "little")
        checks.append((f"sum of image {slot}", sum(body[:-4]) & 0xFFFFFFFF == own))
        if total is not None:
            checks.append((f"sum of image {slot} in the header", sum(body) & 0xFFFFFFFF == total))
    return Ota(tuple(found), tuple(checks))


def _image(data: bytes, offset: int, length: int) -> Image:
    if length < HEADER or offset + length > len(data):
        raise FormatError(f"an image of {commas(length)} bytes does not lie in the file", offset=offset)
    if data[offset : offset + 8] != MARK:
        raise FormatError("no RTL8710B image: no 81958711", offset=offset)
    return Image(offset, length, int.from_bytes(data[offset + 8 : offset + 12], "little"))
