"""Which calls become two bytes shorter because what they call comes near enough?

ld makes c.jal and c.j of calls when it first comes by, section by section, and does not look again (binutils,
bfd/elfnn-riscv.c, `_bfd_riscv_relax_call`). What follows lies then where it would without any relaxation, and
what is in front where it lies in the end; the alignment of the output section comes on top. Newer ones (2.47)
look again until nothing changes: what counts is where both ends lie in the end. The calls tell which it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from imgcheck.prediction import riscv
from imgcheck.prediction.cutting import Loss
from imgcheck.prediction.layout import Layout, moved_to
from imgcheck.prediction.linkage import Graph, Node, Output
from imgcheck.prediction.relink import Sites

_REACH = 2048  # bytes that c.jal and c.j jump at most, either way
_LINKS = (0, 1)  # registers that calls leave their return address in: none, ra
_SHORT = {0: 0xA001, 1: 0x2001}  # c.j, c.jal
_MOST_TURNS = 8  # that calls take to become shorter because others did


class Call(NamedTuple):
    """A call: where it is in the image and in its section of the object, that section, and what it calls."""

    at: int
    offset: int
    node: int
    target: int
    short: bool
    register: int


_Row = tuple[int, int, int, int]  # a section, its alignment, bytes in the object, and placed
Lost = tuple[Collection[int], Mapping[int, Loss]]  # nodes that go, what others lose


class Calls:
    """The calls of a build, looked at when something around them goes."""

    def __init__(self, graph: Graph, binary: bytes, sites: Sites) -> None:
        self._graph = graph
        self._binary = binary
        self._jumps = sites.jumps
        self._calls: dict[int, tuple[tuple[int, Call], ...]] = {}

    @property
    def turns(self) -> int:
        """How often what is near enough has to be looked for, where calls come nearer by calls."""
        return _MOST_TURNS if self._settled else 1

    def nearer(self, gone: Collection[int], losses: Mapping[int, Loss], layout: Layout) -> tuple[Call, ...]:
        """The calls that are long now and short without what goes; `layout` has them as they are."""
        found: list[Call] = []
        for output, order in self._orders.items():
            less = {*gone, *losses}
            if less.isdisjoint(order):
                continue
            room = sum(self._graph.nodes[n].raw for n in less if n in self._places[output])
            due = [
                call
                for node in self._around(output, less)
                if node not in gone
                for far, call in self._long(output, node)
                if far - room < _REACH and call.target not in gone
            ]
            if due:
                places = {} if self._settled else _unrelaxed(output, self._rows[output], (gone, losses))
                found += [one for one in due if _reaches(self._new(output, one, (places, losses, layout)))]
        return tuple(sorted(found))

    @cached_property
    def _orders(self) -> dict[Output, list[int]]:
        """The sections of each output section with code, as the linker has them; none without short calls."""
        if all(self._binary[at] & 3 == 3 for at, _ in self._jumps):
            return {}
        nodes = self._graph.nodes
        found: dict[Output, list[int]] = {}
        there: dict[str, list[int]] = {}
        for i, one in enumerate(nodes):
            if one.placed and one.flash:
                there.setdefault(one.output, []).append(i)
        for output in self._graph.outputs:
            rows = there.get(output.name, [])
            if any(nodes[i].code for i in rows):
                found[output] = sorted(rows, key=lambda i: nodes[i].address)
        return found

    @cached_property
    def _places(self) -> dict[Output, dict[int, int]]:
        return {output: _unrelaxed(output, rows, ((), {})) for output, rows in self._rows.items()}

    @cached_property
    def _rows(self) -> dict[Output, list[_Row]]:
        nodes = self._graph.nodes
        return {
            output: [(i, max(nodes[i].align, 1), nodes[i].raw, max(nodes[i].flash, 1)) for i in order]
            for output, order in self._orders.items()
        }

    @cached_property
    def _settled(self) -> bool:
        """Whether ld looked at calls again until none came nearer; asked of the first section that tells."""
        for output, places in self._places.items():
            for index in places:
                known = [one for one in self._found(index) if one.target in places]
                first, last = (
                    all(one.short == _reaches(self._distance(output, one, settled)) for one in known)
                    for settled in (False, True)
                )
                if first != last:
                    return last
        return False

    def _around(self, output: Output, less: Collection[int]) -> Iterator[int]:
        """The sections from which a call could reach over something that goes, each once."""
        order, nodes = self._orders[output], self._graph.nodes
        near: set[int] = set()
        for run in (order, order[::-1]):
            left = -1  # bytes behind the last section that loses something, in which a call may lie
            for index in run:
                if index in less:
                    left = _REACH
                    near.add(index)
                elif left >= 0:
                    near.add(index)
                    left -= nodes[index].raw
        # Of a call back the way seems longer by what ld has left out in front of where it leads to.
        places = self._places[output]
        most = _REACH + sum(nodes[n].raw - nodes[n].flash for n in less if n in places)
        for index in order:
            if places[index] - nodes[index].address >= most:
                break
            near.add(index)
        yield from sorted(near)

    def _long(self, output: Output, index: int) -> tuple[tuple[int, Call], ...]:
        """The long calls of a section to others, and how far each seems; () where one is not what it says."""
        if index not in self._calls:
            known = [one for one in self._found(index) if one.target in self._places[output]]
            far = [self._distance(output, one, self._settled) for one in known]
            if any(one.short != _reaches(distance) for one, distance in zip(known, far, strict=True)):
                known = []
            rows = zip(map(abs, far), known, strict=False)
            self._calls[index] = tuple((distance, one) for distance, one in rows if not one.short)
        return self._calls[index]

    def _found(self, index: int) -> Iterator[Call]:
        node = self._graph.nodes[index]
        low = bisect_left(self._jumps, (node.offset,))
        jumps = self._jumps[low : bisect_left(self._jumps, (node.offset + node.flash,))]
        if not node.code or node.offset < 0:
            return
        places: dict[int, list[int]] = {}
        for at, to in jumps:
            places.setdefault(to, []).append(at)
        offsets: dict[int, set[int]] = {}
        for edge in node.edges:
            if edge.target >= 0:
                offsets.setdefault(edge.target, set()).add(edge.offset)
        for target, those in offsets.items():
            here = places.get(self._graph.nodes[target].address, ())
            if len(here) == len(those):  # else it is called at its middle, or its address is taken too
                for at, offset in zip(here, sorted(those), strict=True):
                    word = int.from_bytes(self._binary[at : at + 4], "little")
                    register = word >> 7 & 31 if word & 3 == 3 else -1
                    if register == -1 or register in _LINKS:
                        yield Call(at, offset, index, target, register == -1, register)

    def _distance(self, output: Output, call: Call, settled: bool) -> int:
        """How far a call seems to ld when it looks at it."""
        places, target = self._places[output], self._graph.nodes[call.target]
        if settled:
            return _with(output, target.address - self._run(call))
        here = places[call.node] + call.offset
        ahead = places[call.target] > places[call.node]
        return _with(output, (places[call.target] if ahead else target.address) - here)

    def _new(
        self, output: Output, call: Call, without: tuple[Mapping[int, int], Mapping[int, Loss], Layout]
    ) -> int:
        places, losses, layout = without
        node, target = self._graph.nodes[call.node], self._graph.nodes[call.target]
        run = self._run(call)
        spans = losses[call.node].spans if call.node in losses else ()
        if any(start <= run < end for start, end in spans):
            return _REACH  # it goes itself
        if self._settled:
            return _with(output, moved_to(layout, target.address) - moved_to(layout, run))
        before = sum(min(end, run) - start for start, end in spans if start < run)
        here = places[call.node] + call.offset - before * node.raw // max(node.flash, 1)
        ahead = places[call.target] > places[call.node]
        return _with(output, (places[call.target] if ahead else moved_to(layout, target.address)) - here)

    def _run(self, call: Call) -> int:
        """Where a call runs."""
        node = self._graph.nodes[call.node]
        return node.address + call.at - node.offset


def changed(graph: Graph, layout: Layout, calls: Collection[Call]) -> Iterator[tuple[int, bytes]]:
    """The short calls themselves, at their image offsets before anything moved."""
    for call in calls:
        node, target = graph.nodes[call.node], graph.nodes[call.target]
        here = moved_to(layout, node.address + call.at - node.offset)
        made = riscv.leading(_SHORT[call.register], moved_to(layout, target.address) - here)
        if made is not None:
            yield call.at, made


def spans(graph: Graph, calls: Collection[Call]) -> dict[int, tuple[tuple[int, int], ...]]:
    """By section the run addresses of what calls no longer take."""
    found: dict[int, list[tuple[int, int]]] = {}
    for call in calls:
        node: Node = graph.nodes[call.node]
        run = node.address + call.at - node.offset
        found.setdefault(call.node, []).append((run + 2, run + 4))
    return {node: tuple(rows) for node, rows in found.items()}


def _unrelaxed(output: Output, rows: Iterable[_Row], lost: Lost) -> dict[int, int]:
    """Where the sections lie before ld relaxes anything."""
    gone, losses = lost
    found: dict[int, int] = {}
    at = output.address
    for index, align, raw, flash in rows:
        if index in gone:
            continue
        at = found[index] = -(-at // align) * align
        at += raw
        if index in losses:
            less = sum(end - start for start, end in losses[index].spans) - losses[index].added
            at -= less * raw // flash
    return found


def _with(output: Output, distance: int) -> int:
    return distance + output.align if distance >= 0 else distance - output.align


def _reaches(distance: int) -> bool:
    return -_REACH <= distance < _REACH
