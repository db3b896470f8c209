"""Which constants in code say how long an array is, and what do they say once it is shorter?

`sizeof array` and the number of its elements are immediates of the code that walks it (The RISC-V Instruction
Set Manual, volume I, chapters 2 and 16). The size is a number that hardly anything else has, and from 2,048
bytes on two instructions make it; the number of elements is small, so only code that refers to the array is
asked, and where the last index is meant a branch has to compare it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice
from struct import Struct
from typing import NamedTuple, TypeVar

from imgcheck.prediction.cutting import Loss, Shortened
from imgcheck.prediction.layout import Layout, moved_to
from imgcheck.prediction.linkage import Graph, Node
from imgcheck.prediction.relink import GP_AHEAD, Sites
from imgcheck.prediction.riscv import AUIPC, BRANCH, immediate, instructions, set_low

_WORD = Struct("<I")
_Site = TypeVar("_Site", bound=tuple[int, ...])
_ADDI, _COMPARE = 0x13, (2, 3)  # opcode; funct3 of slti and sltiu
_BY_ADDRESS = frozenset({2, 3, 4})  # sp, gp, tp: what is added to them is the place of something else
_LEAST_SIZE = 24  # bytes; a smaller size is too common a number to be known by
_LEAST_COUNT = 3
_MOST_ARRAYS = 64  # of one removal: for each the code of its object is looked through; builds have a few
_NEAR = 4  # instructions between a bound and the branch that compares it
_APART = 16  # instructions between the halves of a number: a prologue's stores may be in between
_LUI, _MOST_LOW = 0x37, 2047  # opcode; what an instruction holds without it


class Constant(NamedTuple):
    """An instruction that makes a number: its offset, its bytes, register read and written, the number."""

    at: int
    wide: bool
    source: int
    target: int
    value: int
    compares: bool


class Code(NamedTuple):
    """What is looked through: sections, their bytes in the image, and which of those hold addresses."""

    graph: Graph
    binary: bytes
    sites: Sites


Change = tuple[
    int, bytes
]  # image offset of an instruction before the removal, and what stands there after it


def find(code: Code, layout: Layout, losses: Mapping[int, Loss]) -> tuple[Change, ...]:
    """The instructions that change because arrays lose elements; they lie as `layout` says."""
    found: list[Change] = []
    graph = code.graph
    arrays = ((index, loss.shortened) for index, loss in losses.items() if loss.shortened)
    for index, array in islice(arrays, _MOST_ARRAYS):
        for number in graph.sections[graph.nodes[index].object]:
            node = graph.nodes[number]
            if node.code and node.placed and node.offset >= 0:
                lost = losses[number].spans if number in losses else ()
                refers = index in graph.targets[number]
                alone = sum(size > 0 for _, _, size in node.symbols) <= 1
                changes = [*_numbers(code, node, array, refers and alone)]
                if refers:
                    changes += _ends(code, layout, node, (array, graph.nodes[index].address, index))
                for at, new in changes:
                    run = node.address + at - node.offset
                    if not any(start <= run < end for start, end in lost):
                        found.append((at, new))
    return tuple(found)


def _numbers(code: Code, node: Node, array: Shortened, refers: bool) -> Iterator[Change]:
    """Instructions that hold the size or the number of elements."""
    relocated = _relocated(code.sites, node.offset, node.offset + node.flash)
    for one, value in _bounds(code.binary, node, array, refers):
        if one.at not in relocated:
            yield one.at, _with(code.binary, one, value)
    if array.size > _MOST_LOW < array.left:
        for (at, word), one, number in _halves(code.binary, node, array, refers):
            left = number - array.size + array.left
            high = left + 0x800 & ~0xFFF
            if one.at not in relocated and left != high and _fits(one, left - high):
                yield at, _with_high(word, high)
                yield one.at, _with(code.binary, one, left - high)


def _halves(
    binary: bytes, node: Node, array: Shortened, refers: bool
) -> Iterator[tuple[tuple[int, int], Constant, int]]:
    """Both instructions of each place that makes a size of more than 12 bits, and the number.

    Code that refers to the array may mean the place of a member behind its end.
    """
    most = array.size + (array.size // array.before if refers else 1)
    upper: dict[int, tuple[int, int, int]] = {}  # by register: turn, offset, instruction
    for turn, (at, word) in enumerate(instructions(binary, node.offset, node.offset + node.flash)):
        one = constant(at, word)
        if one is not None and one.source in upper and not one.compares:
            since, place, first = upper[one.source]
            number = _high(first) + one.value
            if turn - since <= _APART and array.size <= number < most:
                yield (place, first), one, number
        if _high(word):
            upper[word >> 7 & 31] = (turn, at, word)


def _high(word: int) -> int:
    """What lui or c.lui puts into its register, 0 where it is another instruction."""
    if word & 0x7F == _LUI:
        return word & 0xFFFFF000
    if word & 3 == 1 and word >> 13 == 3 and word >> 7 & 31 not in (0, 2):  # of sp it is c.addi16sp
        value = word >> 2 & 31 | word >> 7 & 32
        return value - ((value & 32) << 1) << 12
    return 0


def _with_high(word: int, value: int) -> bytes:
    """The lui or c.lui with another number."""
    if word & 3 == 3:
        return _WORD.pack(word & 0xFFF | value)
    return (word & 0xEF83 | value >> 10 & 0x7C | value >> 5 & 0x1000).to_bytes(2, "little")


def _ends(code: Code, layout: Layout, node: Node, which: tuple[Shortened, int, int]) -> Iterator[Change]:
    """Instructions that hold the address where a loop over the array ends, if need be at a member's place."""
    array, base, index = which
    end, step = array.start + array.size, array.size // array.before
    behind = {
        base + edge.place
        for edge in node.edges
        if edge.target == index and end <= base + edge.place < end + step
    }
    low, high = node.offset, node.offset + node.flash
    shift = moved_to(layout, node.address) - node.address
    start = moved_to(layout, array.start)
    for first, second, address in _between(code.sites.pairs, low, high) if behind else ():
        if address in behind:
            value = start + array.left + address - end
            upper = _WORD.unpack_from(code.binary, first)[0]
            if upper & 0x7F == AUIPC:
                value -= node.address + first - node.offset + shift
            yield first, _WORD.pack(upper & 0xFFF | value + 0x800 & 0xFFFFF000)
            yield second, _low(code.binary, second, value)
    small = code.sites.gp - GP_AHEAD
    for at, address in _between(code.sites.near, low, high) if behind else ():
        value = start + array.left + address - end - (moved_to(layout, small) + GP_AHEAD)
        if address in behind and -2048 <= value < 2048:
            yield at, _low(code.binary, at, value)


