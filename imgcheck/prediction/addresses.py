"""Finds every place in a linked image that holds an address, from the relocations of its objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from imgcheck.prediction.linkage import Graph, Node
from imgcheck.prediction.linknodes import Linked
from imgcheck.prediction.relaxation import (
    CALL,
    CALL_PLT,
    HI,
    JUMP,
    LO_I,
    LO_S,
    PCREL_HI,
    PCREL_LO_I,
    PCREL_LO_S,
    RVC_JUMP,
    SUB32,
    WORD,
    follow,
)  # fmt: skip
from imgcheck.prediction.relink import Sites
from imgcheck.prediction.riscv import AUIPC, JAL, call_target, immediate
from imgcheck.prediction.sitecheck import Check
from imgcheck.readers import objects
from imgcheck.readers.elf import Elf
from imgcheck.readers.objects import Object

_GP = 3


class _Found:
    """Lists of sites while they grow."""

    def __init__(self) -> None:
        self.jumps: list[tuple[int, int]] = []
        self.pairs: list[tuple[int, int, int]] = []
        self.near: list[tuple[int, int]] = []
        self.words: list[tuple[int, int]] = []
        self.lowers: list[tuple[int, int]] = []
        self.distances: list[tuple[int, int, int]] = []
        self.check = Check()


def find(
    graph: Graph,
    linked: Sequence[Linked],
    elf: Elf,
    binary: bytes,
    heaps: Mapping[str, tuple[int, int]] = MappingProxyType({}),
) -> Sites:
    """The sites of a build; of objects that were not read, only calls are seen.

    `heaps` are start and end by the name of the symbol that is their size: a word with that grows by what
    RAM gets free.
    """
    gp = next((s.value for s in elf.symbols if s.name == "__global_pointer$"), 0)
    found = _Found()
    tables: list[tuple[int, int, int]] = []
    for number, (_, obj) in enumerate(linked):
        if obj is None:
            for index in graph.sections[number]:
                node = graph.nodes[index]
                if node.code and node.placed and node.offset >= 0:
                    found.jumps.extend(_calls(binary, node))
            continue
        for index in graph.sections[number]:
            node = graph.nodes[index]
            if (
                not node.placed
                or node.offset < 0
                or node.merged
                or not 0 < node.section < len(obj.elf.sections)
            ):
                continue
            if node.code:
                _code(binary, node, obj, gp, found)
                continue
            for offset, info, addend in objects.entries(obj, node.section):
                at = node.offset + offset
                if offset + 4 > node.flash:
                    continue
                if info & 0xFF == WORD and obj.symbols.names.get(info >> 8) in heaps:
                    start, end = heaps[obj.symbols.names[info >> 8]]
                    found.distances.append((at, end, start))
                elif info & 0xFF == WORD:
                    found.words.append((at, int.from_bytes(binary[at : at + 4], "little")))
                elif info & 0xFF == SUB32:
                    tables.append((at, info >> 8, addend))
            if tables:
                found.distances.extend(_distances(binary, graph, number, obj, tables))
                tables.clear()
    return Sites(
        jumps=tuple(sorted(found.jumps)),
        pairs=tuple(sorted(found.pairs)),
        near=tuple(sorted(found.near)),
        words=tuple(sorted(found.words)),
        gp=gp,
        check=found.check,
        distances=tuple(sorted(found.distances)),
        lowers=tuple(sorted(found.lowers)),
    )


def _calls(binary: bytes, node: Node) -> Iterator[tuple[int, int]]:
    """Calls and jumps out of a section, told from its instructions alone."""
    at, end = node.offset, node.offset + node.flash
    shift = node.address - node.offset
    while at + 2 <= end:
        wide = binary[at] & 3 == 3
        word = int.from_bytes(binary[at : at + (4 if wide else 2)], "little")
        if word & 0x7F == JAL if wide else word & 3 == 1 and word >> 13 in (1, 5):  # c.jal, c.j
            target = call_target(word) + at + shift
            if not node.address <= target < node.address + node.flash:
                yield at, target
        at += 4 if wide else 2


def _distances(
    binary: bytes, graph: Graph, number: int, obj: Object, tables: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Words of jump tables that say how far a label is from their table (image offset, label, table).

    A table that code is around moves with it.
    """
    nodes = {graph.nodes[index].section: graph.nodes[index] for index in graph.sections[number]}
    for at, symbol, addend in tables:
        if symbol >= len(obj.symbols.values):
            continue
        node = nodes.get(obj.symbols.sections[symbol])
        if node is not None and node.placed and not node.code and not node.merged:
            table = node.address + obj.symbols.values[symbol] + addend
            yield at, int.from_bytes(binary[at : at + 4], "little") + table & 0xFFFFFFFF, table


def _code(binary: bytes, node: Node, obj: Object, gp: int, found: _Found) -> None:
    shift = node.address - node.offset
    # Offsets and values of upper halves: of lui by (symbol, addend), of auipc by its own place in the object.
    uppers: dict[tuple[int, int], list[tuple[int, int]]] = {}
    lowers: list[tuple[int, tuple[int, int]]] = []
    labels = obj.symbols.values
    before = obj.elf.contents(obj.elf.sections[node.section])
    done, there = 0, node.offset  # how far the object and the image were compared
    for one in follow(binary, node, obj):
        offset, kind, symbol, addend, at, word, kept, size, left_out = one
        found.check.site(one)
        if offset > done:
            found.check.stretch(bytes(before[done:offset]), binary[there : there + offset - done])
        if offset + size > done:
            done, there = offset + size, at + size - left_out
        if kind in (CALL, CALL_PLT):
            if word & 0x7F == AUIPC:
                second = int.from_bytes(binary[at + 4 : at + 8], "little")
                target = at + shift + (word & 0xFFFFF000) + immediate(second)
                found.pairs.append((at, at + 4, target & 0xFFFFFFFF))
            else:
                found.jumps.append((at, call_target(word) + at + shift))
        elif kind in (JUMP, RVC_JUMP):
            target = call_target(word) + at + shift
            if not node.address <= target < node.address + node.flash:
                found.jumps.append((at, target))
        elif kind == HI and kept:
            uppers.setdefault((symbol, addend), []).append((at, word & 0xFFFFF000))
        elif kind == PCREL_HI and kept:
            uppers[-1, offset] = [(at, at + shift + (word & 0xFFFFF000))]
        elif kind in (LO_I, LO_S, PCREL_LO_I, PCREL_LO_S):
            if word >> 15 & 31 == _GP and gp:
                found.near.append((at, gp + immediate(word)))
            elif kind in (LO_I, LO_S):
                lowers.append((at, (symbol, addend)))
            elif symbol < len(labels):
                lowers.append((at, (-1, labels[symbol])))
    # The halves of an address are paired by symbol and addend. An upper half serves what lies behind its
    # address as well, such as the second word of a double: by its alignment that needs no other one.
    others = {symbol: rows[-1][1] for (symbol, _), rows in uppers.items() if symbol >= 0}
    for at, key in lowers:
        word = int.from_bytes(binary[at : at + 4], "little")
        for first, value in uppers.get(key, ()):
            found.pairs.append((first, at, value + immediate(word) & 0xFFFFFFFF))
        if key not in uppers and key[0] in others:
            found.lowers.append((at, others[key[0]] + immediate(word) & 0xFFFFFFFF))
