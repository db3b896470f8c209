"""Which code of a function leads only to returns that went: the epilogue in front of a removed tail call?

The epilogue belongs to the function's last line, the tail call behind it to the line that goes. From what is
left of a function one of its other exits must be reachable; what reached removed ones only goes with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.riscv import JAL, call_target

_BRANCH, _JALR = 0x63, 0x67


class _Step(NamedTuple):
    """An instruction: its end, where else it may lead (-1: nowhere), whether it leads to the next one."""

    end: int
    target: int
    falls: bool
    exits: bool


def extended(graph: Graph, binary: bytes, removal: Removal) -> Removal:
    """The same removal, with the code that its losses leave without an exit."""
    losses: dict[int, Loss] = {}
    for index, loss in removal.losses.items():
        node = graph.nodes[index]
        if node.code and node.placed and node.offset >= 0 and loss.spans and not loss.added:
            code = binary[node.offset : node.offset + node.flash]
            spans = [(start - node.address, end - node.address) for start, end in loss.spans]
            more = [(node.address + start, node.address + end) for start, end in without_exit(code, spans)]
            losses[index] = loss._replace(spans=_joined((*loss.spans, *more))) if more else loss
        else:
            losses[index] = loss
    return replace(removal, losses=losses)


def without_exit(code: bytes, lost: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of a function's code that reach no exit but those in `lost`."""
    steps = _steps(code)
    gone = {at for at in steps if any(start <= at < end for start, end in lost)}
    exits = {at for at, step in steps.items() if step.exits}
    if exits.isdisjoint(gone) or exits <= gone:
        return []
    before: dict[int, list[int]] = {}
    for at, step in steps.items():
        if step.falls:
            before.setdefault(step.end, []).append(at)
        if step.target >= 0:
            before.setdefault(step.target, []).append(at)
    leaving = _reaching(exits, before)
    staying = _reaching(exits - gone, before)
    found = leaving - staying - gone
    # What other code that stays leads into goes on somewhere else in a rebuild, nobody can say where.
    todo = [at for at in found if any(one not in gone and one not in found for one in before.get(at, ()))]
    while todo:
        at = todo.pop()
        if at in found:
            found.remove(at)
            step = steps[at]
            todo.extend(one for one in (step.end if step.falls else -1, step.target) if one in found)
    return [(at, steps[at].end) for at in sorted(found)]


def _reaching(targets: Iterable[int], before: Mapping[int, Sequence[int]]) -> set[int]:
    seen = set(targets)
    todo = list(seen)
    while todo:
        for at in before.get(todo.pop(), ()):
            if at not in seen:
                seen.add(at)
                todo.append(at)
    return seen


def _steps(code: bytes) -> dict[int, _Step]:
    steps: dict[int, _Step] = {}
    at = 0
    while at + 2 <= len(code):
        wide = code[at] & 3 == 3
        end = at + (4 if wide else 2)
        if end > len(code):
            break
        steps[at] = (_wide if wide else _short)(int.from_bytes(code[at:end], "little"), at, end, len(code))
        at = end
    return steps


def _wide(word: int, at: int, end: int, size: int) -> _Step:
    opcode, register = word & 0x7F, word >> 7 & 31
    if opcode == _BRANCH:
        value = (word >> 31) << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 0x3F) << 5 | (word >> 8 & 15) << 1
        return _Step(end, at + value - ((value & 0x1000) << 1), True, end >= size)
    if opcode == JAL and register == 0:
        return _jump(at + call_target(word), end, size)
    if opcode == _JALR and register == 0:
        return _Step(end, -1, False, True)
    return _Step(end, -1, True, end >= size)


def _short(word: int, at: int, end: int, size: int) -> _Step:
    quadrant, kind = word & 3, word >> 13
    if quadrant == 1 and kind == 5:
        return _jump(at + call_target(word), end, size)
    if quadrant == 1 and kind in (6, 7):
        value = (
            (word >> 12 & 1) << 8 | (word >> 5 & 3) << 6 | (word >> 2 & 1) << 5 | (word >> 10 & 3) << 3
            | (word >> 3 & 3) << 1
        )  # fmt: skip
        return _Step(end, at + value - ((value & 0x100) << 1), True, end >= size)
    if quadrant == 2 and kind == 4 and not word >> 12 & 1 and not word >> 2 & 31 and word >> 7 & 31:
        return _Step(end, -1, False, True)  # c.jr: a return, or a switch that goes anywhere
    return _Step(end, -1, True, end >= size)


def _jump(target: int, end: int, size: int) -> _Step:
    inside = 0 <= target < size
    return _Step(end, target if inside else -1, False, not inside)


def _joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)
