"""The boot header of a BL602 image ("BFNP", 176 bytes), as blsp_bootinfo.h of the SDK's boot2 declares it.

0    42 46 4E 50            magic "BFNP"
4    01 00 00 00            revision
8    46 43 46 47 | 84 bytes | crc32     "FCFG", the SPI flash's commands and timings
100  50 43 46 47 |  8 bytes | crc32     "PCFG", crystal and clocks
116  00 33 03 00            boot configuration, a word of bits
120  img_len | entry | img_start        for one image without segments
132  32 bytes               SHA-256 of the image, or DE AD BE EF when it is ignored
172  crc32 over all before, or DE AD BE EF when it is ignored
"""

from hashlib import sha256 as digest
from pathlib import Path
from struct import pack, pack_into, unpack_from
from typing import NamedTuple
from zlib import crc32

from imgcheck.errors import FormatError
from imgcheck.readers import files

MAGIC = b"BFNP"
SIZE = 176
PAGE = 4096  # the header's place in a slot; the rest of the page is erased
IGNORED = 0xDEADBEEF
XTALS = {1: "24M", 2: "32M", 3: "38.4M", 4: "40M", 5: "26M", 6: "RC32M"}

NO_SEGMENT = 1 << 8
CACHE_ENABLE = 1 << 9
NOT_LOAD = 1 << 10
CRC_IGNORE = 1 << 16
HASH_IGNORE = 1 << 17
CACHE_WAYS = 3 << 12

# The flash commands that vendor and SDK write unless the flash chip is known (12 io_mode .. 95 qe_data),
# and what the SDK changes for the Winbond W25Q16JV (JEDEC id ef4015): OpenBeken ships that variant.
_FLASH = bytes.fromhex(
    "11000101 6699ff03 9f009f00 04ff0001 c72052d8 06023200 0b010b01 3b01bb00 6b01eb02 eb020250 00010001"
    "01000201 0201ab01 05350000 01010000 38ffffff 77030240 770302f0 2c01b004 b0040500 e8801400"
)
_EF4015 = {12: 0x04, 13: 0x01, 25: 0xEF, 60: 0x01, 69: 0x31, 74: 0x20, 92: 0xFF, 93: 0xFF, 94: 0x03}
_CLOCK = bytes.fromhex("0404000103010000")


class BootHeader(NamedTuple):
    """The fields of the header as they stand; the `_fits` properties say whether its checksums hold."""

    raw: bytes
    revision: int
    flash_magic: bytes
    flash: bytes
    flash_crc: int
    clock_magic: bytes
    clock: bytes
    clock_crc: int
    bootcfg: int
    img_len: int
    entry: int
    img_start: int
    sha256: bytes
    crc: int

    @property
    def xtal(self) -> str:
        """Crystal type as the SDK's file names spell it, "" when unknown."""
        return XTALS.get(self.clock[0], "")

    @property
    def sign(self) -> int:
        """Signature mode; 0 is none."""
        return self.bootcfg & 3

    @property
    def encrypt(self) -> int:
        """Encryption mode; 0 is none."""
        return self.bootcfg >> 2 & 3

    @property
    def no_segment(self) -> bool:
        """One image, not a list of segments."""
        return bool(self.bootcfg & NO_SEGMENT)

    @property
    def crc_ignored(self) -> bool:
        """boot2 is told not to check the header's CRC."""
        return bool(self.bootcfg & CRC_IGNORE)

    @property
    def hash_ignored(self) -> bool:
        """boot2 is told not to check the image's SHA-256."""
        return bool(self.bootcfg & HASH_IGNORE)

    @property
    def crc_fits(self) -> bool:
        """The CRC-32 over the first 172 bytes is right."""
        return crc32(self.raw[:172]) == self.crc

    @property
    def flash_fits(self) -> bool:
        """Magic and CRC-32 of the flash configuration are right."""
        return self.flash_magic == b"FCFG" and crc32(self.flash) == self.flash_crc

    @property
    def clock_fits(self) -> bool:
        """Magic and CRC-32 of the clock configuration are right."""
        return self.clock_magic == b"PCFG" and crc32(self.clock) == self.clock_crc


def read(path: Path) -> BootHeader:
    """The header at the beginning of the file at `path`; raises FormatError."""
    with files.named(path):
        return parse(files.begin(path, SIZE))


def parse(data: bytes) -> BootHeader:
    """The header at the beginning of `data`; raises FormatError unless there are 176 bytes with the magic."""
    if data[:4] != MAGIC:
        raise FormatError("no boot header: it does not begin with BFNP", offset=0x0)
    if len(data) < SIZE:
        raise FormatError(f"the boot header ends after {len(data)} of {SIZE} bytes", offset=len(data))
    return BootHeader(bytes(data[:SIZE]), *unpack_from("<4xI4s84sI4s8sIIIII32s8xI", data))


def build(
    img_len: int,
    sha256: bytes | None = None,
    *,
    img_start: int = 0x2000,
    flash: bytes | None = None,
    xtal: str = "40M",
) -> bytes:
    """The 176 bytes of a header for an image of `img_len` bytes.

    Without `sha256` it is what the SDK's flash_build.py gives OpenBeken: CRC and hash to be ignored, both
    DE AD BE EF, because that script sets so for boot2 and never takes it back. With `sha256` it has both, as
    the vendor's tool makes it. `flash` is the 84 bytes of flash configuration, by default for ef4015.
    """
    if flash is None:
        flash = flash_ef4015()
    bootcfg = NO_SEGMENT | CACHE_ENABLE | CACHE_WAYS
    if sha256 is None:
        bootcfg |= CRC_IGNORE | HASH_IGNORE
        sha256 = pack("<I28x", IGNORED)
    kind = next(number for number, name in XTALS.items() if name == xtal)
    clock = bytes((kind,)) + _CLOCK[1:]
    header = bytearray(pack("<4sI4s84sI", MAGIC, 1, b"FCFG", flash, crc32(flash)))
    header += pack("<4s8sI", b"PCFG", clock, crc32(clock))
    header += pack("<IIII32s8xI", bootcfg, img_len, 0, img_start, sha256, IGNORED)
    if not bootcfg & CRC_IGNORE:
        pack_into("<I", header, 172, crc32(header[:172]))
    return bytes(header)


def flash_any() -> bytes:
    """The flash configuration of a header that leaves the flash chip to be found out."""
    return _FLASH


def flash_ef4015() -> bytes:
    """The flash configuration for the Winbond W25Q16JV."""
    changed = bytearray(_FLASH)
    for offset, value in _EF4015.items():
        changed[offset - 12] = value
    return bytes(changed)


def page(header: bytes) -> bytes:
    """The header page that stands before the image in a slot: `header`, then erased flash."""
    return header.ljust(PAGE, b"\xff")


def fitted(front: bytes, image: bytes) -> bytes:
    """A page that begins with a header, as it would be for `image`: its length, and hash and CRC if used."""
    if front[:4] != MAGIC or len(front) < SIZE:
        return front
    old = parse(front)
    made = bytearray(front)
    pack_into("<I", made, 120, len(image))
    if not old.hash_ignored:
        made[132:164] = digest(image).digest()
    if not old.crc_ignored:
        pack_into("<I", made, 172, crc32(made[:172]))
    return bytes(made)
