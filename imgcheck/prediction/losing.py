"""What does the linker drop when something is cut, told from what is cut and not by two whole links?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from imgcheck.prediction.linkage import Cut, Graph, Reach, live, mentions, out
from imgcheck.prediction.supports import Supports

Holders = Mapping[int, Sequence[tuple[int, int]]]  # element -> sections and counts, as a node's `holds`


def lost(graph: Graph, base: Reach, cut: Cut, holders: Holders, supports: Supports) -> Reach:
    """What goes from `base`, which is reach(graph), with a cut. Law: the difference of both reaches.

    Only elements of sections and references that go are looked at; `holders` and `supports` are of `base`.
    """
    hung = supports.gone(cut, out(graph, cut)) if graph.collected else None
    nodes = base.nodes.difference(live(graph, cut)) if hung is None else frozenset(hung)
    cut_off = mentions(graph, cut)
    touched = {element for _, element in cut_off}
    touched.update(element for n in nodes for element, _ in graph.nodes[n].holds)
    gone = (
        element
        for element in touched & base.elements
        if all(n in nodes or 0 < count <= cut_off.get((n, element), 0) for n, count in holders[element])
    )
    return Reach(nodes, frozenset(gone))


def holders(graph: Graph, nodes: Iterable[int]) -> Holders:
    """Those of the sections `nodes` that hold each element, with how many references name it there."""
    found: dict[int, list[tuple[int, int]]] = {}
    for n in nodes:
        for element, count in graph.nodes[n].holds:
            found.setdefault(element, []).append((n, count))
    return found
