"""What each relocation of an object's code became when the linker relaxed it.

The linker shortens calls and leaves out the upper half of addresses near gp (RISC-V ELF psABI, "Linker
Relaxation"). What lies between relocations is copied as it is, so following them in order, and looking at
what each became, tells where every byte of the object went.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from imgcheck.prediction.linkage import Node
from imgcheck.prediction.riscv import JAL
from imgcheck.readers import objects
from imgcheck.readers.objects import Object

WORD, JUMP, CALL, CALL_PLT, ALIGN, RVC_JUMP, RELAX = 1, 17, 18, 19, 43, 45, 51
PCREL_HI, PCREL_LO_I, PCREL_LO_S, HI, LO_I, LO_S = 23, 24, 25, 26, 27, 28
TPREL_HI, TPREL_ADD, SUB32 = 29, 32, 39


class Relocated(NamedTuple):
    """One relocation: `offset` in the object's section, `at` in the image, `word` the 32 bits there now."""

    offset: int
    type: int
    symbol: int
    addend: int
    at: int
    word: int
    kept: bool  # False: the linker left the instruction out
    size: int  # bytes that it spans in the object
    left_out: int  # of those, bytes that the linker left out


def follow(binary: bytes, node: Node, obj: Object) -> Iterator[Relocated]:
    """The relocations of a placed section of code, each with where it is now; RELAX only without a twin."""
    left_out, last = 0, -1
    shift, end = node.address - node.offset, node.offset + node.flash
    before = obj.elf.contents(obj.elf.sections[node.section])
    made = partial(tuple.__new__, Relocated)  # half of what a call takes, for each relocation of a build
    for offset, info, addend in objects.entries(obj, node.section):
        kind = info & 0xFF
        if kind == RELAX and offset == last:  # a third of all, and its twin was told
            continue
        at = node.offset + offset - left_out
        if at < node.offset or at + 2 > end:
            continue
        low = binary[at] | binary[at + 1] << 8
        word = low | (binary[at + 2] << 16 | binary[at + 3] << 24 if at + 4 <= end else 0)
        kept, size, gone = True, 4, 0
        if kind in (CALL, CALL_PLT):
            size = 8
            gone = 6 if low & 3 != 3 else 4 if word & 0x7F == JAL else 0
        elif kind in (HI, PCREL_HI):
            # The next instruction may be of the same kind: only the register tells them apart.
            was = int.from_bytes(before[offset : offset + 2], "little")
            kept = word & 0xFFF == was & 0xFFF
            shorter = kind == HI and low & 0xEF83 == 0x6001 | was & 0xF80  # c.lui
            gone = 0 if kept else 2 if shorter else 4
        elif kind in (TPREL_HI, TPREL_ADD):  # both left out where thread-local data is near tp
            kept = word & 0xFFF == int.from_bytes(before[offset : offset + 2], "little") & 0xFFF
            gone = 0 if kept else 4
        elif kind == ALIGN:
            size = addend
            gone = addend - _padding(at + shift, addend)
        last = offset if kind != ALIGN else -1
        yield made((offset, kind, info >> 8, addend, at, word, kept, size, gone))
        left_out += gone


def _padding(address: int, most: int) -> int:
    """Bytes of no-operations that the linker left to align what follows."""
    align = 1
    while align < most + 2:
        align *= 2
    return -address % align
