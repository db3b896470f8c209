"""Addresses in RV32IMAC instructions (The RISC-V Instruction Set Manual, volume I, chapters 2 and 16)."""

from __future__ import annotations

from struct import Struct

AUIPC, JAL = 0x17, 0x6F  # opcodes
_WORD = Struct("<I")


def stores(word: int) -> bool:
    """Whether an instruction is of S type, whose immediate lies in two pieces."""
    return word & 0x7F in (0x23, 0x27)


def immediate(word: int) -> int:
    """The signed immediate of an instruction of I or S type."""
    value = (word >> 25 << 5 | word >> 7 & 31) if stores(word) else word >> 20
    return value - ((value & 0x800) << 1)


def call_target(word: int) -> int:
    """How far a jal, c.jal or c.j jumps."""
    return _jal(word) if word & 3 == 3 else _cj(word & 0xFFFF)


def _cj(word: int) -> int:
    value = (
        (word >> 12 & 1) << 11 | (word >> 11 & 1) << 4 | (word >> 9 & 3) << 8 | (word >> 8 & 1) << 10
        | (word >> 7 & 1) << 6 | (word >> 6 & 1) << 7 | (word >> 3 & 7) << 1 | (word >> 2 & 1) << 5
    )  # fmt: skip
    return value - ((value & 0x800) << 1)


def _cj_with(word: int, value: int) -> int:
    return (
        word & 0xE003 | (value >> 11 & 1) << 12 | (value >> 4 & 1) << 11 | (value >> 8 & 3) << 9
        | (value >> 10 & 1) << 8 | (value >> 6 & 1) << 7 | (value >> 7 & 1) << 6 | (value >> 1 & 7) << 3
        | (value >> 5 & 1) << 2
    )  # fmt: skip


def _jal(word: int) -> int:
    value = (
        (word >> 31) << 20 | (word >> 12 & 0xFF) << 12 | (word >> 20 & 1) << 11 | (word >> 21 & 0x3FF) << 1
    )
    return value - ((value & 0x100000) << 1)


def distance(value: int) -> int:
    """The bits of a jal that say how far it jumps."""
    return (value & 0x100000) << 11 | (value & 0x7FE) << 20 | (value & 0x800) << 9 | value & 0xFF000


def move_jump(made: bytearray, at: int, delta: int) -> None:
    """Makes the jump at an offset go `delta` bytes further; one that cannot reach stays as it is."""
    low = made[at] | made[at + 1] << 8
    if low & 3 == 3:
        word = _WORD.unpack_from(made, at)[0]
        value = _jal(word) + delta
        if -0x100000 <= value < 0x100000:
            _WORD.pack_into(made, at, word & 0xFFF | distance(value))
        return
    value = _cj(low) + delta
    if -2048 <= value < 2048:
        made[at : at + 2] = _cj_with(low, value).to_bytes(2, "little")


def set_low(made: bytearray, at: int, value: int) -> None:
    """Sets the signed 12-bit immediate of the instruction at an offset."""
    _WORD.pack_into(made, at, _with_low(_WORD.unpack_from(made, at)[0], value))


def _with_low(word: int, value: int) -> int:
    if stores(word):
        return word & 0x01FFF07F | (value >> 5 & 0x7F) << 25 | (value & 31) << 7
    return word & 0x000FFFFF | (value & 0xFFF) << 20
