"""What do changes of the sources take out of all objects, each object asked once for the same changes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from imgcheck.prediction import assembled, nameless, tables, variables
from imgcheck.prediction.cutting import Loss, Removal, removal
from imgcheck.prediction.linkage import Cut, Edge, Graph
from imgcheck.prediction.mentions import Change
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.source import Source

_Known = tuple[tuple[Change, ...], Removal]


class Removals:
    """Answers for one graph; an object's removal depends on the changes of its own source files only."""

    def __init__(
        self, graph: Graph, origins: Mapping[int, Origin], read: tuple[Callable[[str], Source], Path]
    ) -> None:
        """`read` gives a source, and has their root."""
        self._graph = graph
        self._read = read
        self._origins = origins
        self._files = {number: {*origin.sources, *origin.files} for number, origin in origins.items()}
        self._having: dict[str, list[int]] = {}  # the objects that each file is in
        for number, files in self._files.items():
            for path in files:
                self._having.setdefault(path, []).append(number)
        # By identity of the changes, which are held beside what they give.
        self._known: dict[tuple[int, ...], _Known] = {}

    def of(self, changes: Mapping[str, Change]) -> Removal:
        """What goes from all objects."""
        gone: set[int] = set()
        edges: dict[int, frozenset[Edge]] = {}
        losses: dict[int, Loss] = {}
        paths = {*changes, *(unit for one in changes.values() for unit in one.units)}
        for number in sorted({number for path in paths for number in self._having.get(path, ())}):
            found = self.one(number, changes)
            if found is not None:
                gone |= found.cut.nodes
                edges.update(found.cut.edges or {})
                losses.update(found.losses)
        return Removal(Cut(frozenset(gone), edges), losses)

    def one(self, number: int, changes: Mapping[str, Change]) -> Removal | None:
        """What goes from one object, None where nothing of its sources changes."""
        known = self._files[number]
        if known.isdisjoint(changes.keys()) and all(known.isdisjoint(one.units) for one in changes.values()):
            return None
        here = concerning(self._origins[number], changes)
        if not here:
            return None
        key = (number, *map(id, here.values()))
        if key not in self._known:
            origin = {number: self._origins[number]}
            made = removal(self._graph, origin, here)
            made = variables.extended(self._graph, origin, here, made)
            made = tables.extended(self._graph, origin, here, made)
            made = assembled.extended(self._graph, origin, here, self._read, made)
            self._known[key] = (tuple(here.values()), nameless.extended(self._graph, origin, here, made))
        return self._known[key][1]
