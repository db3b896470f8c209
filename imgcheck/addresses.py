"""Finds every place in a linked image that holds an address, from the relocations of its objects.

A relocation is at an offset of the object's section; the linker relaxed the code since (RISC-V ELF psABI,
"Linker Relaxation"): it shortened calls, and left out the upper half of addresses near gp. What lies between
relocations is copied as it is, so following them in order, and looking at what each became, is enough.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from imgcheck.analyses.linkage import Graph, Node
from imgcheck.analyses.relink import Sites
from imgcheck.analyses.riscv import AUIPC, JAL, call_target, immediate
from imgcheck.linknodes import Linked
from imgcheck.readers.elf import SHT_RELA, Elf

_RELA = struct.Struct("<IIi")
_WORD, _JAL, _CALL, _CALL_PLT, _ALIGN, _RVC_JUMP = 1, 17, 18, 19, 43, 45
_PCREL_HI, _PCREL_LO_I, _PCREL_LO_S, _HI, _LO_I, _LO_S = 23, 24, 25, 26, 27, 28
_GP = 3


class _Found:
    """Lists of sites while they grow."""

    def __init__(self) -> None:
        self.jumps: list[tuple[int, int]] = []
        self.pairs: list[tuple[int, int, int]] = []
        self.near: list[tuple[int, int]] = []
        self.words: list[tuple[int, int]] = []


def find(graph: Graph, linked: Sequence[Linked], elf: Elf, binary: bytes) -> Sites:
    """The sites of a build; objects that were not read have none."""
    gp = next((s.value for s in elf.symbols if s.name == "__global_pointer$"), 0)
    found = _Found()
    for number, (_, obj) in enumerate(linked):
        if obj is None:
            continue
        nodes = {graph.nodes[n].section: graph.nodes[n] for n in graph.sections[number]}
        for section in obj.elf.sections:
            node = nodes.get(section.info) if section.type == SHT_RELA else None
            if node is None or not node.placed or node.offset < 0 or node.merged:
                continue
            entries = _entries(obj.elf, section.index)
            if node.code:
                _code(binary, node, obj.elf.contents(obj.elf.sections[section.info]), entries, gp, found)
            else:
                for offset, kind, _, _ in entries:
                    at = node.offset + offset
                    if kind == _WORD and offset + 4 <= node.flash:
                        found.words.append((at, int.from_bytes(binary[at : at + 4], "little")))
    return Sites(
        tuple(sorted(found.jumps)),
        tuple(sorted(found.pairs)),
        tuple(sorted(found.near)),
        tuple(sorted(found.words)),
        gp,
    )


def _entries(obj: Elf, index: int) -> Iterator[tuple[int, int, int, int]]:
    data = obj.contents(obj.sections[index])
    for offset, info, addend in _RELA.iter_unpack(data[: len(data) // 12 * 12]):
        yield offset, info & 0xFF, info >> 8, addend


def _code(
    binary: bytes,
    node: Node,
    before: memoryview,
    entries: Iterator[tuple[int, int, int, int]],
    gp: int,
    found: _Found,
) -> None:
    """Follows the relocations of one section; `shrunk` bytes have been left out so far."""
    shrunk = 0
    shift = node.address - node.offset
    end = node.offset + node.flash
    uppers: dict[
        tuple[int, int], tuple[int, int]
    ] = {}  # symbol, addend -> offset and value of its upper half
    lowers: list[tuple[int, tuple[int, int]]] = []
    for offset, kind, symbol, addend in entries:
        at = node.offset + offset - shrunk
        if at < node.offset or at + 2 > end:
            continue
        low = binary[at] | binary[at + 1] << 8
        word = low | (binary[at + 2] << 16 | binary[at + 3] << 24 if at + 4 <= end else 0)
        if kind in (_CALL, _CALL_PLT):
            if low & 3 != 3:
                shrunk += 6
            elif word & 0x7F == JAL:
                shrunk += 4
            if word & 0x7F == AUIPC and low & 3 == 3:
                target = (
                    at
                    + shift
                    + (word & 0xFFFFF000)
                    + immediate(int.from_bytes(binary[at + 4 : at + 8], "little"))
                )
                found.pairs.append((at, at + 4, target & 0xFFFFFFFF))
            else:
                found.jumps.append((at, call_target(word, low) + at + shift))
        elif kind in (_JAL, _RVC_JUMP):
            target = call_target(word, low) + at + shift
            if not node.address <= target < node.address + node.flash:
                found.jumps.append((at, target))
        elif kind == _HI:
            # The next instruction may be another lui: only the register tells them apart.
            if word & 0xFFF == int.from_bytes(before[offset : offset + 2], "little") & 0xFFF:
                uppers[symbol, addend] = (at, word & 0xFFFFF000)
            else:
                shrunk += 2 if low & 0xE003 == 0x6001 else 4
        elif kind in (_LO_I, _LO_S):
            if word >> 15 & 31 == _GP and gp:
                found.near.append((at, gp + immediate(word)))
            else:
                lowers.append((at, (symbol, addend)))
        elif kind == _PCREL_HI:
            if word & 0xFFF == int.from_bytes(before[offset : offset + 2], "little") & 0xFFF:
                uppers[-1, offset] = (at, at + shift + (word & 0xFFFFF000) & 0xFFFFFFFF)
            else:
                shrunk += 4
        elif kind in (_PCREL_LO_I, _PCREL_LO_S) and word >> 15 & 31 == _GP and gp:
            found.near.append((at, gp + immediate(word)))
        elif kind == _ALIGN:
            shrunk += addend - _padding(at + shift, addend)
    for at, key in lowers:
        if key in uppers:
            first, value = uppers[key]
            word = int.from_bytes(binary[at : at + 4], "little")
            found.pairs.append((first, at, value + immediate(word) & 0xFFFFFFFF))


def _padding(address: int, most: int) -> int:
    """Bytes of no-operations that the linker left to align what follows."""
    align = 1
    while align < most + 2:
        align *= 2
    return -address % align
