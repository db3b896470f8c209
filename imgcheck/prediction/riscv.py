"""Addresses in RV32IMAC instructions (The RISC-V Instruction Set Manual, volume I, chapters 2 and 16)."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

AUIPC, JAL, BRANCH = 0x17, 0x6F, 0x63  # opcodes
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


def instructions(code: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The instructions in [start, end), each with its offset; one that the end cuts is left out."""
    at = start
    while at + 2 <= end:
        size = 4 if code[at] & 3 == 3 else 2
        if at + size <= end:
            yield at, int.from_bytes(code[at : at + size], "little")
        at += size


def leads(word: int) -> int:
    """How far an instruction branches or jumps, 0 for one that does not or is told where by a register."""
    if word & 3 == 3:
        if word & 0x7F == BRANCH:
            value = (
                (word >> 31) << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 0x3F) << 5 | (word >> 8 & 15) << 1
            )
            return value - ((value & 0x1000) << 1)
        return _jal(word) if word & 0x7F == JAL else 0
    if word & 3 == 1 and word >> 13 in (1, 5):
        return _cj(word)
    return _short_branch(word) if word & 3 == 1 and word >> 13 in (6, 7) else 0


def _short_branch(word: int) -> int:
    value = (
        (word >> 12 & 1) << 8 | (word >> 5 & 3) << 6 | (word >> 2 & 1) << 5 | (word >> 10 & 3) << 3
        | (word >> 3 & 3) << 1
    )  # fmt: skip
    return value - ((value & 0x100) << 1)


def leading(word: int, far: int) -> bytes | None:
    """An instruction that `leads` somewhere, leading `far` bytes further than itself; None if it cannot."""
    if word & 3 == 3 and word & 0x7F == BRANCH:
        if not -0x1000 <= far < 0x1000:
            return None
        made = word & 0x01FFF07F | (far >> 12 & 1) << 31 | (far >> 5 & 0x3F) << 25 | (far >> 1 & 15) << 8
        return (made | (far >> 11 & 1) << 7).to_bytes(4, "little")
    if word & 3 == 3:
        return (word & 0xFFF | distance(far)).to_bytes(4, "little") if -0x100000 <= far < 0x100000 else None
    if word >> 13 in (1, 5):
        return _cj_with(word, far).to_bytes(2, "little") if -0x800 <= far < 0x800 else None
    if not -0x100 <= far < 0x100:
        return None
    made = word & 0xE383 | (far >> 8 & 1) << 12 | (far >> 6 & 3) << 5 | (far >> 5 & 1) << 2
    return (made | (far >> 3 & 3) << 10 | (far >> 1 & 3) << 3).to_bytes(2, "little")
