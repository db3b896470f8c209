"""Which references and functions stay because what an `#else` brings in makes them or has their code?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut, Edge, Graph, Node
from imgcheck.prediction.mentions import Change, owners, text_of
from imgcheck.prediction.sources.instead import Instead
from imgcheck.readers.symbolnames import source_name

_OTHERWISE = 0.25  # of a function that gets another head: it is compiled with other parameters


def extended(graph: Graph, changes: Mapping[str, Change], removal: Removal) -> Removal:
    """The same removal, without the references that added lines make as well.

    A function whose body belongs to another one afterwards keeps what is left of its code, and who called it
    calls that one. Where the other one was there, what refers to it holds the body from then on.
    """
    comes = [change.instead for change in changes.values() if any(change.instead)]
    if not comes:
        return removal
    renamed = {name: to for one in comes for name, to in one.renamed.items()}
    nodes, edges, losses = set(removal.cut.nodes), dict(removal.cut.edges or {}), dict(removal.losses)
    taken = frozenset(renamed.values())
    for index in sorted(nodes) if renamed else ():
        node = graph.nodes[index]
        if (
            node.code
            and node.placed
            and any(not taken.isdisjoint(owners(name)) for name, _, _ in node.symbols)
        ):
            nodes.discard(index)
            losses[index] = Loss(((node.address, node.address + max(node.flash, node.ram)),))
            edges[index] = frozenset(node.edges)
    for index in range(len(graph.nodes)) if renamed else ():
        node = graph.nodes[index]
        if node.code and node.placed and any(source_name(name) in renamed for name, _, _ in node.symbols):
            loss = losses.get(index, Loss(()))
            losses[index] = loss._replace(unsure=loss.unsure + round(_OTHERWISE * node.flash))
    for index, cut in edges.items():
        kept = frozenset(_kept(graph, cut, comes, renamed, _owners(graph.nodes[index], renamed)))
        edges[index] = cut - kept
    return replace(removal, cut=Cut(frozenset(nodes), edges), losses=losses)


def _owners(node: Node, renamed: Mapping[str, str]) -> frozenset[str]:
    """What the functions and objects of a section are called afterwards."""
    names = {name for symbol, _, _ in node.symbols for name in owners(symbol)}
    return frozenset(names | {renamed[name] for name in names & renamed.keys()})


def _kept(
    graph: Graph,
    cut: Iterable[Edge],
    comes: Iterable[Instead],
    renamed: Mapping[str, str],
    here: frozenset[str],
) -> Iterable[Edge]:
    """Those of the references `cut` from a section that is called `here` which stay."""
    names = {name for one in comes for owner in here & one.names.keys() for name in one.names[owner]}
    texts = {text for one in comes for owner in here & one.strings.keys() for text in one.strings[owner]}
    for edge in cut:
        name = source_name(edge.symbol).rsplit("::", 1)[-1] if edge.symbol else ""
        said = text_of(graph, edge) if texts else None
        if (name and (name in names or name in renamed)) or said in texts:
            yield edge
