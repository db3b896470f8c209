"""Which strings and constants take room of their own, and which bytes go when some are not wanted any more?

GNU ld places each element of mergeable sections once, and a string that ends another one inside that one
(bfd/merge.c). So a string goes with its bytes only as far as no other one that stays lies in them.

Up to 2.41 it places an element with the first section that has it; since then all of a pool are placed with
the pool's first section, in the same order, and the map shows the others where that ends.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from imgcheck.prediction.linkage import Element, Graph, Node

_MOST_HOSTS = 32  # strings that one may lie in; of those with more ("", "s") one always stays


class Place(NamedTuple):
    """Where an element lies: image offsets, and the first section in the link that has it."""

    start: int
    end: int
    holder: int


@dataclass(frozen=True, slots=True)
class Pools:
    """The elements of a build that have bytes of their own, and those that lie inside them."""

    elements: tuple[Element, ...]
    places: Mapping[int, Place]
    inside: Mapping[int, tuple[int, ...]]  # element with bytes of its own -> those that it may hold
    hosts: Mapping[int, tuple[int, ...]]  # element inside others -> those others, the first of them its own
    holders: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # placed sections, in link order
    ends: Mapping[int, int] = field(
        default_factory=dict
    )  # section whose bytes lie in another: where they end

    def lost(self, gone: Set[int]) -> dict[int, tuple[int, int]]:
        """The image bytes that go with elements, by element; the end of a string may have to stay."""
        going = gone & self.places.keys()
        left = {
            inner
            for element in going
            for inner in self.inside.get(element, ())
            if inner not in gone and self.homeless(inner, gone)
        }
        kept: dict[int, int] = {}  # element that goes -> its last bytes, which another one takes
        taken: list[bytes] = []
        for inner in sorted(left, key=lambda one: (-len(self.elements[one].content), one)):
            content, align, _ = self.elements[inner]
            inner_of = (one.endswith(content) and not (len(one) - len(content)) % align for one in taken)
            if not any(inner_of):
                taken.append(content)
                kept[self.hosts[inner][0]] = _size(self.elements[inner])
        found: dict[int, tuple[int, int]] = {}
        for element in sorted(going):
            start, end, _ = self.places[element]
            if start < end - kept.get(element, 0):
                found[element] = (start, end - kept.get(element, 0))
        return found

    def homeless(self, element: int, gone: Set[int]) -> bool:
        """Whether every string that an element may lie in goes."""
        hosts = self.hosts[element]
        return len(hosts) <= _MOST_HOSTS and gone >= set(hosts)


def find(graph: Graph, live: Iterable[int], binary: bytes) -> Pools:
    """The pools of a build whose linker placed the elements `live`."""
    groups: dict[tuple[int, int], list[tuple[bytes, int]]] = {}
    constants: set[int] = set()
    for index in live:
        element = graph.elements[index]
        if not graph.pools[element.pool].strings:
            constants.add(index)
            continue
        rest = len(element.content) % element.align if element.align > 1 else 0
        groups.setdefault((element.pool, rest), []).append((element.content[::-1], index))
    own = set(constants)
    hosts: dict[int, tuple[int, ...]] = {}
    inside: dict[int, list[int]] = {}
    for group in groups.values():
        group.sort()
        whole = [
            one
            for at, one in enumerate(group)
            if at + 1 == len(group) or not group[at + 1][0].startswith(one[0])
        ]
        own.update(index for _, index in whole)
        for text, index in group:
            if index in own:
                continue
            at = bisect_left(whole, (text, -1))
            held: list[int] = []
            while at < len(whole) and whole[at][0].startswith(text) and len(held) <= _MOST_HOSTS:
                held.append(whole[at][1])
                at += 1
            hosts[index] = tuple(held)
            for host in held:
                inside.setdefault(host, []).append(index)
    places = _places(graph, own, binary)
    return Pools(
        graph.elements,
        places,
        {host: tuple(inner) for host, inner in inside.items()},
        hosts,
        _holders(graph),
        _gathered(graph, own, binary, places),
    )


def _holders(graph: Graph) -> dict[int, tuple[int, ...]]:
    """The placed sections that have each element, in the order in which the linker meets them."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for number, node in enumerate(graph.nodes):
        if node.merged and node.placed:
            for index, _ in node.holds:
                found.setdefault(index, []).append((node.address, node.row, number))
    return {index: tuple(number for _, _, number in sorted(rows)) for index, rows in found.items()}


def _places(graph: Graph, own: Set[int], binary: bytes) -> dict[int, Place]:
    """Where each element with bytes of its own lies."""
    found: dict[int, Place] = {}
    for number, node in enumerate(graph.nodes):
        if not node.merged or node.offset < 0 or not node.flash:
            continue
        for index, _ in node.holds:
            if index in own and index not in found:
                at = _place(graph, index, binary, node)
                if at >= 0:
                    found[index] = Place(at, at + _size(graph.elements[index]), number)
    return found


def _place(graph: Graph, index: int, binary: bytes, node: Node) -> int:
    """The image offset of an element in a section, -1 if none; a string begins behind another one's end."""
    content, align, pool = graph.elements[index]
    strings = graph.pools[pool].strings
    first, last = node.offset, node.offset + node.flash
    step = max(align, 1) if strings else len(content)
    at = binary.find(content, first, last)
    while at >= 0 and ((at - first) % step or (strings and at > first and binary[at - 1])):
        at = binary.find(content, at + 1, last)
    return at


def _size(element: Element) -> int:
    return -(-len(element.content) // element.align) * element.align


def _gathered(graph: Graph, own: Set[int], binary: bytes, places: dict[int, Place]) -> dict[int, int]:
    """Adds the places of what the linker gathered in a pool's first section.

    Gives where in it each section's bytes end.
    """
    first: dict[int, Node] = {}
    sections: dict[int, list[tuple[int, int, int]]] = {}
    for number, node in enumerate(graph.nodes):
        if node.merged and node.placed and node.offset >= 0 and node.holds:
            pool = graph.elements[node.holds[0][0]].pool
            sections.setdefault(pool, []).append((node.address, node.row, number))
            if node.flash > node.raw and (pool not in first or node.address < first[pool].address):
                first[pool] = node
    ends: dict[int, int] = {}
    for pool, whole in first.items():
        at = whole.offset
        for _, _, number in sorted(sections[pool]):
            for index, _ in graph.nodes[number].holds:
                if index not in own or places.get(index, (0, 0, number))[2] != number:
                    continue
                # They follow each other in this order, but for what the linker script put in another one.
                follows = binary.startswith(graph.elements[index].content, at)
                start = at if follows else _place(graph, index, binary, whole)
                if start >= 0:
                    end = start + _size(graph.elements[index])
                    places[index] = Place(start, end, number)
                    at = end if follows else at
            ends[number] = at
    return ends


def said(graph: Graph, live: Iterable[int], texts: frozenset[bytes]) -> tuple[frozenset[int], int]:
    """Those of the elements `live` that are wanted anew, and the bytes of `texts` that none of them is."""
    if not texts:
        return frozenset(), 0
    strings = [one for one in live if graph.pools[graph.elements[one].pool].strings]
    there = {graph.elements[one].content: one for one in strings}
    align = max((graph.elements[one].align for one in strings), default=1)
    # One that ends another one has no bytes of its own.
    new = [text for text in texts if not any(one.endswith(text) for one in (*there, *(texts - {text})))]
    size = sum(-(-len(text) // align) * align for text in new)
    return frozenset(there[text] for text in texts if text in there), size