def _low(binary: bytes, at: int, value: int) -> bytes:
    """The instruction at an offset with another 12-bit immediate."""
    made = bytearray(binary[at : at + 4])
    set_low(made, 0, value)
    return bytes(made)


def _bounds(binary: bytes, node: Node, array: Shortened, refers: bool) -> Iterator[tuple[Constant, int]]:
    """The constants of a section that depend on an array, and what they become."""
    words = list(instructions(binary, node.offset, node.offset + node.flash))
    for turn, (at, word) in enumerate(words):
        one = constant(at, word)
        if one is None or one.source in _BY_ADDRESS or one.target in _BY_ADDRESS:
            continue
        value = _becomes(one, array, refers)
        if value == array.after - 1 and one.value == array.before - 1 and not one.compares:
            behind = islice(words, turn + 1, turn + 1 + _NEAR)
            if not any(_branches_on(other, one.target) for _, other in behind):
                continue
        if value is not None and _fits(one, value):
            yield one, value


def _becomes(one: Constant, array: Shortened, refers: bool) -> int | None:
    """What a constant is with the shorter array, None where it does not depend on it."""
    if one.value == array.size and array.size >= _LEAST_SIZE and not one.compares:
        return array.left
    if not refers or array.before < _LEAST_COUNT or (one.source and not one.compares):
        return None
    return {array.before: array.after, array.before - 1: array.after - 1}.get(one.value)


def constant(at: int, word: int) -> Constant | None:
    """An instruction that adds, loads or compares with a number."""
    if word & 0x7F == _ADDI:
        kind = word >> 12 & 7
        if kind == 0 or kind in _COMPARE:
            return Constant(at, True, word >> 15 & 31, word >> 7 & 31, immediate(word), kind in _COMPARE)
        return None
    if word & 3 == 1 and word >> 13 in (0, 2):  # c.addi, c.li
        register = word >> 7 & 31
        value = word >> 2 & 31 | word >> 7 & 32
        value -= (value & 32) << 1
        return Constant(at, False, register if word >> 13 == 0 else 0, register, value, False)
    return None


def _branches_on(word: int, register: int) -> bool:
    """Whether an instruction is a branch that compares a register with another one."""
    return word & 0x7F == BRANCH and register in (word >> 15 & 31, word >> 20 & 31)


def _fits(one: Constant, value: int) -> bool:
    """Whether the instruction can hold the other number."""
    return (-2048 <= value < 2048) if one.wide else (-32 <= value < 32 and value != 0)


def _with(binary: bytes, one: Constant, value: int) -> bytes:
    """The instruction with another number."""
    if one.wide:
        word = int.from_bytes(binary[one.at : one.at + 4], "little") & 0xFFFFF | (value & 0xFFF) << 20
        return word.to_bytes(4, "little")
    word = int.from_bytes(binary[one.at : one.at + 2], "little") & 0xEF83 | (value & 31) << 2
    return (word | (value >> 5 & 1) << 12).to_bytes(2, "little")


def _relocated(sites: Sites, start: int, end: int) -> set[int]:
    """Instructions of a section whose number is part of an address."""
    found: set[int] = set()
    for kind in (sites.near, sites.lowers):
        found.update(at for at, _ in _between(kind, start, end))
    found.update(second for _, second, _ in _between(sites.pairs, start, end))
    return found


def _between(kind: tuple[_Site, ...], start: int, end: int) -> tuple[_Site, ...]:
    """The sites of a section."""
    return kind[bisect_left(kind, (start,)) : bisect_left(kind, (end,))]
