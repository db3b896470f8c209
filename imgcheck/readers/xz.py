"""XZ container after "The .xz File Format" 1.1.0 (tukaani.org), down to the LZMA2 chunks, without unpacking.

FD 37 7A 58 5A 00 | flags 00 01 | crc32            stream header, 12 bytes
02 00 | 21 01 0C | padding | crc32                 block header: filter 0x21 = LZMA2, dictionary code 0x0C
E0 12 34 56 78 5D ...  00                          LZMA2 chunks, up to the control byte 0
padding | check                                    to a multiple of four; check as the stream flags say
00 01 ... | padding | crc32                        index: unpadded and uncompressed size of each block
crc32 | backward size | 00 01 | 59 5A              stream footer, 12 bytes
"""

from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from imgcheck.errors import FormatError
from imgcheck.readers import files
from imgcheck.wording import commas

MAGIC = b"\xfd7zXZ\0"
FOOTER_MAGIC = b"YZ"
LZMA2 = 0x21
MOST_PARTS = 1 << 14  # real encoders make chunks of about 64 KiB; a byte per chunk would eat memory
CHECKS = {0: "none", 1: "CRC32", 4: "CRC64", 10: "SHA-256"}
CHECK_BYTES = (0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64)
_BCJ = ("x86", "PowerPC", "IA-64", "ARM", "ARM-Thumb", "SPARC", "ARM64", "RISC-V")
# Flags of a block; the number of filters is one more than what the lowest two say.
_LAST_FILTER, _RESERVED, _HAS_PACKED_SIZE, _HAS_SIZE = 0x03, 0x3C, 0x40, 0x80
FILTERS = {3: "Delta", LZMA2: "LZMA2", **{4 + nth: f"BCJ {name}" for nth, name in enumerate(_BCJ)}}


class UnsupportedError(FormatError):
    """A stream that may be sound, but uses what neither this reader nor boot2's decoder has."""


class Filter(NamedTuple):
    """One filter of a block's chain; `dict_bytes` is 0 for all but LZMA2."""

    id: int
    name: str
    properties: bytes
    dict_bytes: int


class Chunk(NamedTuple):
    """An LZMA2 chunk: `header` bytes at `offset` in the stream, then `packed` bytes that make `unpacked`."""

    offset: int
    header: int
    packed: int
    unpacked: int
    control: int
    lc: int  # as in force in this chunk; -1 in stored chunks
    lp: int
    pb: int


class Block(NamedTuple):
    """A block: `payload` bytes of LZMA2 at `offset`, its end marker included; `unpacked` bytes come out."""

    filters: tuple[Filter, ...]
    offset: int
    payload: int
    unpacked: int
    chunks: tuple[Chunk, ...]


class Xz(NamedTuple):
    """One stream: `size` bytes of the data; `trailing` bytes follow it."""

    check: int
    check_name: str
    blocks: tuple[Block, ...]
    size: int
    trailing: int
    oddities: tuple[str, ...]  # index or footer that disagree with the blocks, in words, with offset

    @property
    def unpacked(self) -> int:
        """The bytes that come out, as the chunks say."""
        return sum(block.unpacked for block in self.blocks)

    @property
    def payload(self) -> int:
        """The bytes that carry data; the rest of `size` is container."""
        return sum(block.payload for block in self.blocks)

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """All LZMA2 chunks in order."""
        return tuple(chunk for block in self.blocks for chunk in block.chunks)


def read(path: Path) -> Xz:
    """The first stream of the file at `path`; raises FormatError."""
    with files.named(path):
        return parse(files.read(path))


