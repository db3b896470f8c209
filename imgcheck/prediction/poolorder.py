"""Where does the linker put what several sections hold, once the first of them does not hold it any more?

GNU ld places an element of mergeable sections with the first section in the link that has it, behind that
section's earlier ones (bfd/merge.c), or in the same order in the first section of all. Without that
section, or its mention there, the element moves to the next one that has it; and a string that lay inside one
that goes lies inside another one, or by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from imgcheck.prediction import rehomed
from imgcheck.prediction.linkage import Cut, Graph, Reach, mentions
from imgcheck.prediction.pools import Pools
from imgcheck.prediction.rehomed import Homes


class Shift(NamedTuple):
    """Bytes at run addresses [start, end) of an output section that come before `at` instead, aligned."""

    output: str
    at: int
    rank: tuple[int, int, int]  # address first; among those before the same address
    start: int
    end: int
    align: int


class Alias(NamedTuple):
    """Old run addresses [start, end) that are those from `to` on now."""

    start: int
    end: int
    to: int


@dataclass(frozen=True, slots=True)
class Order:
    """What does not stay where it was among its neighbours."""

    shifts: tuple[Shift, ...] = ()
    aliases: tuple[Alias, ...] = ()


def find(graph: Graph, pools: Pools, before: Reach, without: Reach, cut: Cut) -> Order:
    """The order when `without` goes because of a cut."""
    lost = mentions(graph, cut)
    one = _Reordering(graph, pools, before, without, lost, rehomed.find(graph, cut))
    touched = {element for n in without.nodes for element, _ in graph.nodes[n].holds}
    touched.update(element for _, element in lost)
    touched.update(one.homes.new)
    for element in sorted(filter(one.left, touched & pools.places.keys())):
        place = pools.places[element]
        if not one.stays(place.holder, element):
            one.move(element, place.start, place.end)
    one.rehouse(sorted(without.elements & pools.places.keys()))
    return Order(tuple(sorted(one.shifts)), tuple(sorted(one.aliases)))


class _Reordering:
    """Shifts and aliases while they are found."""

    def __init__(
        self,
        graph: Graph,
        pools: Pools,
        before: Reach,
        without: Reach,
        lost: Mapping[tuple[int, int], int],
        homes: Homes,
    ) -> None:
        self.graph = graph
        self.pools = pools
        self.before = before
        self.without = without
        self.lost = lost
        self.homes = homes
        self.loads = {one.name: one.address - one.load for one in graph.outputs if one.load >= 0}
        self.shifts: list[Shift] = []
        self.aliases: list[Alias] = []

    def left(self, element: int) -> bool:
        """Whether the linker still places an element somewhere."""
        return element in self.before.elements and element not in self.without.elements

    def stays(self, node: int, element: int) -> bool:
        """Whether a section is linked, and still has an element."""
        if not self._is_left(node) or (node, element) in self.homes.left:
            return False
        lost = self.lost.get((node, element), 0)
        return not lost or any(
            not count or count > lost for held, count in self.graph.nodes[node].holds if held == element
        )

    def move(self, element: int, start: int, end: int) -> None:
        """The element's bytes, image offsets [start, end), go to the first section that has it."""
        pools, nodes = self.pools, self.graph.nodes
        holders = [
            (n, self._turn(n, element), 1) for n in pools.holders.get(element, ()) if self.stays(n, element)
        ]
        holders += [(n, turn, 0) for n, turn in self.homes.new.get(element, ()) if self._is_left(n)]
        if not holders:
            return
        holder, turn, own = min(holders, key=lambda one: (nodes[one[0]].address, nodes[one[0]].row, one))
        output = nodes[holder].output
        by = self.loads[output]
        at = nodes[holder].address + nodes[holder].flash
        if holder in pools.ends:
            at = pools.ends[holder] + by
        for later, _ in nodes[holder].holds[turn + own :]:
            place = pools.places.get(later)
            if place and place.holder == holder and self.stays(holder, later):
                at = place.start + by
                break
        align = pools.elements[element].align
        rank = (nodes[holder].address, nodes[holder].row, 2 * turn + own)
        self.shifts.append(Shift(output, at, rank, start + by, end + by, align))

    def _is_left(self, node: int) -> bool:
        return node in self.before.nodes and node not in self.without.nodes

    def rehouse(self, hosts: Iterable[int]) -> None:
        """What lay inside strings that go lies in the next one that has it, or has bytes of its own."""
        pools = self.pools
        inner = [
            (len(pools.elements[one].content), one, host)
            for host in hosts
            for one in pools.inside.get(host, ())
            if self.left(one) and pools.hosts[one][0] == host
        ]
        alone: list[tuple[int, int, int]] = []  # strings with their own bytes, their host, where they begin
        for size, one, host in sorted(inner, reverse=True):
            place = pools.places[host]
            start = place.start + len(pools.elements[host].content) - size
            others = [(h, h, pools.places[h].start) for h in pools.hosts[one] if self._houses(h)]
            others += [row for row in alone if self._ends(row[0], one)]
            if others:
                # Sorted from their ends, a string lies in the first of those that end with it.
                first, origin, there = min(others, key=lambda row: pools.elements[row[0]].content[::-1])
                if origin != host:
                    self._alias(host, start, there + len(pools.elements[first].content) - size)
            elif pools.homeless(one, self.without.elements):
                alone.append((one, host, start))
                self.move(one, start, place.end)

    def _houses(self, host: int) -> bool:
        """Whether a string has bytes of its own, and stays."""
        return host in self.pools.places and self.left(host)

    def _ends(self, longer: int, shorter: int) -> bool:
        """Whether a string may lie in another one."""
        one, other = self.pools.elements[longer], self.pools.elements[shorter]
        far = len(one.content) - len(other.content)
        return one.pool == other.pool and one.content.endswith(other.content) and not far % other.align

    def _alias(self, host: int, start: int, to: int) -> None:
        place = self.pools.places[host]
        by = self.loads[self.graph.nodes[place.holder].output]
        self.aliases.append(Alias(start + by, place.end + by, to + by))

    def _turn(self, node: int, element: int) -> int:
        """Which of a section's elements this is."""
        return next(turn for turn, (held, _) in enumerate(self.graph.nodes[node].holds) if held == element)
