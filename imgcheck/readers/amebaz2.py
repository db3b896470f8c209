"""AmebaZ2 (RTL87X0C): firmware as images with HMACs, and the flash image with its partition table.

firmware  32 OTA signature (HMAC of the first image header) · 192 keys · images · sum of all bytes before, u32
image     header of 96 bytes: length u32 · distance to the next u32 (FFFFFFFF: last) · type · encrypted · key
          · flags · 20 serial u32 · 32 two keys; data; 32 HMAC of all since the image's beginning. 87 fills
          it up to 0x4000, the last one to 0x40. The first begins with signature and keys, and counts from
          behind them.
flash     99 99 96 96 3F CC 66 FC C0 33 CC 03 E5 DC 31 62 · 0x20 the partition table's image: 64 keys, header,
          32 bytes (4: how many less one), then 64 per partition: offset u32 · length u32 · type (1 BOOT, 5
          FW1, 6 FW2) · 16 key valid · 32 hash key; boot loader, and the firmware at FW1

Little endian, HMAC-SHA-256. The hash key of OpenBeken's builds is public (partition.json of its SDK).
"""

from __future__ import annotations

import hmac
import struct
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.wording import commas

MARK = bytes.fromhex("999996963fcc66fcc033cc03e5dc3162")
HASH_KEY = bytes(range(31)) + b"\x5f"
LAST = 0xFFFFFFFF
MOST_IMAGES = 16
TYPES = {1: "BOOT", 2: "SYS", 3: "CAL", 4: "USER", 5: "FW1", 6: "FW2", 7: "VAR", 8: "MP"}
FW1 = 5

_SIGNATURE, _KEYS, _HEADER, _HMAC = 32, 192, 96, 32
_TABLE = 0x20


class Image(NamedTuple):
    """One image of a firmware; `offset` is that of its header."""

    offset: int
    length: int
    type: int
    serial: int


class Firmware(NamedTuple):
    """A firmware and where in the data it ends, sum included."""

    images: tuple[Image, ...]
    end: int
    checks: tuple[tuple[str, bool], ...]


class Partition(NamedTuple):
    """One entry of the flash's table."""

    name: str
    offset: int
    length: int


class Flash(NamedTuple):
    """A flash image: its partitions, and the firmware in the first slot."""

    partitions: tuple[Partition, ...]
    firmware: Firmware
    begin: int  # of the firmware


def parse(data: bytes) -> Firmware:
    """The firmware at the beginning of `data`; FormatError where its images do not lie in it."""
    found: list[Image] = []
    checks: list[tuple[str, bool]] = []
    at, begin = _SIGNATURE + _KEYS, 0
    if len(data) < at + _HEADER:
        raise FormatError(f"too short for an AmebaZ2 firmware: {len(data)} bytes", offset=len(data))
    while True:
        if at + _HEADER > len(data):
            raise FormatError(f"the file ends in the header of image {len(found)}", offset=at)
        length, step, kind = struct.unpack_from("<IIB", data, at)
        end = at + _HEADER + length
        if end + _HMAC > len(data):
            missing = end + _HMAC - len(data)
            raise FormatError(
                f"image {len(found)} is cut or none: {commas(missing)} bytes are missing", offset=at
            )
        serial = int.from_bytes(data[at + 20 : at + 24], "little")
        found.append(Image(at, length, kind, serial))
        checks.append((f"HMAC of image {len(found)}", _hmac(data[begin:end]) == data[end : end + _HMAC]))
        if step == LAST or len(found) == MOST_IMAGES:
            break
        begin = at + step
        if begin <= at:
            raise FormatError("images overlap", offset=at + 4)
        at = begin
    end = -(-(end + _HMAC) // 0x40) * 0x40
    if end + 4 > len(data):
        raise FormatError("the file ends before the sum of its bytes", offset=len(data))
    head = data[_SIGNATURE + _KEYS : _SIGNATURE + _KEYS + _HEADER]
    total = sum(data[:end]) & 0xFFFFFFFF
    checks.insert(0, ("OTA signature", _hmac(head) == data[:_SIGNATURE]))
    checks.append(("sum of all bytes", total == int.from_bytes(data[end : end + 4], "little")))
    return Firmware(tuple(found), end + 4, tuple(checks))


def flash(data: bytes) -> Flash:
    """A flash image; FormatError without its mark, or without a firmware in the first slot."""
    if data[:16] != MARK:
        raise FormatError("no AmebaZ2 flash image: it does not begin with 99 99 96 96", offset=0x0)
    at = _TABLE + 64 + _HEADER
    if len(data) < at + 32:
        raise FormatError("the file ends before the partition table", offset=len(data))
    found: list[Partition] = []
    first = -1
    for number in range(data[at + 4] + 1):
        entry = at + 32 + 64 * number
        if entry + 64 > len(data):
            raise FormatError("the file ends in the partition table", offset=len(data))
        offset, length, kind = struct.unpack_from("<IIB", data, entry)
        found.append(Partition(TYPES.get(kind, f"type {kind}"), offset, length))
        first = offset if kind == FW1 else first
    if first < 0 or first >= len(data):
        raise FormatError("no first firmware slot in the file", offset=at)
    return Flash(tuple(found), parse(data[first:]), first)


def build(bodies: tuple[bytes, ...]) -> bytes:
    """A firmware of images with these data, signed with the public key."""
    out = b""
    for number, body in enumerate(bodies):
        begin, first, last = len(out), number == 0, number == len(bodies) - 1
        total = (_SIGNATURE + _KEYS if first else 0) + _HEADER + len(body) + _HMAC
        size = -(-total // (0x40 if last else 0x4000)) * (0x40 if last else 0x4000)
        step = LAST if last else size - (_SIGNATURE + _KEYS if first else 0)
        head = (
            struct.pack("<IIBBBB8xI8x", len(body), step, (2, 8)[min(number, 1)], 0, 0, 0, 100)
            + (
                bytes([0xBB, *range(1, 32)]) if first else b"\xff" * 32
            )  # a user key, which no check is made with
            + b"\xff" * 32
        )
        keys = _hmac(head) + b"\xff" * _KEYS if first else b""
        image = keys + head + body
        out = (out + image + _hmac(image)).ljust(begin + size, b"\x87")
    return out + struct.pack("<I", sum(out) & 0xFFFFFFFF)


def build_flash(partitions: tuple[tuple[int, int, int], ...], firmware: bytes) -> bytes:
    """A flash image with this table of (offset, length, type) and an empty boot loader."""
    table = bytes([0xF0, 0xF0, 0, 0, len(partitions) - 1]).ljust(32, b"\xff")
    for offset, length, kind in partitions:
        table += struct.pack("<IIB", offset, length, kind).ljust(16, b"\0") + b"\xff" * 48
    head = struct.pack("<II", len(table), LAST).ljust(_HEADER, b"\xff")
    out = MARK.ljust(_TABLE, b"\xff") + b"\xff" * 64 + head + table
    first = next(offset for offset, _, kind in partitions if kind == FW1)
    return out.ljust(first, b"\xff") + firmware


def _hmac(data: bytes) -> bytes:
    return hmac.digest(HASH_KEY, data, "sha256")
