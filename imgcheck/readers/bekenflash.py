"""Flash of Beken chips as UART files hold it: every 32 bytes are followed by their CRC-16, FF is blank.

A `_UA_` file is the application partition, a `_QIO_` file the whole beginning of the flash with the boot
loader; both are padded to a fixed size and end with the RBL header of what is in them. CRC-16: polynomial
0x8005, begins with 0xFFFF, not reflected, big endian. The boot loader's partition table is in clear text,
even where its code is encrypted:

0 "01PE" · 4 name[24] · 28 flash[24] ("beken_onchip_crc": offsets count data bytes, or "beken_onchip")
52 offset · 56 length · 60 reserved                                              (64 bytes, little endian)
"""

from __future__ import annotations

import struct
from functools import reduce
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import rbl

DATA, STORED = 32, 34  # bytes of a block, without and with its CRC-16
BLANK = b"\xff" * STORED
ENTRY_MAGIC = b"01PE"
APP = 0x11000  # where every known table puts the application, in flash bytes
CRC_FLASH, PLAIN_FLASH = "beken_onchip_crc", "beken_onchip"
MOST_ENTRIES = 16
TRAILER = 3 * STORED
_STRIDE = 4096

_ENTRY = struct.Struct("<4s24s24sIII")
# Of a column's bytes: 1 for those that are not 0, and for those that are not FF.
_SOME, _NOT_BLANK = (bytes(byte != other for byte in range(256)) for other in (0, 0xFF))


class Entry(NamedTuple):
    """One partition of the boot loader's table; `offset` and `length` as they stand in it."""

    name: str
    flash: str
    offset: int
    length: int

    @property
    def physical(self) -> tuple[int, int]:
        """Offset and length in flash bytes, CRCs included."""
        if self.flash != CRC_FLASH:
            return self.offset, self.length
        return self.offset // DATA * STORED, self.length // DATA * STORED


class Dump(NamedTuple):
    """What a UART file holds; `used` is where its last block ends that is neither blank nor the trailer."""

    bad_blocks: int
    blocks: int
    used: int
    start: bytes  # of the application: its first eight data bytes
    trailer: rbl.Rbl | None
    partitions: tuple[Entry, ...]
    app: bytes  # the application without its CRCs, encrypted where the chip wants it so
    size: int  # of what was looked at: a whole flash has more behind the application


def parse(data: bytes, begin: int = 0) -> Dump:
    """A file whose application begins at `begin` (UA 0, QIO APP); FormatError when its blocks are none."""
    if len(data) < 4 * STORED:
        raise FormatError(f"too short for a flash image: {len(data)} bytes", offset=len(data))
    data = _container(data, begin)
    trailer = _trailer(data)
    # Files are not always a whole number of blocks long: what is padding is not looked at.
    used = _used(data, len(data) - (TRAILER if trailer else 0))
    blocks = used // STORED
    bad, first = _bad_blocks(data[: blocks * STORED])
    if first == 0 and bad > blocks // 2:
        told = "the CRC-16 of its blocks does not hold"
        raise FormatError(f"no flash image of a Beken chip: {told}", offset=0)
    app = without_crc(data[begin : max(used, begin)])
    return Dump(
        bad_blocks=bad,
        blocks=blocks,
        used=used,
        start=app[:8],
        trailer=trailer,
        partitions=partitions(data) if begin else (),
        app=app,
        size=len(data),
    )


def partitions(data: bytes) -> tuple[Entry, ...]:
    """The boot loader's table in a QIO file; () where there is none."""
    boot = without_crc(data[:APP])
    found: list[Entry] = []
    at = boot.find(ENTRY_MAGIC)
    while at >= 0 and len(found) < MOST_ENTRIES:
        if at + _ENTRY.size <= len(boot):
            _, name, flash, offset, length, _ = _ENTRY.unpack_from(boot, at)
            # Plain boot loaders hold the mark in their code as well; that is no entry.
            if length and name[0] and _text(flash) in (CRC_FLASH, PLAIN_FLASH):
                found.append(Entry(_text(name), _text(flash), offset, length))
        at = boot.find(ENTRY_MAGIC, at + 4)
    return tuple(found)


