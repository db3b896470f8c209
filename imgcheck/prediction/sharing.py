"""Which features keep the same code alive, so that it goes only when all of them are off?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.effects import Build, Effect
from imgcheck.prediction.linkage import Cut, Edge, Graph, reach

MOST = 4  # features that hold a section together: soft-float code that ten drivers need is nobody's to save
_LEAST = 32  # bytes


def sharing(
    base: Build, removals: Mapping[str, Removal], effects: Mapping[str, Effect]
) -> dict[str, tuple[str, ...]]:
    """For each feature, the others that keep the same sections alive: those go only when all of them do."""
    graph = base.graph
    joint = _joined(removals.values())
    without = reach(graph, joint).nodes
    alone = frozenset(node for effect in effects.values() for node in effect.gone)
    common = frozenset(n for n in base.reach.nodes - without - alone if graph.nodes[n].placed)
    cuts: Counter[int | tuple[int, Edge]] = Counter()
    for removal in removals.values():
        cuts.update(removal.cut.nodes)
        cuts.update((node, edge) for node, gone in (removal.cut.edges or {}).items() for edge in gone)
    held = {
        name: _restored(graph, removal.cut, joint, cuts, without) & common
        for name, removal in removals.items()
    }
    return _partners(graph, held)


def _partners(graph: Graph, held: Mapping[str, frozenset[int]]) -> dict[str, tuple[str, ...]]:
    """Who shares with whom: few enough that they could all go, and enough bytes to be worth it."""
    groups: dict[tuple[str, ...], int] = {}
    holders: dict[int, list[str]] = {}
    for name, nodes in held.items():
        for node in nodes:
            holders.setdefault(node, []).append(name)
    for node, names in holders.items():
        size = max(graph.nodes[node].flash, graph.nodes[node].ram)
        groups[tuple(names)] = groups.get(tuple(names), 0) + size
    worth = [set(names) for names, size in groups.items() if len(names) <= MOST and size >= _LEAST]
    return {
        name: tuple(other for other in held if other != name and any({name, other} <= one for one in worth))
        for name in held
    }


def _restored(
    graph: Graph,
    own: Cut,
    joint: Cut,
    cuts: Mapping[int | tuple[int, Edge], int],
    without: frozenset[int],
) -> frozenset[int]:
    """What is reached again when, of all features, only the one with the cut `own` is on."""

    def open_edges(node: int) -> Iterator[int]:
        blocked = joint.of(node)
        mine = own.of(node)
        for edge in graph.nodes[node].edges:
            if edge not in blocked or (edge in mine and cuts[node, edge] == 1):
                yield edge.target

    seen = {n for n in own.nodes if cuts[n] == 1}
    todo = list(seen)
    for node in own.edges or ():
        if node in without:
            todo.append(node)
    while todo:
        for target in open_edges(todo.pop()):
            if target >= 0 and target not in seen and target not in without and cuts.get(target, 0) <= 1:
                if target in joint.nodes and target not in own.nodes:
                    continue
                seen.add(target)
                todo.append(target)
    return frozenset(seen)


def _joined(removals: Iterable[Removal]) -> Cut:
    nodes: set[int] = set()
    edges: dict[int, frozenset[Edge]] = {}
    for removal in removals:
        nodes |= removal.cut.nodes
        for node, gone in (removal.cut.edges or {}).items():
            edges[node] = edges.get(node, frozenset()) | gone
    return Cut(frozenset(nodes), edges)
