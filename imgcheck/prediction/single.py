"""What hangs on functions that the compiler puts into their callers?

Where a `static` function is called once only, it is put there: its frame, the call and the return go, and
what is known of the arguments makes the rest smaller, by up to half of it. One that is called with one
constant only is made anew with the constant in it. A header's function that became
a constant decides what its callers do, and no call is left in them that would say where. How much that is,
nobody can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from imgcheck.prediction import frames
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Graph, Node
from imgcheck.prediction.mentions import Change, owners
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.spans import disjoint

_UNSURE = 0.8  # of a function that is put into its only caller
# Of a function that is called with one constant only: what goes with it, its strings and what its callers did
# with other values included, and how unsure that is. 24 features of generated programs lost 0.6 times the
# function at the median, 19 of them 0 to 1.2 times.
_CONSTANT, _CONSTANT_UNSURE = 0.6, 1.25
_BEHIND = 128  # bytes of code that a header's constant may decide about, each time that it was put in


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], binary: bytes, found: Removal
) -> Removal:
    """The same removal, with the frames of functions that are put into the one caller they have left."""
    losses = dict(found.losses)
    for number, origin in origins.items():
        if changes.keys().isdisjoint(origin.sources) and changes.keys().isdisjoint(origin.files):
            continue
        constants = {path for path in origin.files & changes.keys() if changes[path].constants}
        for index in _decided(graph.sections[number], origin, changes, constants - origin.sources):
            loss = losses.get(index, Loss(()))
            losses[index] = loss._replace(unsure=loss.unsure + _BEHIND)
        own = origin.sources & changes.keys()
        narrowed = frozenset[str]().union(*(changes[path].narrowed for path in own))
        for index in graph.sections[number] if narrowed else ():
            node = graph.nodes[index]
            if _alone(node) and not narrowed.isdisjoint(owners(node.symbols[0][0])):
                loss, end = losses.get(index, Loss(())), node.address + node.flash
                losses[index] = loss._replace(
                    spans=disjoint((*loss.spans, (end - (int(_CONSTANT * node.flash) & ~1), end))),
                    unsure=loss.unsure + round(_CONSTANT_UNSURE * node.flash),
                )
        for index in _once(graph, graph.sections[number], found):
            node = graph.nodes[index]
            code = binary[node.offset : node.offset + node.flash]
            spans = ((node.address + start, node.address + end) for start, end in frames.whole(code))
            loss = losses.get(index, Loss(()))
            losses[index] = loss._replace(
                spans=disjoint((*loss.spans, *spans)), unsure=loss.unsure + round(_UNSURE * node.flash)
            )
    return replace(found, losses=losses)


def _decided(
    sections: Iterable[int], origin: Origin, changes: Mapping[str, Change], headers: Iterable[str]
) -> Iterator[int]:
    """The sections of an object that have code of functions of headers which became constants."""
    gone = {path: changes[path].removed_lines for path in headers}
    rows = origin.code.rows if origin.code and gone else {}
    for index in sections if rows else ():
        if any(row.line in gone.get(row.path, ()) for row in rows.get(index, ())):
            yield index


def _once(graph: Graph, sections: Iterable[int], found: Removal) -> list[int]:
    """The functions of an object that several places referred to, and of which one is left."""
    placed = [index for index in sections if graph.nodes[index].placed]
    lost: set[int] = set()
    for index in placed:
        if index in found.cut.nodes:
            lost.update(edge.target for edge in graph.nodes[index].edges)
        elif cut := found.cut.of(index):
            lost.update(edge.target for edge in graph.nodes[index].edges if edge in cut)
    lost = {one for one in lost - found.cut.nodes if _alone(graph.nodes[one])}
    if not lost:  # of most objects
        return []
    left = Counter(
        edge.target
        for index in placed
        if index not in found.cut.nodes
        for edge in graph.nodes[index].edges
        if edge.target in lost and edge not in found.cut.of(index)
    )
    return sorted(index for index, count in left.items() if count == 1)


def _alone(node: Node) -> bool:
    """Whether a section is one function that only its object knows."""
    return node.code and node.placed and node.local and node.offset >= 0 and len(node.symbols) == 1
