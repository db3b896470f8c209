"""Which functions lose their stack frame with the calls that they lose?

A function that calls nothing, or calls only as the last thing that it does, saves no return address and no
registers: what saves and restores them goes as well, and so does copying arguments to registers that calls
leave as they are. A call behind which only the frame was given up becomes a jump, and the return goes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from imgcheck.prediction import flow
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.flow import Step
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.riscv import JAL
from imgcheck.prediction.spans import disjoint

_RA, _SP, _T0 = 1, 2, 5
_SAVED = frozenset({_RA, 8, 9, *range(18, 28)})
_LOAD, _STORE, _IMMEDIATE, _JALR = 0x03, 0x23, 0x13, 0x67
_RETURN = 0x8082  # c.jr ra
_FLOAT_LOAD, _FLOAT_STORE = 0x07, 0x27


def extended(graph: Graph, binary: bytes, removal: Removal) -> Removal:
    """The same removal, with the frames of functions that need none any more."""
    losses = dict(removal.losses)
    for index, loss in removal.losses.items():
        node = graph.nodes[index]
        alone = all(offset == 0 for _, offset, size in node.symbols if size)
        if node.code and node.placed and node.offset >= 0 and loss.spans and not loss.added and alone:
            code = binary[node.offset : node.offset + node.flash]
            spans = tuple((start - node.address, end - node.address) for start, end in loss.spans)
            if more := _frame(code, spans):
                here = ((node.address + start, node.address + end) for start, end in more)
                losses[index] = loss._replace(spans=disjoint((*loss.spans, *here)))
    return replace(removal, losses=losses)


@lru_cache(1 << 12)
def _frame(code: bytes, lost: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """What of a function's code that loses stretches is its frame; nothing where it still needs one."""
    steps = flow.steps(code)
    gone = {at for at in steps if any(start <= at < end for start, end in lost)}
    words = {at: int.from_bytes(code[at : step.end], "little") for at, step in steps.items()}
    if not any(calls(words[at]) for at in gone):
        return ()
    left = {at: step for at, step in steps.items() if at not in gone}
    if any(flow.switches(words[at]) for at in left) or not any(_frames(words[at]) for at in left):
        return ()
    frame = {at for at in left if _frames(words[at])}
    if any(at not in frame and _on_stack(words[at]) for at in left):
        return ()  # it has variables there
    ahead = [at for at in left if calls(words[at])]
    if not all(_last(left, words, frame, at) for at in ahead):
        return ()
    going = frame | {at for at in left if _copies(words[at])}
    if ahead:
        going.update(_returns(left, words, ahead))
    return disjoint((at, steps[at].end) for at in going)


def whole(code: bytes) -> tuple[tuple[int, int], ...]:
    """What a function's code makes and gives up its frame with, and its returns."""
    steps = flow.steps(code)
    words = {at: int.from_bytes(code[at : step.end], "little") for at, step in steps.items()}
    return disjoint((at, steps[at].end) for at, word in words.items() if _frames(word) or _is_return(word))


def calls(word: int) -> bool:
    """Whether an instruction calls a function."""
    if word & 3 == 3:
        return word & 0x7F in (JAL, _JALR) and word >> 7 & 31 == _RA
    jal = word & 3 == 1 and word >> 13 == 1
    return jal or (word & 0xF07F == 0x9002 and word >> 7 & 31 != 0)  # c.jal, c.jalr


def _frames(word: int) -> bool:
    """Whether an instruction makes or gives up a frame, or saves or restores a register that calls keep."""
    if word & 3 == 3:
        opcode, register, base = word & 0x7F, word >> 7 & 31, word >> 15 & 31
        if opcode == _IMMEDIATE and word >> 12 & 7 == 0:
            return register == _SP and base == _SP
        if opcode == JAL:
            return register == _T0  # __riscv_save_n
        return base == _SP and (
            (opcode == _LOAD and register in _SAVED) or (opcode == _STORE and word >> 20 & 31 in _SAVED)
        )
    quadrant, kind, register = word & 3, word >> 13, word >> 7 & 31
    if quadrant == 1:
        return register == _SP and kind in (0, 3)  # c.addi, c.addi16sp
    return quadrant == 2 and ((kind == 2 and register in _SAVED) or (kind == 6 and word >> 2 & 31 in _SAVED))


def _on_stack(word: int) -> bool:
    """Whether another instruction uses the stack."""
    if word & 3 == 3:
        opcode, base = word & 0x7F, word >> 15 & 31
        return base == _SP and opcode in (_LOAD, _STORE, _FLOAT_LOAD, _FLOAT_STORE, _IMMEDIATE)
    quadrant, kind = word & 3, word >> 13
    if quadrant == 0:
        return kind == 0  # c.addi4spn
    if quadrant == 2 and kind == 4:
        return word >> 2 & 31 == _SP
    return quadrant == 2 and kind in (2, 3, 6, 7)


def _copies(word: int) -> bool:
    """Whether an instruction copies a register from or to one that calls leave as it is."""
    if word & 3 != 2 or word >> 13 != 4 or not word >> 2 & 31 or word >> 12 & 1:
        return False
    return not _SAVED.isdisjoint({word >> 7 & 31, word >> 2 & 31})


def _next(order: Sequence[int], at: int) -> int:
    """The first of these instructions from an offset on, -1 behind the last."""
    nth = bisect_left(order, at)
    return order[nth] if nth < len(order) else -1


def _last(left: Mapping[int, Step], words: Mapping[int, int], frame: Iterable[int], call: int) -> bool:
    """Whether a call is the last thing that is done on its way."""
    order = sorted(left)
    at, seen = _next(order, left[call].end), set[int]()
    while at >= 0 and at not in seen:
        seen.add(at)
        step = left[at]
        if step.exits:
            return _is_return(words[at])
        if step.target >= 0 and not step.falls:
            at = _next(order, step.target)
        elif at in frame:
            at = _next(order, step.end)
        else:
            return False
    return False


def _is_return(word: int) -> bool:
    """Whether it leads to who called."""
    return word == _RETURN or (word & 0x7F == _JALR and word >> 15 & 31 == _RA)


def _returns(left: Mapping[int, Step], words: Mapping[int, int], ahead: Iterable[int]) -> Iterator[int]:
    """Returns that only calls lead to which become jumps."""
    order = sorted(left)
    ends = set(ahead)
    leads = {
        at: [
            _next(order, to)
            for to in (step.end if step.falls and at not in ends else -1, step.target)
            if to >= 0
        ]
        for at, step in left.items()
    }
    reached = flow.following(order[:1], leads)
    yield from (at for at in left if at not in reached and _is_return(words[at]))
