"""Addresses moved in RV32IMAC instructions: against objdump, and against the manual's tables written out."""

from __future__ import annotations

import re
import shutil
import struct
import tempfile
from pathlib import Path

import pytest
from compiled import CROSS, run
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.prediction import relink, riscv
from imgcheck.prediction.layout import Layout, Moved, Run
from imgcheck.prediction.relink import Sites

# Bits of the immediate, from the instruction's highest bit down, as the manual's figures print them.
J = (20, *range(10, 0, -1), 11, *range(19, 11, -1))
CJ = (11, 4, 9, 8, 10, 6, 7, 3, 2, 1, 5)
needs_objdump = pytest.mark.skipif(not shutil.which(CROSS + "objdump"), reason="no RISC-V objdump")


def spread(value: int, bits: tuple[int, ...], top: int) -> int:
    return sum((value >> bit & 1) << (top - i) for i, bit in enumerate(bits))


def gathered(word: int, bits: tuple[int, ...], top: int) -> int:
    value = sum((word >> (top - i) & 1) << bit for i, bit in enumerate(bits))
    return value - (1 << max(bits) + 1) if value >> max(bits) & 1 else value


def jal(value: int, register: int) -> bytes:
    return struct.pack("<I", spread(value, J, 31) | register << 7 | 0x6F)


def cj(value: int, kind: int) -> bytes:
    return struct.pack("<H", spread(value, CJ, 12) | kind)


REACH_JAL = st.integers(-(1 << 19), (1 << 19) - 1).map(lambda n: 2 * n)
REACH_CJ = st.integers(-(1 << 10), (1 << 10) - 1).map(lambda n: 2 * n)
KINDS = st.sampled_from([0x2001, 0xA001])  # c.jal, c.j
MOVES = st.integers(-(1 << 20), 1 << 20).map(lambda n: 2 * n)


def relinked_jump(made: bytearray, at: int, delta: int) -> None:
    """Makes the jump at an offset go `delta` bytes further: its target moves, it does not."""
    target = 1 << 24
    runs = (Run(target, target + 1, target + delta),)
    layout = Layout(runs, (Moved(0, len(made), 0, 0, 0),), len(made), {})
    made[:] = relink.image(bytes(made), layout, Sites(((at, target),)))


@given(REACH_JAL, st.integers(0, 31), MOVES | st.integers(-50, 50).map(lambda n: 2 * n))
def test_a_jal_goes_further_or_stays(value: int, register: int, delta: int) -> None:
    made = bytearray(b"\xaa" + jal(value, register) + b"\x55")
    before = bytes(made)
    assert riscv.call_target(struct.unpack_from("<I", made, 1)[0]) == value
    relinked_jump(made, 1, delta)
    word = struct.unpack_from("<I", made, 1)[0]
    assert word & 0xFFF == register << 7 | 0x6F
    if -(1 << 20) <= value + delta < 1 << 20:
        assert gathered(word, J, 31) == value + delta
    else:
        assert bytes(made) == before
    assert (made[0], made[5]) == (0xAA, 0x55)


@given(REACH_CJ, KINDS, MOVES | st.integers(-50, 50).map(lambda n: 2 * n))
def test_a_compressed_jump_goes_further_or_stays(value: int, kind: int, delta: int) -> None:
    made = bytearray(b"\xaa" + cj(value, kind) + b"\x55")
    before = bytes(made)
    low = struct.unpack_from("<H", made, 1)[0]
    assert riscv.call_target(low | 0x55 << 16) == value
    relinked_jump(made, 1, delta)
    low = struct.unpack_from("<H", made, 1)[0]
    assert low & 0xE003 == kind
    if -2048 <= value + delta < 2048:
        assert gathered(low, CJ, 12) == value + delta
    else:
        assert bytes(made) == before


ADDRESSES = st.integers(0, 0xFFFFFFFF)
SMALL = st.integers(-2048, 2047)
LOADS = st.sampled_from([0x03, 0x13, 0x67, 0x07])  # load, op-imm, jalr, float load: I type
STORES = st.sampled_from([0x23, 0x27])  # S type


