"""Images of the W600 (makeimg.c, makeimg_all.c, wm_fwup.h): a 56-byte header and a body.

0    0xA0FFFF9F · 4 type u16 (0 1 MB, 2 secboot, 3 2 MB) · 6 packed u16 · 8 run address
12   length of the run image · 16 its CRC-32 · 20 upgrade address · 24 length of the body · 28 its CRC-32
32   number · 36 version[16] · 52 CRC-32 of bytes 0 to 52

Little endian; the CRC-32 is zlib's without its last inversion; addresses lack their base of 0x8000000. The
body of a packed image is the gzip of the raw .bin with zeros behind it to a multiple of 4. What distinguishes
a W600 from a W800 image is the run address at 8. Boot loaders have nothing at 20 to 31: their body is the run
image, and its code holds the mark of a header as well.

.fls  header (run address 0x2000, CRC-32 of all behind it) · boot loader's header, FF to 0x100 · boot loader,
      FF to 0xE000 · image's header, FF to 0x100 · image; or without the first header, boot loader and image
      one behind the other
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import unpacking
from imgcheck.wording import commas

MAGIC = 0xA0FFFF9F
SIZE = 56
HEADER_AREA = 0x100  # in a .fls, between the header of the image and the image
SECBOOT = 2
RUN, WHOLE_RUN = 0x10100, 0x2000
LOADER_AREA = 0xE000  # of the boot loader in a .fls, header included
UPGRADES = {0: 0x90000, 3: 0x100000}  # by type

_HEADER = struct.Struct("<IHHIIIIIII16sI")


class Image(NamedTuple):
    """One image; `run_length` is that of the unpacked one."""

    offset: int
    type: int
    packed: bool
    run: int
    run_length: int
    run_crc: int
    upgrade: int
    length: int
    version: str
    body: bytes
    checks: tuple[tuple[str, bool], ...]


def parse(data: bytes) -> tuple[Image, ...]:
    """The image of a file, or what is in a .fls, the image last; FormatError where one is none or cut."""
    first = _image(data, 0, SIZE)
    if first.run == WHOLE_RUN:
        return (first, _image(data, SIZE, HEADER_AREA), _image(data, SIZE + LOADER_AREA, HEADER_AREA))
    if first.type != SECBOOT:
        return (first,)
    # The boot loader's length is not padded: the image's header is the next mark behind it.
    at = data.find(struct.pack("<I", MAGIC), SIZE + first.length)
    if at < 0:
        raise FormatError("no image behind the boot loader", offset=SIZE + first.length)
    return (first, _image(data, at, HEADER_AREA))


def unpack(image: Image, limit: int) -> bytes:
    """The run image in a packed body; FormatError unless length and CRC are those of the header."""
    plain, rest = unpacking.gunzip(image.body, limit)
    if rest.strip(b"\0"):
        raise FormatError(f"{commas(len(rest))} bytes behind the gzip stream")
    if len(plain) != image.run_length:
        raise FormatError(
            f"unpacks to {commas(len(plain))} bytes; its header says {commas(image.run_length)}"
        )
    return plain


def run_crc_holds(image: Image, plain: bytes) -> bool:
    """Whether the run image is the one that the header's CRC is of."""
    return _crc(plain) == image.run_crc


def build(plain: bytes, body: bytes | None = None, *, type: int = 0, version: str = "") -> bytes:
    """An image as makeimg writes it; `body` is the packed image, None for a plain one."""
    stored = plain if body is None else body + bytes(-len(body) % 4)
    upgrade = UPGRADES.get(type, 0)
    upgraded = (upgrade, len(stored), _crc(stored)) if type != SECBOOT else (0, 0, 0)
    return (
        _header(type, body is not None, RUN if type != SECBOOT else 0x2100, plain, upgraded, version) + stored
    )


def build_fls(loader: bytes, image: bytes) -> bytes:
    """A boot loader and an image, each with its header, as makeimg_all puts them together."""
    areas = [(one[:SIZE].ljust(HEADER_AREA, b"\xff") + one[SIZE:]) for one in (loader, image)]
    rest = areas[0].ljust(LOADER_AREA, b"\xff") + areas[1]
    return _header(0, False, WHOLE_RUN, rest) + rest


def _header(
    type: int,
    packed: bool,
    run: int,
    plain: bytes,
    upgrade: tuple[int, int, int] = (0, 0, 0),
    version: str = "",
) -> bytes:
    head = _HEADER.pack(
        MAGIC, type, packed, run, len(plain), _crc(plain), *upgrade, 0, version.encode(), 0,
    )[:-4]  # fmt: skip
    return head + struct.pack("<I", _crc(head))


def _image(data: bytes, at: int, area: int) -> Image:
    if len(data) - at < SIZE:
        raise FormatError(f"the header ends after {len(data) - at} of {SIZE} bytes", offset=at)
    (magic, kind, packed, run, run_length, run_crc, upgrade, length, body_crc, _, version, crc) = (
        _HEADER.unpack_from(data, at)
    )
    if magic != MAGIC or run >= 0x1000000:  # W800: 0x80D0400
        raise FormatError("no W600 image: no 9F FF FF A0 with a run address under 0x1000000", offset=at)
    begin = at + area
    if not upgrade and not length:
        length, body_crc = run_length, run_crc
    if length > len(data) - begin:
        raise FormatError(
            f"a body of {commas(length)} bytes: only {commas(max(len(data) - begin, 0))} are there",
            "",
            offset=begin,
        )
    body = data[begin : begin + length]
    checks = (
        ("CRC-32 of the header", _crc(data[at : at + SIZE - 4]) == crc),
        ("CRC-32 of the body", _crc(body) == body_crc),
    )
    text = version.partition(b"\0")[0].decode("ascii", "backslashreplace")
    return Image(
        offset=at,
        type=kind,
        packed=bool(packed),
        run=run,
        run_length=run_length,
        run_crc=run_crc,
        upgrade=upgrade,
        length=length,
        version=text,
        body=body,
        checks=checks,
    )


def _crc(data: bytes) -> int:
    return zlib.crc32(data) ^ 0xFFFFFFFF
