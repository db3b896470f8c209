"""RBL: what the boot loader of Beken chips unpacks after an update, and the trailer of their UART files.

0    "RBL\\0"
4    encryption u8 (0 none, 1 XOR, 2 AES-256) · compression u8 (0 none, 1 gzip, 2 quicklz, 3 fastlz) · 0 u16
8    unix time
12   partition name[16] · version[24] · serial[24]
76   CRC-32 of the body as stored
80   FNV-1a (32 bits) of the raw image
84   size of the raw image · size of the body
92   CRC-32 of bytes 0 to 92, then the body

Little endian, zlib's CRC-32. OpenBeken's build scripts give the packer one key for all Beken chips, in public
(build.sh of OpenBK7231T, OpenBK7231N and beken_freertos_sdk): who has it can check a whole file.
"""

from __future__ import annotations

import struct
from binascii import crc32
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import unpacking
from imgcheck.wording import commas

MAGIC = b"RBL\0"
SIZE = 96
KEY = b"0123456789ABCDEF0123456789ABCDEF"
IV = b"0123456789ABCDEF"
ENCRYPTIONS = {0: "none", 1: "XOR", 2: "AES-256"}
COMPRESSIONS = {0: "none", 1: "gzip", 2: "quicklz", 3: "fastlz"}

_HEADER = struct.Struct("<4sBBHI16s24s24sIIIII")
_FNV_BASIS, _FNV_PRIME = 0x811C9DC5, 0x01000193


class Rbl(NamedTuple):
    """The fields as they stand; `checks` is what was checked and whether it holds."""

    encryption: int
    compression: int
    time: int
    name: str
    version: str
    serial: str
    body_crc: int
    raw_hash: int
    raw_size: int
    body_size: int
    body: bytes  # as stored
    checks: tuple[tuple[str, bool], ...]

    @property
    def packing(self) -> str:
        """Compression and encryption in words."""
        packed = COMPRESSIONS.get(self.compression, f"unknown ({self.compression})")
        return f"{packed}, {ENCRYPTIONS.get(self.encryption, f'unknown ({self.encryption})')}"


def parse(data: bytes) -> Rbl:
    """The container in `data`; FormatError unless it begins with a whole header whose CRC holds."""
    rbl = header(data)
    body = data[SIZE:]
    checks = (
        ("CRC-32 of the header", True),
        (f"body of {commas(rbl.body_size)} bytes", len(body) == rbl.body_size),
        ("CRC-32 of the body", crc32(body[: rbl.body_size]) == rbl.body_crc and len(body) >= rbl.body_size),
    )
    return rbl._replace(body=body[: rbl.body_size], checks=checks)


def header(data: bytes) -> Rbl:
    """The header alone, as it stands at the end of a UART file too."""
    if data[:4] != MAGIC:
        raise FormatError("no RBL: it does not begin with RBL", offset=0x0)
    if len(data) < SIZE:
        raise FormatError(f"the RBL header ends after {len(data)} of {SIZE} bytes", offset=len(data))
    (_, encryption, compression, _, time, name, version, serial, body_crc, raw_hash, raw, stored, crc) = (
        _HEADER.unpack_from(data)
    )
    if crc32(data[: SIZE - 4]) != crc:
        raise FormatError("the CRC-32 of the RBL header does not hold", offset=0x5C)
    texts = (_text(name), _text(version), _text(serial))
    return Rbl(
        encryption, compression, time, *texts, body_crc=body_crc, raw_hash=raw_hash,
        raw_size=raw, body_size=stored, body=b"", checks=(),
    )  # fmt: skip


def unpack(rbl: Rbl, limit: int) -> bytes:
    """The raw image, decrypted and unpacked, at most `limit` bytes; FormatError where a device would stop."""
    body = rbl.body
    if rbl.encryption == 2:
        body = unpacking.decrypt(body, KEY, IV)
    elif rbl.encryption:
        raise FormatError(f"encrypted as {ENCRYPTIONS.get(rbl.encryption, rbl.encryption)}: cannot be opened")
    if rbl.compression == 1:
        raw, rest = unpacking.gunzip(body, limit)
        if rest.strip(b"\0") and rbl.encryption:
            raise FormatError(f"{commas(len(rest))} bytes behind the gzip stream")
    elif rbl.compression:
        raise FormatError(
            f"packed with {COMPRESSIONS.get(rbl.compression, rbl.compression)}: cannot be opened"
        )
    else:
        raw = body[: rbl.raw_size]
    if len(raw) != rbl.raw_size:
        raise FormatError(f"unpacks to {commas(len(raw))} bytes; its header says {commas(rbl.raw_size)}")
    return raw


def hashed(raw: bytes) -> int:
    """FNV-1a, 32 bits."""
    value = _FNV_BASIS
    for byte in raw:
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return value


def build(
    body: bytes, raw: bytes, encryption: int, compression: int, *, version: str = "", time: int = 0
) -> bytes:
    """The container of a body that is packed already, as the vendor's packer writes it for partition app."""
    head = _HEADER.pack(
        MAGIC, encryption, compression, 0, time, b"app", version.encode(), b"0" * 23,
        crc32(body), hashed(raw), len(raw), len(body), 0,
    )[:-4]  # fmt: skip
    return head + struct.pack("<I", crc32(head)) + body


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", "backslashreplace")
