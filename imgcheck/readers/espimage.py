"""ESP application images: a header, segments, an XOR checksum and a SHA-256, as esp_image_format.h has them.

0    0xE9 · segment count · flash mode · flash size and frequency · 4 entry address
8    write protect pin · 9 drives[3] · 12 chip id u16 · 14 revisions[5] · 19 0[4] · 23 hash appended
24   per segment: address u32 · length u32 · data
     zeros, so that the checksum (0xEF XOR all data) is the last of 16 bytes; SHA-256 of everything before

The first segment begins with the application's descriptor: 0xABCD5432 · secure version · 0[8] · version[32] ·
project[32] · time[16] · date[16] · IDF[32] · SHA-256 of the ELF.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.wording import commas

MAGIC = 0xE9
HEADER = 24
MOST_SEGMENTS = 16
DESCRIPTION = 0xABCD5432
CHECKSUM_SEED = 0xEF


class Segment(NamedTuple):
    """A stretch of the image and where it is mapped or loaded; address 0 is padding."""

    address: int
    offset: int
    length: int


class Image(NamedTuple):
    """An image and where in the data it ends; `version` and `project` are "" without a descriptor."""

    chip: int
    flash_size: int  # the high nibble of byte 3: 0 1 MB, 1 2 MB, 2 4 MB, …
    segments: tuple[Segment, ...]
    end: int
    version: str
    project: str
    elf_hash: bytes
    checks: tuple[tuple[str, bool], ...]


def parse(data: bytes) -> Image:
    """The image at the beginning of `data`; FormatError where its segments do not lie in it."""
    if data[:1] != bytes([MAGIC]):
        raise FormatError("no ESP image: it does not begin with E9", offset=0x0)
    if len(data) < HEADER:
        raise FormatError(f"the image header ends after {len(data)} of {HEADER} bytes", offset=len(data))
    count, flash, chip, appended = data[1], data[3] >> 4, int.from_bytes(data[12:14], "little"), data[23]
    if not 1 <= count <= MOST_SEGMENTS:
        raise FormatError(f"an image of {count} segments", offset=0x1)
    segments, at, total = [], HEADER, CHECKSUM_SEED
    for number in range(count):
        if at + 8 > len(data):
            raise FormatError(f"the file ends before segment {number}", offset=at)
        address, length = struct.unpack_from("<II", data, at)
        if length > len(data) - at - 8:
            raise FormatError(
                f"segment {number} of {commas(length)} bytes: only {commas(len(data) - at - 8)} are there",
                "",
                offset=at,
            )
        segments.append(Segment(address, at + 8, length))
        total ^= _folded(data[at + 8 : at + 8 + length])
        at += 8 + length
    end = at + 16 - at % 16
    if end > len(data):
        raise FormatError("the file ends before the checksum", offset=at)
    checks = [("checksum of the segments", data[end - 1] == total)]
    if appended & 1:
        checks.append(("SHA-256 at the end", sha256(data[:end]).digest() == data[end : end + 32]))
        end = min(end + 32, len(data))
    version, project, elf = _described(data[segments[0].offset :])
    return Image(
        chip=chip,
        flash_size=flash,
        segments=tuple(segments),
        end=end,
        version=version,
        project=project,
        elf_hash=elf,
        checks=tuple(checks),
    )


def _described(data: bytes) -> tuple[str, str, bytes]:
    if len(data) < 176 or int.from_bytes(data[:4], "little") != DESCRIPTION:
        return "", "", b""
    return _text(data[16:48]), _text(data[48:80]), bytes(data[144:176])


def _folded(data: bytes) -> int:
    """All bytes XORed: halves on halves, which a long integer does quickly."""
    size = 1 << max(len(data) - 1, 0).bit_length()
    value = int.from_bytes(data)
    while size > 1:
        size //= 2
        value = (value >> 8 * size) ^ (value & ((1 << 8 * size) - 1))
    return value


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