def with_crc(data: bytes) -> bytes:
    """Data as it lies in the flash, the last block filled with FF."""
    data = data.ljust(-(-len(data) // DATA) * DATA, b"\xff")
    columns = [data[i::DATA] for i in range(DATA)]
    high, low = _crc(columns)
    out = bytearray(len(data) // DATA * STORED)
    for i, column in enumerate([*columns, high, low]):
        out[i::STORED] = column
    return bytes(out)


def without_crc(data: bytes) -> bytes:
    """The data of whole blocks, their CRCs taken out and not looked at."""
    count = len(data) // STORED
    out = bytearray(count * DATA)
    for i in range(DATA):
        out[i::DATA] = data[i : count * STORED : STORED]
    return bytes(out)


def build_entry(name: str, flash: str, offset: int, length: int) -> bytes:
    """One entry of the boot loader's table."""
    return _ENTRY.pack(ENTRY_MAGIC, name.encode(), flash.encode(), offset, length, 0)


def keystream(address: int) -> int:
    """What Tuya's key XORs the word at an address with (coefficients 510fb093 a3cbeadc 5993a17e c7adeb03).

    The last coefficient switches two of the hardware's three generators off; what is left is a rotation.
    """
    mixed = (address >> 8 | address << 24) & 0xFFFFFFFF ^ 0x510FB093
    turned = (mixed >> 15 | mixed << 17) & 0xFFFFFFFF
    return turned ^ (0xE519A4F1 & (mixed >> 2 & 0xF) * 0x11111111) ^ 0x5993A17E


def _used(data: bytes, end: int) -> int:
    while end >= _STRIDE and data[end - _STRIDE : end] == b"\xff" * _STRIDE:
        end -= _STRIDE  # compared, which is quicker than stripped
    count = len(data[:end].rstrip(b"\xff"))
    return min(-(-count // STORED), end // STORED) * STORED


def _container(data: bytes, begin: int) -> bytes:
    """Of a whole flash what a QIO file of it would be: up to the last trailer in the partition `app`."""
    end = next((sum(one.physical) for one in partitions(data) if one.name == "app"), 0) if begin else 0
    # Containers may be longer than the partition: padding and the trailer lie behind it.
    if not begin < end < len(data) or _trailer(data):
        return data
    at = end
    for _ in range(MOST_ENTRIES):
        at = data.rfind(rbl.MAGIC[:3], begin, at)
        if at < 0:
            break
        if _trailer(data[at : at + TRAILER]):
            return data[: at + TRAILER]
    return data[:end]


def _trailer(data: bytes) -> rbl.Rbl | None:
    block = without_crc(data[-TRAILER:])
    try:
        return rbl.header(block)
    except FormatError:
        return None


def _bad_blocks(data: bytes) -> tuple[int, int]:
    """How many blocks are neither blank nor sound, and which is the first (-1: none)."""
    columns = [data[i::STORED] for i in range(STORED)]
    high, low = _crc(columns[:DATA])
    wrong = _or(_xor(high, columns[DATA]), _xor(low, columns[DATA + 1]))
    if not wrong.strip(b"\0"):
        return 0, -1
    filled = reduce(_and, columns)  # FF where all bytes of a block are
    bad = _and(wrong.translate(_SOME), filled.translate(_NOT_BLANK))
    return bad.count(1), bad.find(1)


def _crc(columns: list[bytes]) -> tuple[bytes, bytes]:
    """The CRC-16 of all blocks at once: a column holds one byte of each, high and low bytes come back."""
    count = len(columns[0])
    high = low = b"\xff" * count
    for column in columns:
        index = _xor(high, column)
        high, low = _xor(low, index.translate(_HIGH)), index.translate(_LOW)
    return high, low


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))


def _or(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) | int.from_bytes(other)).to_bytes(len(one))


def _and(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) & int.from_bytes(other)).to_bytes(len(one))


def _table() -> tuple[bytes, bytes]:
    values = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x8005 if crc & 0x8000 else 0)
        values.append(crc & 0xFFFF)
    return bytes(v >> 8 for v in values), bytes(v & 0xFF for v in values)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", "backslashreplace")


_HIGH, _LOW = _table()
