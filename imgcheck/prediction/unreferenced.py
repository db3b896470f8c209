"""Which functions and variables of one source does the compiler leave out because nothing there uses them?

What is `static` and not referred to any more is not compiled: it is not there for the linker to drop, and the
strings that it named are not either, though they lie in one section with others (without -fdata-sections).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.linkage import Cut, Graph

_Referrers = Callable[[], Mapping[int, Sequence[int]]]


def extended(graph: Graph, found: Removal, referrers: _Referrers) -> Removal:
    """The same removal, with what nothing in its own object refers to any more.

    `referrers` gives the sections that refer to each section.
    """
    cut = found.cut
    nodes = set(cut.nodes)
    for number in {graph.nodes[index].object for index in (*cut.nodes, *(cut.edges or ()))}:
        sections = graph.sections[number]
        own = {index for index in sections if graph.nodes[index].local}
        if not graph.collected and number not in graph.coarse:
            # What C++ compiles where it is used; a linker that collects what nobody uses takes it as well.
            own |= {index for index in sections if graph.nodes[index].group} - graph.copies.keys()
        roots = {index for index in sections if index not in own or graph.nodes[index].retained}
        gone = _unused(graph, sections, roots, cut)
        if asked := _asked(graph, [index for index in gone if not graph.nodes[index].local], referrers):
            gone = _unused(graph, sections, roots | asked, cut)
        nodes |= gone
    return replace(found, cut=Cut(frozenset(nodes), cut.edges, cut.gained))


def _unused(graph: Graph, sections: Iterable[int], roots: Iterable[int], cut: Cut) -> set[int]:
    used, left = _used(graph, sections, roots, Cut()), _used(graph, sections, roots, cut)
    # Shared strings stay for those who still name them; the jump table of a function goes with it.
    return {index for index in used - left if graph.nodes[index].symbols or not graph.nodes[index].merged}


def _asked(graph: Graph, sections: Sequence[int], referrers: _Referrers) -> set[int]:
    """Those of the `sections` of an object that other objects refer to."""
    nodes = graph.nodes
    by = referrers() if sections else {}
    return {
        index
        for index in sections
        if any(nodes[one].object != nodes[index].object for one in by.get(index, ()))
    }


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
