"""Which variables go out of a section that holds several of them?

Without -fdata-sections an object has one section for all of its variables, and a section that the source
names may have some: the linker keeps it whole, but the compiler leaves out what is not defined any more, and
what is `static` and named by nothing in the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from imgcheck.prediction.cutting import Loss, Removal, undefined
from imgcheck.prediction.linkage import Cut, Graph, Node
from imgcheck.prediction.mentions import Change, nameless
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.prediction.spans import disjoint, within
from imgcheck.readers.symbolnames import source_name


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, with variables that share their section with others."""
    losses, edges = dict(removal.losses), dict(removal.cut.edges or {})
    for number, origin in origins.items():
        touching = [*concerning(origin, changes).values()]
        if not any(change.vanished_definitions or change.vanished for change in touching):
            continue
        gone, unnamed = undefined(touching), _unnamed(origin, touching)
        for index in graph.sections[number]:
            node = graph.nodes[index]
            several = len(node.symbols) > 1 or (node.symbols and nameless(node))
            if not several or node.code or node.merged or index in removal.cut.nodes:
                continue
            spans = disjoint(_going(node, gone, unnamed))
            if spans and node.placed:
                loss = losses.get(index, Loss(()))
                losses[index] = loss._replace(spans=disjoint([*loss.spans, *spans]))
                cut = {edge for edge in node.edges if within(node.address + edge.offset, spans)}
                edges[index] = edges.get(index, frozenset()) | cut
    return replace(removal, cut=Cut(removal.cut.nodes, edges, removal.cut.gained), losses=losses)


def _unnamed(origin: Origin, changes: Iterable[Change]) -> frozenset[str]:
    """What the source names no more; a header's names it may have all the same."""
    return frozenset().union(*(one.vanished for one in changes if one.path in origin.sources))


def _going(node: Node, gone: frozenset[str], unnamed: frozenset[str]) -> Iterable[tuple[int, int]]:
    """The run addresses of what goes."""
    for name, offset, size in node.symbols:
        if source_name(name) in gone or (name in node.hidden and source_name(name) in unnamed):
            yield node.address + offset, node.address + offset + size
