"""Whose section does a literal lie in, once the first function of its object that used it does so no more?

With -fdata-sections GCC writes a string to a section of the function that mentions it first
(`.rodata.FUNCTION.str1.4`); later functions of the object refer to it there. Where the sources lose that
mention, the next one that has it gets the string, among its own ones in the order of their first mention.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from imgcheck.prediction.linkage import Cut, Graph

_OWNED = re.compile(
    r"\.s?rodata\.(.+)\.str\d+\.\d+"
)  # a mergeable section and the function it is named after


@dataclass(frozen=True, slots=True)
class Homes:
    """Literals that leave a section, as (section, element), and where they are written instead.

    `new` are (section, turn) by element: they come before the section's element of that turn.
    """

    left: frozenset[tuple[int, int]] = frozenset()
    new: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


def find(graph: Graph, cut: Cut) -> Homes:
    """The literals that another function's section gets when `cut` is not compiled."""
    objects = {graph.nodes[n].object for n in (*cut.nodes, *(cut.edges or ()))}
    left: set[tuple[int, int]] = set()
    new: dict[int, list[tuple[int, int]]] = {}
    for number in sorted(objects):
        one = _Object(graph, cut, number)
        for section, owner in one.owned.items():
            if owner in cut.nodes or cut.of(owner):
                for element, to, turn in one.leaving(section, owner):
                    left.add((section, element))
                    new.setdefault(element, []).append((to, turn))
    return Homes(frozenset(left), {element: tuple(rows) for element, rows in new.items()})


class _Object:
    """One object: the sections of literals that belong to its functions, and who mentions what."""

    def __init__(self, graph: Graph, cut: Cut, number: int) -> None:
        self.graph = graph
        nodes = graph.nodes
        code = [n for n in graph.sections[number] if nodes[n].code]
        by_name = {name: n for n in code for name, _, size in nodes[n].symbols if size}
        self.owned: dict[int, int] = {}
        for n in graph.sections[number]:
            named = _OWNED.fullmatch(nodes[n].name) if nodes[n].merged and nodes[n].placed else None
            if named and named[1] in by_name:
                self.owned[n] = by_name[named[1]]
        self.sections = {owner: n for n, owner in self.owned.items()}
        # Of each literal, by section and element: the functions that mentioned it before, and where those
        # that still do mention it first, in the order in which they were compiled.
        self.before: dict[tuple[int, int], set[int]] = {}
        self.after: dict[tuple[int, int], dict[int, int]] = {}
        for function in code if self.owned else ():
            gone = cut.of(function)
            for edge in nodes[function].edges:
                if edge.element < 0 or edge.target not in self.owned:
                    continue
                literal = edge.target, edge.element
                self.before.setdefault(literal, set()).add(function)
                if function not in cut.nodes and edge not in gone:
                    first = self.after.setdefault(literal, {})
                    first[function] = min(first.get(function, edge.offset), edge.offset)
        self.turns: dict[int, list[int]] = {}  # by section: the farthest first mention of those up to a turn

    def leaving(self, section: int, owner: int) -> Iterator[tuple[int, int, int]]:
        """What a section's function mentions no more but others do: element, new section, turn."""
        for element, _ in self.graph.nodes[section].holds:
            users = self.after.get((section, element), {})
            if owner in users or owner not in self.before.get((section, element), ()):
                continue
            user, offset = next(iter(users.items()), (-1, 0))
            to = self.sections.get(user, -1)
            if to >= 0:
                yield element, to, self._turn(user, to, offset)

    def _turn(self, function: int, section: int, offset: int) -> int:
        """Before which of its own elements a function writes what it first mentions at an offset."""
        if section not in self.turns:
            firsts = (
                self.after.get((section, element), {}).get(function, -1)
                for element, _ in self.graph.nodes[section].holds
            )
            self.turns[section] = list(accumulate(firsts, max))
        return bisect_right(self.turns[section], offset)
