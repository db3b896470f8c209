"""Which bytes go under which condition: sections and the padding behind them, parts of functions, strings?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from imgcheck.prediction.effects import Build, packed
from imgcheck.prediction.holding import Held
from imgcheck.prediction.ways import NEVER, Ways, both, either

_PADDING = 32  # bytes between two sections that are taken for alignment


class Run(NamedTuple):
    """Bytes from a run address on that go together; negative sizes come instead of what goes.

    `partial` when a section loses a part of itself.
    """

    ways: Ways
    address: int
    flash: int
    ram: int
    ota: float
    partial: bool


def runs(base: Build, held: Held, prices: Sequence[float]) -> list[Run]:
    """All that can go, each byte once."""
    return [
        *_sections(base, held, prices),
        *_parts(base, held, prices),
        *_elements(base, held, prices),
        *_said(base, held),
    ]


def _sections(base: Build, held: Held, prices: Sequence[float]) -> Iterator[Run]:
    """Whole sections, without the bytes that `_parts` takes out of them."""
    graph = base.graph
    for order in _order(base):
        for index, after in pairwise((*order, -1)):
            ways = held.nodes.get(index)
            if not ways:
                continue
            node = graph.nodes[index]
            size = max(node.flash, node.ram)
            end = node.address + size
            gap = graph.nodes[after].address - end if after >= 0 else 0
            padding = gap if 0 < gap < _PADDING and size else 0
            cuts = sorted((start, stop) for start, stop, _ in held.losses.get(index, ()))
            for start, stop in _between(node.address, end + padding, cuts):
                yield _run(base, index, (start, stop), prices, ways)


def _between(start: int, end: int, cuts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of [start, end) lies in none of the cuts, which are sorted."""
    at = start
    for first, last in cuts:
        if first > at:
            yield at, min(first, end)
        at = max(at, last)
    if at < end:
        yield at, end


def _parts(base: Build, held: Held, prices: Sequence[float]) -> Iterator[Run]:
    """What sections lose although they stay; where conditions overlap each byte has all of them."""
    for index, losses in held.losses.items():
        whole = held.nodes.get(index, NEVER)
        points = sorted({point for start, end, _ in losses for point in (start, end)})
        for start, end in pairwise(points):
            ways = NEVER
            for first, last, one in losses:
                if first <= start and end <= last:
                    ways = either(ways, one)
            if ways:
                run = _run(base, index, (start, end), prices, either(ways, whole))
                yield run._replace(partial=True)
    for index, added in held.added.items():
        node = base.graph.nodes[index]
        whole = held.nodes.get(index, NEVER)
        for size, ways in added:
            flash, ram = (size if node.flash else 0), (size if node.ram else 0)
            yield Run(ways, node.address, -flash, -ram, 0.0, True)
            if whole:  # what came instead goes with the section
                yield Run(both(ways, whole), node.address, flash, ram, 0.0, True)


def _run(base: Build, index: int, span: tuple[int, int], prices: Sequence[float], ways: Ways) -> Run:
    node = base.graph.nodes[index]
    start, end = span
    size = end - start
    ota = 0.0
    if node.offset >= 0:
        shift = node.offset - node.address
        ota = packed(prices, [(start + shift, end + shift)])
    return Run(ways, start, size if node.flash else 0, size if node.ram else 0, ota, False)


def _order(base: Build) -> Iterator[tuple[int, ...]]:
    """The placed sections of each output section, by address."""
    placed: dict[str, list[int]] = {}
    for index, node in enumerate(base.graph.nodes):
        if node.placed and not node.merged and max(node.flash, node.ram):
            placed.setdefault(node.output, []).append(index)
    for nodes in placed.values():
        yield tuple(sorted(nodes, key=lambda index: base.graph.nodes[index].address))


def _elements(base: Build, held: Held, prices: Sequence[float]) -> Iterator[Run]:
    """Strings and constants; the end of one that others share goes when all of them do."""
    graph, pools = base.graph, base.pools
    shifts = {output.name: output.address - output.load for output in graph.outputs if output.load >= 0}
    for index, own in held.elements.items():
        if index not in pools.places:
            continue
        pool = graph.pools[graph.elements[index].pool]
        start, end, _ = pools.places[index]
        # What lies in other strings as well does not need this one.
        inner = [one for one in pools.inside.get(index, ()) if pools.hosts[one] == (index,)]
        inner.sort(key=lambda one: (-len(graph.elements[one].content), one))
        whole = len(graph.elements[index].content)
        # From the front: what only this one has, then what it shares with its longest tail, and so on.
        ways = own
        edges = [start, *(start + whole - len(graph.elements[one].content) for one in inner), end]
        for number, (first, last) in enumerate(pairwise(edges)):
            if number:
                ways = both(ways, held.elements.get(inner[number - 1], NEVER))
            if not ways:
                break
            if last > first:
                size, shift = last - first, shifts.get(pool.section, 0)
                ota = packed(prices, [(first, last)])
                yield Run(ways, first + shift, size, size if pool.ram else 0, ota, False)


def _said(base: Build, held: Held) -> Iterator[Run]:
    """Strings that come in, behind the last of those that are there."""
    graph, places = base.graph, base.pools.places
    shifts = {output.name: output.address - output.load for output in graph.outputs if output.load >= 0}
    ends = [
        place.end - 1 + shifts.get(graph.pools[graph.elements[one].pool].section, 0)
        for one, place in places.items()
        if graph.pools[graph.elements[one].pool].strings
    ]
    for size, ways in held.said if ends else ():
        yield Run(ways, max(ends), -size, 0, 0.0, True)
