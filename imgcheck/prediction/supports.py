"""What does the linker no longer reach once something is cut?  Told from what hung on that.

Each section that is reached has one other that it was found by, and that one again, up to a root: a tree. A
cut takes branches off it. Only sections of those can go, and each that something outside of them still refers
to stays, with what it leads to. Branches are short, while there are thousands of sections.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property

from imgcheck.prediction.linkage import Cut, Graph


class Supports:
    """Answers for one graph, of which `nodes` are reached before anything is cut."""

    def __init__(self, graph: Graph, nodes: Set[int]) -> None:
        self._graph = graph
        self._nodes = nodes
        self._parents: dict[int, int] = {}
        self._children: dict[int, list[int]] = {}
        together = [(index, *node.group) for index, node in enumerate(graph.nodes) if node.group]
        self._grouped = frozenset[int]().union(*together)
        seen = set(graph.roots)
        due = sorted(graph.roots)
        for index in due:  # grows meanwhile
            for target in (*graph.targets[index], *graph.nodes[index].group):
                if target not in seen:
                    seen.add(target)
                    self._parents[target] = index
                    self._children.setdefault(index, []).append(target)
                    due.append(target)

    @cached_property
    def referrers(self) -> Mapping[int, Sequence[int]]:
        """The sections that refer to each section."""
        found: dict[int, list[int]] = {}
        for node, named in enumerate(self._graph.targets):
            for target in named:
                found.setdefault(target, []).append(node)
        return found

    def gone(self, cut: Cut, out: Set[int]) -> set[int] | None:
        """What is not reached any more; `out` are the sections that are not compiled, or not linked.

        None where more than references have a say: groups of sections, and what comes in.
        """
        out = out & self._nodes
        doubtful = self._branches(out, cut)
        if cut.gained or not self._grouped.isdisjoint(doubtful):
            return None
        staying = [index for index in doubtful - out if self._held(index, doubtful, cut)]
        for index in staying:  # grows meanwhile
            doubtful.discard(index)
            for target in self._left(index, cut):
                if target in doubtful and target not in out:
                    doubtful.discard(target)
                    staying.append(target)
        return doubtful

    def _branches(self, out: Iterable[int], cut: Cut) -> set[int]:
        """What hangs on sections that go and references that are cut."""
        found = set(out)
        due = list(found)
        for index, edges in (cut.edges or {}).items():
            lost = {edge.target for edge in edges}
            lost.difference_update(self._left(index, cut))
            due += [target for target in lost if self._parents.get(target) == index]
        for index in due:  # grows meanwhile
            found.add(index)
            due += self._children.get(index, ())
        return found

    def _left(self, index: int, cut: Cut) -> Iterable[int]:
        """What a section still refers to."""
        gone = cut.of(index)
        if not gone:
            return self._graph.targets[index]
        edges = self._graph.nodes[index].edges
        return {edge.target for edge in edges if edge.target >= 0 and edge not in gone}

    def _held(self, index: int, doubtful: Set[int], cut: Cut) -> bool:
        """Whether something that stays refers to a section."""
        return any(
            one in self._nodes and one not in doubtful and index in self._left(one, cut)
            for one in self.referrers.get(index, ())
        )
