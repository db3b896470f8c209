"""Where does each instruction of a function lead (The RISC-V Instruction Set Manual, volume I, RV32IMAC)?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from imgcheck.prediction.riscv import BRANCH, JAL, call_target, leads

_JALR = 0x67
_LEADING = frozenset({BRANCH, JAL, _JALR})  # opcodes of instructions that may lead elsewhere
_SHORT_LEADING = frozenset({(1, 5), (1, 6), (1, 7), (2, 4)})  # quadrant and kind of short ones


class Step(NamedTuple):
    """An instruction: its end, where else it may lead (-1: nowhere), whether it leads to the next one."""

    end: int
    target: int
    falls: bool
    exits: bool


def following(targets: Iterable[int], leads: Mapping[int, Sequence[int]]) -> set[int]:
    """`targets` and all that follows from them."""
    seen = set(targets)
    todo = list(seen)
    while todo:
        for at in leads.get(todo.pop(), ()):
            if at not in seen:
                seen.add(at)
                todo.append(at)
    return seen


def entries(steps: Mapping[int, Step]) -> set[int]:
    """Where code is entered that no instruction leads to: functions of one section, rows of a table."""
    led = {to for step in steps.values() for to in (step.end if step.falls else -1, step.target)}
    return {0} | (steps.keys() - led)


@lru_cache(1 << 9)
def steps(code: bytes) -> Mapping[int, Step]:
    """The instructions of a function by their offset in it; read only, for it is asked for again."""
    found: dict[int, Step] = {}
    at, size = 0, len(code)
    while at + 2 <= size:
        first = code[at]
        wide = first & 3 == 3
        end = at + (4 if wide else 2)
        if end > size:
            break
        if (first & 0x7F in _LEADING) if wide else (first & 3, code[at + 1] >> 5) in _SHORT_LEADING:
            found[at] = (_wide if wide else _short)(int.from_bytes(code[at:end], "little"), at, end, size)
        else:
            found[at] = Step(end, -1, True, end >= size)
        at = end
    return found


def switches(word: int) -> bool:
    """Whether an instruction jumps to an address from a table."""
    if word & 3 == 3:
        return word & 0x7F == _JALR and word >> 7 & 31 == 0 and word >> 15 & 31 not in (1, 5)
    return (
        word & 3 == 2
        and word >> 13 == 4
        and not word >> 12 & 1
        and not word >> 2 & 31
        and (word >> 7 & 31 not in (0, 1, 5))
    )


def _wide(word: int, at: int, end: int, size: int) -> Step:
    opcode, register = word & 0x7F, word >> 7 & 31
    if opcode == BRANCH:
        return Step(end, at + leads(word), True, end >= size)
    if opcode == JAL and register == 0:
        return _jump(at + call_target(word), end, size)
    if opcode == _JALR and register == 0:
        return Step(end, -1, False, True)
    return Step(end, -1, True, end >= size)


def _short(word: int, at: int, end: int, size: int) -> Step:
    quadrant, kind = word & 3, word >> 13
    if quadrant == 1 and kind == 5:
        return _jump(at + call_target(word), end, size)
    if quadrant == 1 and kind in (6, 7):
        return Step(end, at + leads(word), True, end >= size)
    if quadrant == 2 and kind == 4 and not word >> 12 & 1 and not word >> 2 & 31 and word >> 7 & 31:
        return Step(end, -1, False, True)  # c.jr: a return, or a switch that goes anywhere
    return Step(end, -1, True, end >= size)


def _jump(target: int, end: int, size: int) -> Step:
    inside = 0 <= target < size
    return Step(end, target if inside else -1, False, not inside)