def lower(value: int, opcode: int, other: int) -> int:
    value &= 0xFFF
    if opcode in (0x23, 0x27):
        return (value >> 5) << 25 | (value & 31) << 7 | other & 0x01FFF000 | opcode
    return value << 20 | other & 0x000FFF80 | opcode


def lower_of(word: int) -> int:
    value = (word >> 25) << 5 | word >> 7 & 31 if word & 0x7F in (0x23, 0x27) else word >> 20
    return value - 4096 if value & 0x800 else value


@given(SMALL, LOADS | STORES, st.integers(0, 0xFFFFFFFF), SMALL)
def test_lower_halves(value: int, opcode: int, other: int, new: int) -> None:
    word = lower(value, opcode, other)
    assert riscv.immediate(word) == value
    made = bytearray(b"\0" + struct.pack("<I", word))
    riscv.set_low(made, 1, new)
    changed = struct.unpack_from("<I", made, 1)[0]
    assert riscv.immediate(changed) == lower_of(changed) == new
    riscv.set_low(made, 1, value)
    assert struct.unpack_from("<I", made, 1)[0] == word


@given(ADDRESSES, ADDRESSES, LOADS | STORES, st.integers(0, 31), ADDRESSES, st.booleans())
def test_pairs_mean_the_address(
    old: int, target: int, opcode: int, register: int, pc: int, relative: bool
) -> None:
    upper = (old + 0x800 & 0xFFFFF000) | register << 7 | (riscv.AUIPC if relative else 0x37)
    binary = struct.pack("<III", upper, 0x12345678, lower(old, opcode, register << 15))
    before = (
        pc + (old + 0x800 & 0xFFFFF000) + lower_of(struct.unpack_from("<I", binary, 8)[0])
        if relative
        else old
    )
    first, between, second = struct.unpack("<III", relinked(binary, (0, 8, before), target, pc))
    meant = (first & 0xFFFFF000) + lower_of(second) + (pc if relative else 0)
    assert meant & 0xFFFFFFFF == target
    assert (first & 0xFFF, between) == (upper & 0xFFF, 0x12345678)
    assert lower(0, opcode, 0) & 0x7F == second & 0x7F


def relinked(binary: bytes, pair: tuple[int, int, int], target: int, pc: int) -> bytes:
    """Bytes that stay at `pc` while what the pair refers to goes to `target`."""
    runs = (Run(pair[2], pair[2] + 1, target),)
    made = Layout(runs, (Moved(0, len(binary), 0, 0, pc),), len(binary), {})
    return relink.image(binary, made, Sites((), (pair,)))


def test_a_pair_whose_lower_half_is_gone() -> None:
    binary = struct.pack("<II", 0x12345037, 0x00000013)
    runs = (Run(0x12345000, 0x12346000, 0x12346004),)
    made = Layout(runs, (Moved(0, 4, 0, 0, 0),), 4, {})
    assert relink.image(binary, made, Sites((), ((0, 4, 0x12345000),))) == struct.pack("<I", 0x12346037)


@needs_objdump
@examples(5)
@given(st.lists(st.tuples(REACH_JAL, REACH_JAL), min_size=20, max_size=60),
       st.lists(st.tuples(REACH_CJ, REACH_CJ, KINDS), min_size=20, max_size=60))  # fmt: skip
def test_jumps_as_objdump_prints_them(far: list[tuple[int, int]], near: list[tuple[int, int, int]]) -> None:
    made = bytearray(
        b"".join(jal(old, 1) for old, _ in far) + b"".join(cj(old, kind) for old, _, kind in near)
    )
    expected = []
    for at, (old, new) in enumerate(far):
        relinked_jump(made, 4 * at, new - old)
        expected.append(4 * at + new)
    for at, (old, new, _) in enumerate(near):
        relinked_jump(made, 4 * len(far) + 2 * at, new - old)
        expected.append(4 * len(far) + 2 * at + new)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(made)
        text = run(f"{CROSS}objdump", "-D", "-b", "binary", "-m", "riscv:rv32", "-M", "no-aliases", file.name)
    targets = [
        int(hexa, 16) & 0xFFFFFFFF for hexa in re.findall(r"\t(?:c\.)?ja?l?\t(?:\w+,)?0x([0-9a-f]+)", text)
    ]
    assert targets == [one & 0xFFFFFFFF for one in expected]