def parse(data: bytes) -> Xz:
    """The first stream of `data`; nothing is unpacked, so this is linear in its size; raises FormatError."""
    check = _stream_header(data)
    oddities: list[str] = []
    blocks: list[Block] = []
    sizes: list[tuple[int, int]] = []
    at, count = 12, 0
    while True:
        size_of_header = _slice(data, at, 1, "block header")[0]
        if size_of_header == 0:
            break
        start = at
        claimed, filters, at = _block_header(data, at, (size_of_header + 1) * 4)
        if (last := filters[-1]).id != LZMA2:
            raise UnsupportedError(f"the last filter is {last.name}, not LZMA2", offset=start)
        chunks, end = _chunks(data, at)
        count += 1 + len(chunks)
        if count > MOST_PARTS:
            raise FormatError(f"more than {commas(MOST_PARTS)} blocks and chunks", offset=start)
        block = Block(filters, at, end - at, sum(chunk.unpacked for chunk in chunks), chunks)
        if claimed[0] not in (None, block.payload) or claimed[1] not in (None, block.unpacked):
            oddities.append(f"block header at {start:#x} gives other sizes than its data")
        blocks.append(block)
        sizes.append((end + CHECK_BYTES[check] - start, block.unpacked))
        padded = end + -end % 4
        if any(_slice(data, end, padded - end, "block padding")):
            raise FormatError("block padding is not zero", offset=end)
        at = padded + CHECK_BYTES[check]
        if at > len(data):
            raise FormatError("the stream ends within a block's check", offset=len(data))
    size = _index_and_footer(data, at, check, sizes, oddities)
    name = CHECKS.get(check, f"unknown check {check}")
    return Xz(check, name, tuple(blocks), size, len(data) - size, tuple(oddities))


def head(data: bytes) -> tuple[int, tuple[Filter, ...]]:
    """Check type and first block's filters, which a decoder looks at before any data; raises FormatError."""
    check = _stream_header(data)
    size = _slice(data, 12, 1, "block header")[0]
    return check, _block_header(data, 12, (size + 1) * 4)[1] if size else ()


def _slice(data: bytes, at: int, size: int, what: str) -> bytes:
    if at + size > len(data):
        raise FormatError(f"the stream ends within its {what}", offset=len(data))
    return data[at : at + size]


def _checked(data: bytes, at: int, size: int, what: str) -> bytes:
    """`size` bytes whose CRC-32 follows them."""
    body = _slice(data, at, size + 4, what)
    if crc32(body[:size]) != int.from_bytes(body[size:], "little"):
        raise FormatError(f"CRC-32 of the {what} does not match", offset=at + size)
    return body[:size]


def _number(data: bytes, at: int, end: int, what: str) -> tuple[int, int]:
    """A multibyte integer (7 bits a byte, at most 9 bytes) and where it ends."""
    value = 0
    for count in range(9):
        if at >= end:
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if byte == 0 and count:
                break
            return value, at
    raise FormatError(f"{what} is no valid number", offset=at)


def _stream_header(data: bytes) -> int:
    if data[:6] != MAGIC:
        raise FormatError("no XZ stream: it does not begin with FD 37 7A 58 5A 00", offset=0x0)
    flags = _slice(data, 6, 6, "stream header")[:2]
    if crc32(flags) != int.from_bytes(data[8:12], "little"):
        raise FormatError("CRC-32 of the stream header does not match", offset=0x8)
    if flags[0] or flags[1] > 15:
        raise UnsupportedError(f"unknown stream flags {flags.hex(' ')}", offset=0x6)
    return flags[1]


def _block_header(
    data: bytes, start: int, size: int
) -> tuple[tuple[int | None, int | None], tuple[Filter, ...], int]:
    header = _checked(data, start, size - 4, "block header")
    flags, at, end = header[1], 2, len(header)
    if flags & _RESERVED:
        raise UnsupportedError(f"unknown block flags {flags:#04x}", offset=start + 1)
    claimed: list[int | None] = [None, None]
    for index, bit in enumerate((_HAS_PACKED_SIZE, _HAS_SIZE)):
        if flags & bit:
            claimed[index], at = _number(header, at, end, "a size in the block header")
    filters = []
    for _ in range((flags & _LAST_FILTER) + 1):
        kind, at = _number(header, at, end, "a filter in the block header")
        length, at = _number(header, at, end, "a filter in the block header")
        if length > end - at:
            raise FormatError("filter properties run out of the block header", offset=start + at)
        properties = header[at : at + length]
        filters.append(Filter(kind, FILTERS.get(kind, f"filter {kind:#x}"), properties, 0))
        if kind == LZMA2:
            if length != 1 or properties[0] > 40:
                raise FormatError("LZMA2 properties are invalid", offset=start + at)
            filters[-1] = filters[-1]._replace(dict_bytes=dictionary(properties[0]))
        at += length
    return (claimed[0], claimed[1]), tuple(filters), start + size


