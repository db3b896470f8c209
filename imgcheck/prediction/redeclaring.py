"""What memory does code or data leave or come into that is only declared otherwise: `const`, a section?

And what of the compiler's own library may go, where code calculates with other types (`double` and `float`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.mentions import Change, named
from imgcheck.prediction.origins import Origin, concerning

# Arithmetic of types that the chip has none for: __muldf3, __divdi3, __floatsidf (GCC internals, chapter 4).
_ARITHMETIC = re.compile(r"__[a-z]+(?:[dst]f|[dst]i)\w{0,4}")
_SURE = 2  # half of what is unsure widens the bar, but of this nothing was counted


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, with the bytes of RAM that nothing else of it says, and what may go of a library."""
    removal = _aligned(graph, origins, changes, _helped(graph, origins, changes, removal))
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


def _aligned(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, unsure of what lies in front of variables that are aligned otherwise."""
    changes = {path: one for path, one in changes.items() if one.redeclared.aligned}
    losses = dict(removal.losses)
    for number, origin in origins.items() if changes else ():
        touching = concerning(origin, changes).values()
        aligned = {name: most for one in touching for name, most in one.redeclared.aligned.items()}
        for index in graph.sections[number] if aligned else ():
            node = graph.nodes[index]
            most = max((aligned[name] for name in aligned.keys() & named(node)), default=0)
            if most and node.placed and not node.code and index not in removal.cut.nodes:
                loss = losses.get(index, Loss(()))
                losses[index] = loss._replace(unsure=loss.unsure + _SURE * most)
    return replace(removal, losses=losses)


def _helped(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, unsure of the compiler's library that only code has which calculates otherwise."""
    changes = {
        path: one
        for path, one in changes.items()
        if one.redeclared.functions or one.redeclared.sizes or one.types
    }
    here: set[int] = set()
    for number, origin in origins.items() if changes else ():
        touching = concerning(origin, changes).values()
        names = {name for one in touching for name in (*one.redeclared.functions, *one.redeclared.sizes)}
        names |= {name for one in touching for name in one.types}
        if names:
            here.update(_calculating(graph, number, names, removal))
    used = {
        edge.target
        for index in here
        for edge in graph.nodes[index].edges
        if edge.target >= 0 and _ARITHMETIC.fullmatch(edge.symbol)
    }
    lent = {one for one in used if graph.nodes[one].object not in origins}
    due = [*lent]
    while due:
        new = {one for one in graph.targets[due.pop()] if graph.nodes[one].object not in origins} - lent
        lent |= new
        due.extend(new)
    if not lent:
        return removal
    others = [index for index, node in enumerate(graph.nodes) if node.placed and index not in here]
    kept = lent
    while kept:  # what others have, and what that has
        kept = {one for index in others if index not in lent for one in graph.targets[index]} & lent
        lent -= kept
    if not lent:
        return removal
    first = min(here)
    loss = removal.losses.get(first, Loss(()))
    more = _SURE * sum(graph.nodes[one].flash for one in lent)
    return replace(removal, losses={**removal.losses, first: loss._replace(unsure=loss.unsure + more)})


def _calculating(graph: Graph, number: int, names: Set[str], removal: Removal) -> Iterator[int]:
    """The functions of an object that have one of these names, or refer to what is called so."""
    for index in graph.sections[number]:
        node = graph.nodes[index]
        if node.code and node.placed and index not in removal.cut.nodes:
            near = (index, *graph.targets[index])
            if any(not named(graph.nodes[one]).isdisjoint(names) for one in near) or index in removal.losses:
                yield index
