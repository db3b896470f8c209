"""The binary partition table ("BFPT") as it lies in the flash, twice, at 0xE000 and 0xF000.

    header  0 "BFPT" · 4 version u16 · 6 entry count u16 · 8 age u32 · 12 CRC-32 of bytes 0 to 12
    entry   0 type · 1 device · 2 active copy · 3 name[9], NUL padded · 12 address of copy 0 · 16 of copy 1
            20 size of copy 0 · 24 of copy 1 · 28 length of what lies in it · 32 age            (36 bytes)
    behind the last entry: CRC-32 of all entries

Little endian, zlib's CRC-32. Struct, validity and choice between the copies follow the device's partition.h
and partition.c (bl602_std); building follows the vendor's bflb_pt_creater.py.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import files

MAGIC = b"BFPT"
OFFSETS = (0xE000, 0xF000)
MOST_ENTRIES = 16
LONGEST_NAME = 7

_HEADER = struct.Struct("<4sHHII")
_ENTRY = struct.Struct("<BBB9sIIIIII")
_LARGEST_FLASH = 64 * 1024 * 1024


class Entry(NamedTuple):
    """One partition, the fields in the order of the struct."""

    type: int
    device: int
    active: int
    name: str
    address0: int
    address1: int
    size0: int
    size1: int
    length: int
    age: int


class Copy(NamedTuple):
    """One of the two copies; `fault` says why the device would not take it, "" when it would."""

    offset: int
    age: int
    entries: tuple[Entry, ...]
    fault: str


@dataclass(frozen=True, slots=True)
class Bfpt:
    """Both copies and which of them the device takes: an index into `copies`, None when neither is valid."""

    copies: tuple[Copy, ...]
    chosen: int | None
    why: str
    whole_flash: bool  # the file is an image of the flash from its first byte, not a table alone
    size: int  # of the file


def read(path: str | Path) -> Bfpt:
    """The table in a file; FormatError as `parse`, naming the file."""
    with files.named(path):
        return parse(files.read(path, _LARGEST_FLASH, "larger than any flash that a BL602 can have"))


def found(data: bytes) -> bool:
    """Whether `data` has a partition table where a table file or a whole-flash image has it."""
    return any(data[offset : offset + 4] == MAGIC for offset in (0, *OFFSETS))


def parse(data: bytes) -> Bfpt:
    """The copies in a table file (at 0, and at 0x1000 if there) or a flash image (at 0xE000 and 0xF000).

    Raises FormatError when there is no "BFPT" at any of these places.
    """
    if not data:
        raise FormatError("empty")
    whole = data[:4] != MAGIC
    places = OFFSETS if whole else (0, 0x1000)
    if whole and not found(data):
        elsewhere = [hex(offset) for offset in (0x1000, 0x2000) if data[offset : offset + 4] == MAGIC]
        other = f"; there is one at {elsewhere[0]}, where other chips keep it" if elsewhere else ""
        raise FormatError(f'no partition table: no "BFPT" at the start, at 0xe000 or at 0xf000{other}')
    copies = tuple(
        _copy(data, place) for place in places if whole or place == 0 or data[place : place + 4] == MAGIC
    )
    chosen, why = _choose(copies)
    return Bfpt(copies, chosen, why, whole, len(data))


def build(entries: Iterable[Entry], age: int = 0) -> bytes:
    """A table of these entries, without padding: what the vendor's tools write, and the device to each copy.

    Raises FormatError for more than 16 entries, a name over 7 bytes or a number that its field cannot hold.
    """
    body = b""
    count = 0
    for entry in entries:
        name = entry.name.encode("utf-8", "surrogateescape")
        if len(name) > LONGEST_NAME:
            raise FormatError(
                f"{entry.name!r}: a name of {len(name)} bytes; the device takes at most {LONGEST_NAME}"
            )
        try:
            body += _ENTRY.pack(*entry[:3], name, *entry[4:])
        except struct.error:
            raise FormatError(f"{entry.name!r}: a number does not fit its field") from None
        count += 1
    if count > MOST_ENTRIES:
        raise FormatError(f"{count} partitions; the device takes at most {MOST_ENTRIES}")
    head = _HEADER.pack(MAGIC, 0, count, age, 0)[:12]
    return head + struct.pack("<I", zlib.crc32(head)) + body + struct.pack("<I", zlib.crc32(body))


def _copy(data: bytes, offset: int) -> Copy:
    head = data[offset : offset + _HEADER.size]
    if len(head) < _HEADER.size:
        return Copy(offset, 0, (), "the file ends before or in its header")
    magic, _, count, age, header_crc = _HEADER.unpack(head)
    if magic != MAGIC:
        return Copy(offset, 0, (), "erased" if head == b"\xff" * 16 else 'no "BFPT"')
    # A count beyond 16 is never followed: the entries shown are those that the device has room for.
    start = offset + _HEADER.size
    body = data[start : start + _ENTRY.size * min(count, MOST_ENTRIES)]
    entries = tuple(_entry(body, at) for at in range(0, len(body) - _ENTRY.size + 1, _ENTRY.size))
    tail = data[start + _ENTRY.size * count :][:4] if count <= MOST_ENTRIES else b""
    fault = ""
    if zlib.crc32(head[:12]) != header_crc:
        fault = f"CRC of the header is {header_crc:#010x}, should be {zlib.crc32(head[:12]):#010x}"
    elif count > MOST_ENTRIES:
        fault = f"{count} entries; the device takes at most {MOST_ENTRIES}"
    elif len(body) < _ENTRY.size * count or len(tail) < 4:
        fault = "the file ends within it"
    elif zlib.crc32(body) != (crc := int.from_bytes(tail, "little")):
        fault = f"CRC of the entries is {crc:#010x}, should be {zlib.crc32(body):#010x}"
    return Copy(offset, age, entries, fault)


def _entry(body: bytes, at: int) -> Entry:
    kind, device, active, name, *numbers = _ENTRY.unpack_from(body, at)
    text = name.split(b"\0", 1)[0].decode("ascii", "backslashreplace")
    return Entry(kind, device, active, text, *numbers)


def _choose(copies: tuple[Copy, ...]) -> tuple[int | None, str]:
    valid = [index for index, copy in enumerate(copies) if not copy.fault]
    if not valid:
        return None, "neither copy is valid: boot2 finds no application" if len(
            copies
        ) > 1 else "it is not valid"
    if len(valid) == 1:
        return valid[0], "the only valid copy" if len(copies) > 1 else "the only copy in the file"
    first, second = copies[0].age, copies[1].age
    if first == second:
        return 0, f"both are valid and of age {first}: the first one counts"
    return (0 if first > second else 1), f"both are valid, and its age {max(first, second)} is the newer one"
