"""Why is it here: who refers to each section, from which root, and what would go with it?

What a section retains is what its dominator tree holds below it (Lengauer and Tarjan 1979): every chain from
a root to those sections goes through it. The tree is made as Cooper, Harvey and Kennedy do (A Simple, Fast
Dominance Algorithm, 2001).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from imgcheck.prediction.linkage import Graph, reach

RootKind: TypeAlias = Literal[
    "entry", "KEEP", "interrupt table", "whole-archive", "command line", "not collected"
]
_INTERRUPTS = ("vector", "isr", "irq", "interrupt", "mtvec")
_COMPILED = (".text", ".rodata", ".data", ".bss", ".sdata", ".sbss", ".srodata", "COMMON")
_ROOT = -1  # above all roots


@dataclass(frozen=True)
class Retention:
    """Chains and retained bytes of one link; `costs` is what each section costs in the OTA file.

    Only sections that are reached are in `distance`; `before` has those that come before each on a shortest
    chain from a root.
    """

    graph: Graph
    roots: Mapping[int, RootKind]
    distance: Mapping[int, int]
    before: Mapping[int, tuple[int, ...]]
    referrers: Mapping[int, tuple[int, ...]]
    costs: Sequence[float]

    def chain(self, node: int) -> tuple[int, ...]:
        """A shortest chain from a root to a section, both included."""
        made = [node]
        while self.before[made[0]]:
            made.insert(0, self.before[made[0]][0])
        return tuple(made)

    def chains(self, node: int, most: int) -> Iterator[tuple[int, ...]]:
        """All shortest chains, up to `most`."""
        due: list[tuple[int, ...]] = [(node,)]
        while due and most:
            chain = due.pop()
            if not self.before[chain[0]]:
                most -= 1
                yield chain
            due.extend((one, *chain) for one in reversed(self.before[chain[0]]))

    @cached_property
    def retained(self) -> Mapping[int, tuple[int, int, float]]:
        """(flash, RAM, OTA) of each reached section and all that only it holds; `-1` has the whole."""
        order = self._postorder()
        above = self._dominators(order)
        nodes = self.graph.nodes
        sums: dict[int, tuple[int, int, float]] = {
            node: (nodes[node].flash, nodes[node].ram, self.costs[node]) if node >= 0 else (0, 0, 0.0)
            for node in order
        }
        for node in order:  # what is below comes first
            if node != _ROOT:
                parent = sums[above[node]]
                own = sums[node]
                sums[above[node]] = (parent[0] + own[0], parent[1] + own[1], parent[2] + own[2])
        return sums

    def held_by(self, some: Set[int]) -> tuple[int, int, float]:
        """(flash, RAM, OTA) of several sections and all that only they hold, together."""
        lost = self.lost(some)
        nodes = self.graph.nodes
        return (
            sum(nodes[n].flash for n in lost),
            sum(nodes[n].ram for n in lost),
            sum(self.costs[n] for n in lost),
        )

    def held_by_each(self, several: Sequence[Iterable[int]]) -> list[tuple[int, int, float]]:
        """What `held_by` says of each of several, found in one pass for all.

        A section has a bit for each of them that a chain from a root reaches it without.
        """
        mine: dict[int, int] = {}
        for number, some in enumerate(several):
            for node in some:
                mine[node] = mine.get(node, 0) | 1 << number
        every = (1 << len(several)) - 1
        without = dict.fromkeys(self.distance, 0)
        targets = {node: self.holds(node) for node in self.distance}
        for node in self.roots:
            without[node] = every & ~mine.get(node, 0)
        due, waiting = deque(self.roots), set(self.roots)
        while due:
            node = due.popleft()
            waiting.discard(node)
            bits = without[node]
            for target in targets[node]:
                more = without[target] | (bits & ~mine.get(target, 0))
                if more != without[target]:
                    without[target] = more
                    if target not in waiting:
                        waiting.add(target)
                        due.append(target)
        sums = [(0, 0, 0.0)] * len(several)
        for node in self.distance:
            lost, one = every & ~without[node], self.graph.nodes[node]
            while lost:
                number = (lost & -lost).bit_length() - 1
                flash, ram, ota = sums[number]
                sums[number] = (flash + one.flash, ram + one.ram, ota + self.costs[node])
                lost &= lost - 1
        return sums

    def lost(self, some: Set[int]) -> list[int]:
        """Several sections and all that only they hold."""
        seen = {node for node in self.roots if node not in some}
        due = list(seen)
        while due:
            for target in _targets(self.graph, due.pop()):
                if target not in seen and target not in some and target in self.distance:
                    seen.add(target)
                    due.append(target)
        return [node for node in self.distance if node not in seen]

    def holds(self, node: int) -> list[int]:
        """The sections that one refers to, and those of its group."""
        return [target for target in _targets(self.graph, node) if target in self.distance]

    def _below(self, node: int) -> Iterable[int]:
        if node == _ROOT:
            return sorted(self.roots)
        return self.holds(node)

    def _postorder(self) -> list[int]:
        seen, order = {_ROOT}, []
        due = [(_ROOT, iter(self._below(_ROOT)))]
        while due:
            node, below = due[-1]
            for target in below:
                if target not in seen:
                    seen.add(target)
                    due.append((target, iter(self._below(target))))
                    break
            else:
                order.append(node)
                due.pop()
        return order

    def _dominators(self, order: Sequence[int]) -> dict[int, int]:
        """The section right above each in the dominator tree."""
        number = {node: at for at, node in enumerate(order)}
        above = {_ROOT: _ROOT}
        into: dict[int, list[int]] = {node: [_ROOT] for node in self.roots}
        for node in order:
            if node != _ROOT:
                for target in self._below(node):
                    into.setdefault(target, []).append(node)
        changed = True
        while changed:
            changed = False
            for node in reversed(order):
                if node == _ROOT:
                    continue
                best: int | None = None
                for source in into[node]:
                    if source in above:
                        best = source if best is None else _meet(above, number, best, source)
                if best is not None and above.get(node) != best:
                    above[node] = best
                    changed = True
        return above


def _meet(above: Mapping[int, int], number: Mapping[int, int], one: int, other: int) -> int:
    while one != other:
        while number[one] < number[other]:
            one = above[one]
        while number[other] < number[one]:
            other = above[other]
    return one


def retention(graph: Graph, entry: int, costs: Sequence[float]) -> Retention:
    """The chains of a link whose entry point is at the run address `entry`."""
    live = reach(graph).nodes
    roots = {node: kind for node, kind in _roots(graph, entry, live).items() if node in live}
    distance = dict.fromkeys(sorted(roots), 0)
    before: dict[int, list[int]] = {node: [] for node in roots}
    referrers: dict[int, list[int]] = {}
    due = deque(distance)
    while due:
        node = due.popleft()
        for target in _targets(graph, node):
            if target not in live:
                continue
            referrers.setdefault(target, []).append(node)
            if target not in distance:
                distance[target] = distance[node] + 1
                before[target] = []
                due.append(target)
            if distance[target] == distance[node] + 1:
                before[target].append(node)
    return Retention(
        graph,
        roots,
        distance,
        {node: tuple(ones) for node, ones in before.items()},
        {node: tuple(ones) for node, ones in referrers.items()},
        costs,
    )


def _targets(graph: Graph, node: int) -> list[int]:
    """What a section holds: what it refers to, and its group."""
    group = graph.nodes[node].group
    targets = graph.targets[node]
    return [*targets, *(one for one in group if one != node and one not in targets)] if group else [*targets]


def _roots(graph: Graph, entry: int, live: Set[int]) -> dict[int, RootKind]:
    if not graph.collected:
        return dict.fromkeys(live, "not collected")
    return {node: _kind(graph, node, entry) for node in graph.roots}


def _kind(graph: Graph, node: int, entry: int) -> RootKind:
    one = graph.nodes[node]
    names = (one.name, *(symbol for symbol, _, _ in one.symbols))
    if one.address <= entry < one.address + max(one.flash, one.ram, 1) and one.placed:
        return "entry"
    if any(word in name.lower() for name in names for word in _INTERRUPTS):
        return "interrupt table"
    if one.retained or not one.name.startswith(_COMPILED):
        # A member that no symbol asked for can only have come with all of its archive.
        whole = one.object in graph.given and graph.objects[one.object].endswith(")")
        return "whole-archive" if whole else "KEEP"
    return "command line"
