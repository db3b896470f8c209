"""What gzip, raw LZMA ("LZMA-alone") and AES-256-CBC bodies hold, in bounded memory and time.

`limit` bounds what comes out, whatever the stream claims: a megabyte of file can unpack to a gigabyte.
"""

from __future__ import annotations

import lzma
import struct
import zlib

from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.wording import commas

PIECE = 64 * 1024
MEMORY = 80 * 1024 * 1024  # liblzma: a dictionary of 64 MiB at most
BLOCK = 16  # of AES


def gunzip(data: bytes, limit: int) -> tuple[bytes, bytes]:
    """What the first gzip member unpacks to (its CRC and length hold), and the bytes behind it."""
    decoder = zlib.decompressobj(wbits=31)
    out = bytearray()
    try:
        piece = data
        while not decoder.eof:
            out += decoder.decompress(piece, min(PIECE * 16, limit + 1 - len(out)))
            if len(out) > limit:
                raise FormatError(f"unpacks to more than {commas(limit)} bytes")
            piece = decoder.unconsumed_tail
            if not piece and not decoder.eof:
                raise FormatError(
                    "the gzip stream ends early", "", f"after {commas(len(out))} unpacked bytes"
                )
    except zlib.error as error:
        reason = str(error).partition(": ")[2] or str(error)
        raise FormatError(
            f"does not unpack: gzip, {reason}", "", f"after {commas(len(out))} unpacked bytes"
        ) from None
    return bytes(out), decoder.unused_data


def unlzma(data: bytes, limit: int) -> bytes:
    """What an LZMA-alone stream unpacks to; its header must give the length, as these devices want."""
    if len(data) < 13:
        raise FormatError("the LZMA header ends early", offset=len(data))
    (length,) = struct.unpack_from("<Q", data, 5)
    if length > limit:
        raise FormatError(
            f"the LZMA header promises {commas(length)} bytes, more than {commas(limit)}", offset=0x5
        )
    decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY)
    out = bytearray()
    try:
        piece = data
        while not decoder.eof and len(out) < length:
            out += decoder.decompress(piece, length - len(out))
            piece = b""
            if decoder.needs_input:
                break
    except (lzma.LZMAError, EOFError, ValueError, MemoryError) as error:
        raise FormatError(
            f"does not unpack: LZMA, {error}", "", f"after {commas(len(out))} unpacked bytes"
        ) from None
    if len(out) != length:
        raise FormatError("the LZMA stream ends early", "", f"after {commas(len(out))} unpacked bytes")
    return bytes(out)


def decrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    """AES-CBC with its PKCS#7 padding taken off; FormatError where that is none (other key, damage)."""
    if not data or len(data) % BLOCK:
        raise FormatError(f"{commas(len(data))} encrypted bytes are no whole number of AES blocks")
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        raise ImgcheckError(
            "decrypting needs the Python package `cryptography`: python -m pip install cryptography"
        ) from None
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    count = plain[-1]
    if not 1 <= count <= BLOCK or plain[-count:] != bytes([count]) * count:
        raise FormatError("does not decrypt: no padding at the end, so another key or damaged bytes")
    return plain[:-count]
