"""Sections that `-gz` compressed: an Elf32_Chdr and a zlib stream (System V ABI, "Section Compression").

type u32 (1 zlib, 2 zstd) · size u32 (bytes unpacked) · alignment u32 · stream
"""

from __future__ import annotations

import zlib
from struct import Struct

from imgcheck.errors import FormatError
from imgcheck.wording import commas

FLAG = 0x800  # SHF_COMPRESSED
_HEADER = Struct("<III")
_ZLIB, _ZSTD = 1, 2
# What a stream may unpack to: debug sections of real builds have up to 22 times their bytes, tiny ones more.
_TIMES, _SPARE = 32, 1 << 20


def parse(data: memoryview, name: str) -> bytes:
    """What the section `name` with the contents `data` unpacks to.

    Raises FormatError for another packer than zlib, a damaged stream, one of another length than its header
    says, and one that would take much more memory than the file.
    """
    if len(data) < _HEADER.size:
        raise FormatError("the header of what is compressed ends early", position=name)
    packer, size, _ = _HEADER.unpack_from(data)
    if packer != _ZLIB:
        what = "zstd" if packer == _ZSTD else f"an unknown packer, {packer}"
        raise FormatError(f"compressed with {what}; zlib is read (-gz=zlib)", position=name)
    if size > _TIMES * len(data) + _SPARE:
        raise FormatError(f"{commas(len(data))} bytes that unpack to {commas(size)}", position=name)
    decoder = zlib.decompressobj()
    try:
        found = decoder.decompress(data[_HEADER.size :], size + 1)
    except zlib.error:
        raise FormatError("does not unpack: the zlib stream is damaged", position=name) from None
    if len(found) != size or not decoder.eof:
        raise FormatError(f"unpacks to another length than {commas(size)} bytes", position=name)
    return found
