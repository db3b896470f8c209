"""Which functions and variables of one source does the compiler leave out because nothing there uses them?

What is `static` and not referred to any more is not compiled: it is not there for the linker to drop, and the
strings that it named are not either, though they lie in one section with others (without -fdata-sections).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.linkage import Cut, Graph


def extended(graph: Graph, found: Removal) -> Removal:
    """The same removal, with what nothing in its own object refers to any more."""
    cut = found.cut
    nodes = set(cut.nodes)
    for number in {graph.nodes[index].object for index in (*cut.nodes, *(cut.edges or ()))}:
        sections = graph.sections[number]
        roots = [index for index in sections if not graph.nodes[index].local or graph.nodes[index].retained]
        used, left = _used(graph, sections, roots, Cut()), _used(graph, sections, roots, cut)
        nodes |= {index for index in used - left if graph.nodes[index].symbols}
    return replace(found, cut=Cut(frozenset(nodes), cut.edges, cut.gained))


def _used(graph: Graph, sections: Iterable[int], roots: Iterable[int], cut: Cut) -> set[int]:
    """The sections of an object that its `roots` refer to, however indirectly."""
    here = set(sections) - cut.nodes
    seen = here & set(roots)
    todo = list(seen)
    while todo:
        index = todo.pop()
        gone, targets = cut.of(index), here.intersection(graph.targets[index])
        if gone and not targets <= seen:
            targets &= {edge.target for edge in graph.nodes[index].edges if edge not in gone}
        new = (targets | cut.gained.get(index, frozenset()) & here) - seen
        seen |= new
        todo.extend(new)
    return seen
