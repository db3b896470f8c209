"""Numbers of variable length in DWARF: LEB128 (DWARF 5, section 7.6)."""

from __future__ import annotations


def unsigned(data: bytes | memoryview, pos: int) -> tuple[int, int]:
    """The number at `pos`, and where it ends; at most ten bytes are taken, which hold any 64-bit value.

    Raises IndexError where the data ends in it.
    """
    byte = data[pos]
    if byte < 0x80:
        return byte, pos + 1
    value, shift = byte & 0x7F, 7
    while byte >= 0x80 and shift < 70:
        pos += 1
        byte = data[pos]
        value |= (byte & 0x7F) << shift
        shift += 7
    return value, pos + 1


def signed(data: bytes | memoryview, pos: int) -> tuple[int, int]:
    """As `unsigned`, with the sign in the highest bit of the last byte."""
    value, end = unsigned(data, pos)
    bits = 7 * (end - pos)
    return (value - (1 << bits) if value >> (bits - 1) & 1 else value), end