def dictionary(code: int) -> int:
    """The dictionary size in bytes that the LZMA2 property byte `code` (0..40) stands for."""
    return 0xFFFFFFFF if code == 40 else (2 | code & 1) << (code // 2 + 11)


def _chunks(data: bytes, at: int) -> tuple[tuple[Chunk, ...], int]:
    """LZMA2 chunks from `at`, and the offset behind their end marker."""
    chunks: list[Chunk] = []
    properties = (-1, -1, -1)
    fresh = True  # the first chunk must reset the dictionary, the first LZMA chunk must bring properties
    while True:
        control = _slice(data, at, 1, "LZMA2 chunks")[0]
        if control == 0:
            return tuple(chunks), at + 1
        if 2 < control < 0x80 or (fresh and control not in (1, *range(0xE0, 0x100))):
            raise FormatError(f"invalid LZMA2 control byte {control:#04x}", offset=at)
        fresh = False
        if control < 0x80:
            header = 3
            unpacked = packed = int.from_bytes(_slice(data, at + 1, 2, "LZMA2 chunk header"), "big") + 1
            state = (-1, -1, -1)
        else:
            header = 6 if control >= 0xC0 else 5
            sizes = _slice(data, at + 1, header - 1, "LZMA2 chunk header")
            unpacked = ((control & 0x1F) << 16 | sizes[0] << 8 | sizes[1]) + 1
            packed = (sizes[2] << 8 | sizes[3]) + 1
            if header == 6:
                properties = (sizes[4] % 9, sizes[4] // 9 % 5, sizes[4] // 45)
            if properties == (-1, -1, -1) or properties[2] > 4 or properties[0] + properties[1] > 4:
                raise FormatError("LZMA2 chunk with invalid lc/lp/pb", offset=at)
            state = properties
        if at + header + packed > len(data):
            raise FormatError("the stream ends within an LZMA2 chunk", offset=len(data))
        if len(chunks) == MOST_PARTS:
            raise FormatError(f"more than {commas(MOST_PARTS)} LZMA2 chunks", offset=at)
        chunks.append(Chunk(at, header, packed, unpacked, control, *state))
        at += header + packed


def _index_and_footer(
    data: bytes, start: int, check: int, sizes: list[tuple[int, int]], oddities: list[str]
) -> int:
    """The size of the whole stream; what index and footer say wrongly goes to `oddities`."""
    count, at = _number(data, start + 1, len(data), "the number of records in the index")
    listed = []
    for _ in range(min(count, len(sizes) + 1)):
        unpadded, at = _number(data, at, len(data), "a record of the index")
        unpacked, at = _number(data, at, len(data), "a record of the index")
        listed.append((unpadded, unpacked))
    if count != len(sizes) or listed != sizes:
        raise FormatError("the index does not list the blocks that are there", offset=start)
    at += -(at - start) % 4
    _checked(data, start, at - start, "index")
    at += 4
    footer = _slice(data, at, 12, "stream footer")
    if footer[10:] != FOOTER_MAGIC:
        raise FormatError("the stream footer does not end with YZ", offset=at + 10)
    if crc32(footer[4:10]) != int.from_bytes(footer[:4], "little"):
        oddities.append(f"CRC-32 of the stream footer at {at:#x} does not match")
    if (int.from_bytes(footer[4:8], "little") + 1) * 4 != at - start:
        oddities.append(f"backward size at {at + 4:#x} does not match the index")
    if footer[8:10] != bytes((0, check)):
        oddities.append(f"flags in the stream footer at {at + 8:#x} differ from those in its header")
    return at + 12
