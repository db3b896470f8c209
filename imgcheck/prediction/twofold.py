"""Which functions would two objects define, once features are off: a build that does not link?

A source defines one only without the feature (`#ifndef X`), as a stand-in for what another file has, which
has it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgcheck.prediction.study import Study
from imgcheck.readers import elf


def definitions(known: Study, off: frozenset[str]) -> tuple[tuple[str, str, str], ...]:
    """(function, object that defines it then, object that has it all the same) without the features `off`.

    Objects only that are linked whoever asks for them. A linker refuses two also where it would drop both.
    """
    found = sorted(_found(known, off))
    if not found:
        return ()
    # Of weak ones there may be several.
    strong = {one.name for one in elf.read(known.subject.firmware).symbols if one.bind == elf.STB_GLOBAL}
    return tuple(one for one in found if one[0] in strong)


def _found(known: Study, off: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    graph, changes = known.base.graph, known.changes(off)
    coming = {path: one for path, one in changes.items() if one.arrivals.shared and path.endswith(".c")}
    if not coming:
        return
    gone = frozenset().union(*(one.vanished_definitions for one in changes.values()))
    cut = known.removal(off).cut.nodes
    for number in sorted(graph.given & known.origins.keys()):
        paths = known.origins[number].sources & coming.keys()
        for name in {name for path in paths for name in coming[path].arrivals.shared} - gone:
            for index in known.names.get(name, ()):
                node = graph.nodes[index]
                if (
                    node.object != number
                    and node.object in graph.given
                    and node.code
                    and not node.local
                    and index not in cut
                    and any(symbol == name for symbol, _, _ in node.symbols)
                ):
                    yield name, graph.objects[number], graph.objects[node.object]
