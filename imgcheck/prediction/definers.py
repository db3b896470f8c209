"""Who defines what, and who else does once features are off?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from imgcheck.prediction.joins import Outsiders
from imgcheck.prediction.linkage import Cut, Graph
from imgcheck.prediction.mentions import Change
from imgcheck.readers.symbolnames import source_name

Names = Mapping[str, list[int]]  # the sections that define each name


def names(graph: Graph) -> Names:
    """Who defines what, asked for once a build."""
    found: dict[str, list[int]] = {}
    for index, node in enumerate(graph.nodes):
        for name, _, _ in node.symbols:
            found.setdefault(source_name(name), []).append(index)
    return found


class Definers(NamedTuple):
    """Who is linked, by name; who could be; who refers to each section; objects that were made for speed."""

    defined: Callable[[], Names]
    outsiders: Outsiders
    referrers: Callable[[], Mapping[int, Sequence[int]]]
    fast: frozenset[int]


def moved(changes: Mapping[str, Change]) -> frozenset[str]:
    """What one source no longer defines and another one defines only then.

    Another feature comes in where this one kept it out: what refers to the one goes on to the other.
    """
    gone = {name: path for path, one in changes.items() for name in one.vanished_definitions}
    return frozenset(
        name for path, one in changes.items() for name in one.arrivals.fresh if gone.get(name, path) != path
    )


def deputised(graph: Graph, changes: Mapping[str, Change], cut: Cut, definers: Definers) -> frozenset[str]:
    """What goes although another object (weakly), the script or a library defines it too.

    References that stay then mean that.
    """
    if not cut.nodes or not any(one.vanished_definitions for one in changes.values()):
        return frozenset()
    gone = {
        source_name(name)
        for index in cut.nodes
        if not graph.nodes[index].local
        for name, _, _ in graph.nodes[index].symbols
        if name not in graph.nodes[index].hidden
    }
    known = definers.defined()
    here = frozenset(
        name
        for name in gone
        if name in graph.offered or any(shared(graph, cut, name, one) for one in known[name])
    )
    library = definers.outsiders.library
    wanted = {source_name(one): one for one in _wanted(graph, cut, definers.referrers())}
    left = gone & wanted.keys() - here
    return here | {name for name in left if library.has(wanted[name]) and library.member(wanted[name])}


def _wanted(graph: Graph, cut: Cut, referrers: Mapping[int, Sequence[int]]) -> Iterator[str]:
    """The symbols of sections that go which those that stay refer to."""
    for target in cut.nodes:
        for index in referrers.get(target, ()):
            if index not in cut.nodes and graph.nodes[index].placed:
                gone = cut.of(index)
                for edge in graph.nodes[index].edges:
                    if edge.target == target and edge.symbol and edge not in gone:
                        yield edge.symbol


def shared(graph: Graph, cut: Cut, name: str, index: int) -> bool:
    """Whether a section stays that defines a name for all objects."""
    node = graph.nodes[index]
    hidden = node.local or any(source_name(one) == name for one in node.hidden)
    return index not in cut.nodes and not hidden
