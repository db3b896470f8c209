"""What do tables lose that the compiler made of a switch which only chooses a value, or of a local array?

`case 3: return "three";` has no code: GCC (`tree-switch-conversion`) puts the values of all cases into an
array that it calls CSWTCH. `const short curve[] = {1, 2};` in a function is a constant without a name, or
called `C.0`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut, Edge, Graph, Node
from imgcheck.prediction.mentions import Change, named, text_of
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.prediction.spans import disjoint, within

_SWITCH, _CONSTANT = "CSWTCH", "C."  # what GCC calls them
_STEPS = (1, 2, 4, 8)  # bytes of an element
_FEW = 4  # cases that may be comparisons rather than a table
_CASE = 8  # bytes of such a comparison
_AROUND = 16  # bytes of the code in front of a table: whether a value is in it, how large an element is
_COPYING = 4  # bytes of code that may put a byte of a constant into a local array
_SETTING = 16  # bytes of code that may put an element into one of which no constant is made


class _Table(NamedTuple):
    """A table of a section: where it lies there, and what is in it before and after."""

    section: int  # -1: its elements are code
    offset: int
    size: int
    before: int
    after: int
    switch: bool


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, with what such tables lose and functions with it."""
    nodes, edges, losses = removal.cut.nodes, dict(removal.cut.edges or {}), dict(removal.losses)
    for number, origin in origins.items():
        touching = [one for one in concerning(origin, changes).values() if one.counts]
        if not touching:
            continue
        texts = frozenset(text for one in touching for said in one.strings_in.values() for text in said)
        for function, table in _tables(graph, graph.sections[number], touching):
            if function in nodes or table.section in nodes:
                continue
            if table.section < 0:
                loss = losses.get(function, Loss(()))
                unsure = _SETTING * abs(table.before - table.after)
                losses[function] = loss._replace(unsure=loss.unsure + unsure)
                continue
            node, loss = graph.nodes[table.section], losses.get(table.section, Loss(()))
            step, unsure = _step(table)
            going = _going(graph, node, table, step, texts)
            start = node.address + table.offset
            lost = disjoint((start + step * at, start + step * (at + 1)) for at in going)
            more = step * max(table.after - table.before, 0)
            losses[table.section] = loss._replace(
                spans=disjoint((*loss.spans, *lost)), added=loss.added + more, unsure=loss.unsure + unsure
            )
            cut = {edge for edge in node.edges if within(node.address + edge.offset, lost)}
            edges[table.section] = edges.get(table.section, frozenset()) | cut
            loss = losses.get(function, Loss(()))
            copied = 0 if table.switch else _COPYING * abs(table.before - table.after) * step
            losses[function] = loss._replace(unsure=loss.unsure + _AROUND + copied)
    return replace(removal, cut=Cut(nodes, edges, removal.cut.gained), losses=losses)


def _tables(graph: Graph, sections: Iterable[int], changes: Iterable[Change]) -> Iterator[tuple[int, _Table]]:
    """The tables of functions that have another number of cases or of initialisers, with those functions."""
    counts = {owner: one for change in changes for owner, one in change.counts.items()}
    here = [index for index in sections if graph.nodes[index].code and graph.nodes[index].placed]
    apart = frozenset().union(*(named(graph.nodes[index]) for index in here))
    # What the compiler put into others has its tables there.
    folded = [one for owner, one in counts.items() if owner not in apart]
    for index in here:
        own = [*(counts[name] for name in counts.keys() & named(graph.nodes[index])), *folded]
        if not own:
            continue
        switches, constants = set[tuple[int, int, int]](), set[tuple[int, int, int]]()
        for edge in graph.nodes[index].edges:
            target = graph.nodes[edge.target] if edge.target >= 0 else None
            if target is None or target.code or target.merged or not target.placed or target.ram:
                continue
            found = [(edge.target, at, size) for name, at, size in target.symbols if name.startswith(_SWITCH)]
            switches.update([one for one in found if edge.symbol in _names(target, one[1])] or found)
            if not target.symbols or all(name.startswith(_CONSTANT) for name, _, _ in target.symbols):
                constants.add((edge.target, 0, target.raw))
        for one in own:
            for which, both in ((switches, one.cases), (constants, one.listed)):
                if both[0] != both[1] and both[0] and len(which) == 1:
                    yield index, _Table(*min(which), *both, which is switches)
            elsewhere = one in folded and index != here[0]  # in one of them, nobody knows which
            if one.listed[0] != one.listed[1] and not constants and not elsewhere:
                yield index, _Table(-1, 0, 0, *one.listed, False)


def _names(node: Node, offset: int) -> set[str]:
    """What lies at an offset of a section is called so."""
    return {name for name, at, _ in node.symbols if at == offset}


def _step(table: _Table) -> tuple[int, int]:
    """The bytes of an element, and how many are unsure: cases with the default's value have none."""
    fits = [one for one in _STEPS if table.size % one == 0]
    step = min(fits, key=lambda one: (abs(table.size // one - table.before), -one))
    odd = abs(table.size // step - table.before) * step
    few = table.size + _CASE * table.after if table.after <= _FEW else 0
    return step, 2 * (odd + step) + few


def _going(graph: Graph, node: Node, table: _Table, step: int, texts: frozenset[bytes]) -> list[int]:
    """The elements that go: those with these texts, and the last ones."""
    held: dict[int, Edge] = {
        (edge.offset - table.offset) // step: edge
        for edge in node.edges
        if table.offset <= edge.offset < table.offset + table.size
    }
    count = max(table.before - table.after, 0)
    going = [at for at, edge in held.items() if text_of(graph, edge) in texts]
    rest = (at for at in reversed(range(table.size // step)) if at not in set(going))
    return sorted([*going, *rest][:count])
