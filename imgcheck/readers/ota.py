"""The 512-byte header of a BL602 OTA file ("BL60X_OTA"), as the SDK's flash_build.py writes it.

0    "BL60X_OTA_Ver1.0" | "XZ  " or "RAW "
20   length of the body | 01 02 .. 08
32   "BFL_Module_v1.1"   16 bytes, hardware
48   "EVENT_V1.1.1"      16 bytes, software
64   SHA-256 of the body
96   length of what the body unpacks to; FF FF FF FF before June 2025
100  FF to 512, then the body
"""

from hashlib import sha256
from pathlib import Path
from struct import pack, unpack_from
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import files

IDENT = b"BL60X_OTA_Ver1.0"
IDENT_CHECKED = b"BL60X_OTA"  # the part that OpenBeken compares
SIZE = 512
ABSENT = 0xFFFFFFFF
HARDWARE = "BFL_Module_v1.1"
SOFTWARE = "EVENT_V1.1.1"


class OtaHeader(NamedTuple):
    """The header's fields as they stand; `unpacked_len` is None where the file does not give it."""

    ident: bytes
    kind: bytes
    length: int
    pad: bytes
    hardware: bytes
    software: bytes
    sha256: bytes
    unpacked_len: int | None
    rest: bytes

    @property
    def packed(self) -> bool:
        """The body is XZ; RAW otherwise."""
        return b"XZ" in self.kind


def read(path: Path) -> OtaHeader:
    """The header at the beginning of the file at `path`; raises FormatError."""
    with files.named(path):
        return parse(files.begin(path, SIZE))


def parse(data: bytes) -> OtaHeader:
    """The header at the beginning of `data`; raises FormatError unless it is whole and says BL60X_OTA."""
    if data[:9] != IDENT_CHECKED:
        raise FormatError("no OTA header: it does not begin with BL60X_OTA", offset=0x0)
    if len(data) < SIZE:
        raise FormatError(f"the OTA header ends after {len(data)} of {SIZE} bytes", offset=len(data))
    header = OtaHeader(*unpack_from("<16s4sI8s16s16s32sI412s", data))
    return header._replace(unpacked_len=None) if header.unpacked_len == ABSENT else header


def build(
    body: bytes,
    unpacked_len: int | None,
    *,
    packed: bool = True,
    hardware: str = HARDWARE,
    software: str = SOFTWARE,
) -> bytes:
    """The header of an OTA file with `body`; `unpacked_len` None leaves that field erased."""
    return pack(
        "<16s4sI8s16s16s32sI412s",
        IDENT,
        b"XZ  " if packed else b"RAW ",
        len(body),
        bytes(range(1, 9)),
        hardware.encode(),
        software.encode(),
        sha256(body).digest(),
        ABSENT if unpacked_len is None else unpacked_len,
        b"\xff" * 412,
    )
