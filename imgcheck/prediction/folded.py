"""What goes from the callers of a function whose body became a constant?

The compiler puts such a body into the callers of the same source file: the call goes with what only prepares
its arguments, branches on the result are decided, and what only the other side leads to is never reached.
Callers in other files go on calling it; so a few instructions stay of it as long as one of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from imgcheck.prediction import coderows, flow
from imgcheck.prediction.coderows import Row
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.flow import Step
from imgcheck.prediction.linkage import Cut, Edge, Graph, Node
from imgcheck.prediction.mentions import Change, owners
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.registers import assigned, tested, written
from imgcheck.prediction.riscv import AUIPC, JAL, call_target, immediate
from imgcheck.prediction.spans import disjoint

_BODY = 4  # bytes: the result is set, and return
_BEHIND = (
    64  # bytes of code that a header's constant decides about where it was put in: most of 30 were below
)
_RESULT, _ARGUMENTS = 10, frozenset(range(10, 18))
_JALR = 0x67


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], binary: bytes, found: Removal
) -> Removal:
    """The same removal, with what functions that became constants leave useless in their own objects."""
    known = {path: change.constants for path, change in changes.items() if change.constants}
    if not known:
        return found
    losses, edges = dict(found.losses), dict(found.cut.edges or {})
    for number, origin in origins.items():
        values = {name: value for path in origin.sources for name, value in known.get(path, {}).items()}
        if not values:
            continue
        nodes = [n for n in graph.sections[number] if graph.nodes[n].code and graph.nodes[n].offset >= 0]
        rows = origin.code.rows if origin.code else {}
        bodies = {index: tuple(_bodies(graph.nodes[index], rows.get(index, ()), values)) for index in nodes}
        # Those that another one took the place of go as a whole; their callers have the other one's value.
        targets = {body.start: body.value for some in bodies.values() for body in some}
        calling = _calling(graph, bodies)
        for index, own in bodies.items():
            if index in found.cut.nodes:
                continue
            node = graph.nodes[index]
            code = binary[node.offset : node.offset + node.flash]
            spans = [(one.start + _BODY, one.end) for one in own if one.end > one.start + _BODY]
            whole = any(one.start == node.address and one.end == node.address + node.flash for one in own)
            if not whole and index in calling:
                begins = [at - node.address for at in coderows.begins(node.symbols, rows.get(index, ()))]
                useless = unreached(code, {at - node.address: value for at, value in targets.items()}, begins)
                spans += [(node.address + start, node.address + end) for start, end in useless]
            if not spans:
                continue
            loss = losses.get(index, Loss(()))
            losses[index] = loss._replace(spans=disjoint((*loss.spans, *spans)))
            more = {edge for edge in node.edges if any(edge.offset in one.offsets for one in own)}
            if not whole:
                more |= set(_cut(graph, index, rows.get(index, ()), losses[index], code))
            edges[index] = edges.get(index, frozenset()) | more
    return replace(found, cut=Cut(found.cut.nodes, edges), losses=losses)


def _calling(graph: Graph, bodies: Mapping[int, Sequence[_Body]]) -> set[int]:
    """The sections that may call one of these functions: those that refer to its section, and that itself."""
    named = {index for index, own in bodies.items() if own}
    return {index for index in bodies if index in named or not named.isdisjoint(graph.targets[index])}


class _Body(NamedTuple):
    """A function that became a constant: its run addresses, its offsets in the object, what it returns."""

    start: int
    end: int
    offsets: range
    value: int | None


def _bodies(node: Node, rows: Sequence[Row], values: Mapping[str, int | None]) -> Iterator[_Body]:
    """The functions of a section that became constants.

    One with a section of its own is all of it; of several in one section the line table tells where each is.
    """
    functions = [one for one in node.symbols if one[2]]
    alone = all(offset == 0 for _, offset, _ in functions)
    for symbol, offset, size in functions:
        owner = next((owner for owner in owners(symbol) if owner in values), None)
        if owner is None:
            continue
        if alone:
            yield _Body(node.address, node.address + node.flash, range(max(node.raw, 1)), values[owner])
            return
        here = [row for row in rows if offset <= row.offset < offset + size]
        if here:
            start, end = min(row.start for row in here), max(row.end for row in here)
            yield _Body(start, end, range(offset, offset + size), values[owner])


def _cut(graph: Graph, index: int, rows: Iterable[Row], loss: Loss, code: bytes) -> Iterator[Edge]:
    """References of a section that its lost bytes made.

    Of calls those that no other code makes, of other references those whose line's code lies in them.
    """
    node = graph.nodes[index]
    going: set[int] = set()
    staying: set[int] = set()
    for at, to in _calls(code):
        lost = _inside(node.address + at, loss)
        (going if lost else staying).add(node.address + to)
    for edge in node.edges:
        target = graph.nodes[edge.target] if edge.target >= 0 else None
        if target is not None and target.code and target.address + edge.place in going | staying:
            if target.address + edge.place not in staying:
                yield edge
            continue
        row = next((row for row in rows if row.offset <= edge.offset < row.offset_end), None)
        if row is not None and _inside(min(row.start + edge.offset - row.offset, row.end - 1), loss):
            yield edge


def _inside(address: int, loss: Loss) -> bool:
    return any(start <= address < end for start, end in loss.spans)


def _calls(code: bytes) -> Iterator[tuple[int, int]]:
    """Where calls and jumps of a function stand, and their targets, both from its start."""
    for at, step in flow.steps(code).items():
        word = int.from_bytes(code[at : step.end], "little")
        if word & 3 != 3:
            if word & 3 == 1 and word >> 13 in (1, 5):
                yield at, at + call_target(word)
        elif word & 0x7F == JAL:
            yield at, at + call_target(word)
        elif word & 0x7F == AUIPC:
            second = int.from_bytes(code[step.end : step.end + 4], "little")
            if second & 0x7F == _JALR:
                high = (word & 0xFFFFF000) - ((word & 0x80000000) << 1)
                yield at, at + high + immediate(second)


def unreached(
    code: bytes, results: Mapping[int, int | None], begins: Iterable[int] = ()
) -> list[tuple[int, int]]:
    """Stretches of a section's code that are useless when calls of `results` return these values.

    `results` are by target, from the section's start, like the stretches and where functions begin: without
    -ffunction-sections a section has many, and a switch of one says nothing of the others.
    """
    ends = sorted({0, len(code), *(at for at in begins if 0 < at < len(code))})
    return [
        (low + start, low + end)
        for low, high in pairwise(ends)
        for start, end in _unreached(code[low:high], {at - low: value for at, value in results.items()})
    ]


def _unreached(code: bytes, results: Mapping[int, int | None]) -> Iterable[tuple[int, int]]:
    """The same of one function."""
    called = [(at, results[target]) for at, target in _calls(code) if target in results]
    if not called:
        return ()
    steps = flow.steps(code)
    into: dict[int, int] = {}
    for step in steps.values():
        for target in (step.end if step.falls else -1, step.target):
            into[target] = into.get(target, 0) + 1
    dead: set[tuple[int, int]] = set()  # ways that are never taken
    lost: set[int] = set()
    for at, value in called:
        if not steps[at].falls and steps[at].target < 0 and value is None:
            continue  # a tail call becomes a return
        lost |= {at, *_arguments(code, steps, into, at)}
        behind = steps[at].end
        if int.from_bytes(code[at : at + 4], "little") & 0x7F == AUIPC:
            lost.add(behind)
            behind = steps[behind].end
        if value is not None and steps[at].falls:
            _decide(code, steps, into.get, (behind, {_RESULT: value}), dead, lost)
    leads: dict[int, list[int]] = {}
    left: dict[int, list[int]] = {}
    anywhere = False
    for at, step in steps.items():
        leads[at] = [to for to in (step.end if step.falls else -1, step.target) if to >= 0]
        left[at] = [to for to in leads[at] if (at, to) not in dead]
        word = int.from_bytes(code[at : step.end], "little")
        anywhere = anywhere or flow.switches(word)
    if dead and not anywhere:
        called_here = {to for at, to in _calls(code) if to in steps and steps[at].falls}  # it may call itself
        starts = flow.entries(steps) | called_here
        lost |= (flow.following(starts, leads) - flow.following(starts, left)) & steps.keys()
    return disjoint((at, steps[at].end) for at in lost if at in steps)


def _decide(
    code: bytes,
    steps: Mapping[int, Step],
    into: Callable[[int, int], int],
    start: tuple[int, dict[int, int]],
    dead: set[tuple[int, int]],
    lost: set[int],
) -> None:
    """Follows known registers to the branches that they decide, up to where other ways join."""
    due = [start]
    first = True
    while due:
        at, known = due.pop()
        while at in steps and known and (first or into(at, 0) < 2):
            first = False
            step = steps[at]
            word = int.from_bytes(code[at : step.end], "little")
            test = tested(word)
            if test is not None and test[1] in known:
                taken = (known[test[1]] == 0) == test[0]
                dead.add((at, step.end if taken else step.target))
                lost.add(at)
                at = step.target if taken else step.end
                continue
            if test is not None and step.target >= 0:
                due.append((step.target, dict(known)))
            written(word, known)
            at = step.end if step.falls else step.target


def _arguments(code: bytes, steps: Mapping[int, Step], into: Mapping[int, int], call: int) -> Iterator[int]:
    """The instructions right in front of a call that only set its arguments."""
    before = {step.end: at for at, step in steps.items()}
    at = call
    while at in before and into.get(at, 0) < 2:
        at = before[at]
        if not steps[at].falls or steps[at].target >= 0:
            return
        register = assigned(int.from_bytes(code[at : steps[at].end], "little"))
        if register in _ARGUMENTS:
            yield at
        elif register < 0:
            return
