"""What memory does code or data leave or come into that is only declared otherwise: `const`, a section?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.mentions import Change, named
from imgcheck.prediction.origins import Origin, concerning


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, with the bytes of RAM that nothing else of it says."""
    coming = {path: one for path, one in changes.items() if one.redeclared.leaving or one.redeclared.ram}
    if not coming:
        return removal
    ram = sum(
        more
        for number, origin in origins.items()
        for one in concerning(origin, coming).values()
        for more in _moving(graph, number, one, removal)
    )
    return replace(removal, ram=removal.ram + ram)


def _moving(graph: Graph, number: int, change: Change, removal: Removal) -> Iterator[int]:
    """What each section of an object takes more of RAM."""
    leaving, ram = change.redeclared.leaving, change.redeclared.ram
    for index in graph.sections[number]:
        node = graph.nodes[index]
        if not node.placed or index in removal.cut.nodes:
            continue
        names = named(node)
        if node.code and node.ram and not names.isdisjoint(leaving):
            yield -node.ram
        elif not node.code:
            yield from (ram[name] for name in sorted(names & ram.keys()))
