"""Which code of a function leads only to returns that went: the epilogue in front of a removed tail call?

The epilogue belongs to the function's last line, the tail call behind it to the line that goes. From what is
left of a function one of its other exits must be reachable; what reached removed ones only goes with them.
Where code that stays went on to one that went, the function still returns there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from imgcheck.prediction import flow
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.riscv import AUIPC
from imgcheck.prediction.spans import disjoint

_SP, _LOAD = 2, 0x03
_ADD_SP = 0x00010113  # addi sp, sp, without its immediate
_SHORT_ADD_SP = (0x0101, 0x6101)  # c.addi sp and c.addi16sp, likewise
_RETURN = 2  # bytes of c.jr ra


def extended(graph: Graph, binary: bytes, removal: Removal) -> Removal:
    """The same removal, with the code that its losses leave without an exit."""
    losses: dict[int, Loss] = {}
    for index, loss in removal.losses.items():
        node = graph.nodes[index]
        if node.code and node.placed and node.offset >= 0 and loss.spans and not loss.added:
            code = binary[node.offset : node.offset + node.flash]
            spans = [(start - node.address, end - node.address) for start, end in loss.spans]
            # In a section of several functions a jump to another one is an exit that looks like none.
            alone = all(offset == 0 for _, offset, size in node.symbols if size)
            left = _left(code, tuple(spans), alone)
            losses[index] = loss._replace(
                spans=tuple((node.address + start, node.address + end) for start, end in left)
            )
        else:
            losses[index] = loss
    return replace(removal, losses=losses)


@lru_cache(1 << 12)
def _left(code: bytes, spans: tuple[tuple[int, int], ...], alone: bool) -> tuple[tuple[int, int], ...]:
    """What goes of a section that loses `spans`; sets of features ask for the same ones again and again."""
    whole = disjoint((*spans, *(without_exit(code, spans) if alone else ())))
    kept = returning(code, whole)
    return _less(whole, kept) if kept else whole


def _less(spans: Sequence[tuple[int, int]], kept: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sorted spans without the stretches that are kept."""
    for low, high in kept:
        parts = [part for start, end in spans for part in ((start, min(end, low)), (max(start, high), end))]
        spans = [part for part in parts if part[0] < part[1]]
    return tuple(spans)


def returning(code: bytes, lost: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What stays of stretches that are `lost` whole but return for what is in front of them.

    A removed call was the last thing that the function did, and became a tail call; without it the function
    returns there. Compilers may give the epilogue in front of the call to the call's line. Each is the
    epilogue, and room for a return behind it.
    """
    steps = flow.steps(code)
    order = list(steps)
    found = []
    for start, end in disjoint(lost):
        inside = order[bisect_left(order, start) : bisect_left(order, end)]
        exits = [at for at in inside if steps[at].exits]
        if not exits or _leads_on(steps, inside, start, end) or not _falls_into(steps, start):
            continue
        at = order.index(exits[-1])
        if at and code[order[at - 1]] & 0x7F == AUIPC and code[order[at]] & 3 == 3:  # a tail call far away
            at -= 1
        last = order[at]
        while at and order[at - 1] >= start and _restores(code, order[at - 1], order[at]):
            at -= 1
        found.append((order[at], last + _RETURN))
    return found


def _leads_on(steps: Mapping[int, flow.Step], inside: Sequence[int], start: int, end: int) -> bool:
    """Whether code of a stretch goes on outside it."""
    return any(
        (step.falls and step.end >= end and not step.exits)
        or (step.target >= 0 and not start <= step.target < end)
        for step in map(steps.__getitem__, inside)
    )


def _falls_into(steps: Mapping[int, flow.Step], start: int) -> bool:
    """Whether the code in front of a stretch goes on in it, and does not jump over it otherwise."""
    before = next((at for at, step in steps.items() if step.end == start), -1)
    return before >= 0 and steps[before].falls and steps[before].target < start


def _restores(code: bytes, at: int, end: int) -> bool:
    """Whether an instruction takes a register back from the stack, or gives the stack back."""
    word = int.from_bytes(code[at:end], "little")
    if word & 3 == 3:
        load = word & 0x7F == _LOAD and word >> 15 & 31 == _SP
        return load or (word & 0xFFFFF == _ADD_SP and word >> 31 == 0)
    if word & 3 == 2:
        return word >> 13 in (2, 3)  # c.lwsp, c.flwsp
    return word & 0xEF83 in _SHORT_ADD_SP and not word >> 12 & 1


def without_exit(code: bytes, lost: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of a function's code that reach no exit but those in `lost`."""
    steps = flow.steps(code)
    exits = {at for at, step in steps.items() if step.exits}
    if sum(any(start <= at < end for start, end in lost) for at in exits) in (0, len(exits)):
        return []
    gone = {at for at in steps if any(start <= at < end for start, end in lost)}
    before: dict[int, list[int]] = {}
    for at, step in steps.items():
        if step.falls:
            before.setdefault(step.end, []).append(at)
        if step.target >= 0:
            before.setdefault(step.target, []).append(at)
    leaving = flow.following(exits, before)
    staying = flow.following(exits - gone, before)
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
