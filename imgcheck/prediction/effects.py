"""What does a build lose, in bytes of flash, RAM and OTA file, when the linker keeps less of it?

The sections that stay are laid out again in the linker's order, so that alignment is counted and not guessed;
both layouts are made by the same simulation and only their difference is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from imgcheck.prediction import relink
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Graph, Reach, pool_bytes, reach
from imgcheck.prediction.relink import Area, Sites

# How far a prediction was off on builds that were really rebuilt: functions that lose lines also lose
# registers to save and branches to take (a tenth of what they lose), and what an `#else` adds is a guess.
_LOSS_ERROR = 0.1
_ADDED_ERROR = 0.5
_SHARE_ERROR = 0.01  # of any saving: what the compiler and linker make differently of what stays
_UNREAD_ERROR = 0.1  # of a saving that was told from the map alone: what 43 of them were off by at most
_ROUNDING = 16  # alignment of what follows
_PRICED_NOISE = 150  # more where an image was only priced: moving it was not tried
_OTA_SHARE, _OTA_NOISE = 0.03, 100  # of packed sizes: what 14 rebuilds of a 950 KB image were off by


@dataclass(frozen=True, slots=True)
class Build:
    """The unmodified build, laid out once: what every prediction is compared with."""

    graph: Graph
    order: Mapping[str, tuple[int, ...]]  # output section -> placed sections by address
    reach: Reach
    sizes: Mapping[str, int]  # output section -> bytes, as the simulation lays it out
    places: Mapping[int, tuple[int, int]]  # element -> image offsets of its bytes
    holders: Mapping[int, int]  # element -> the section whose bytes those are in the map
    areas: tuple[Area, ...]
    binary: bytes
    sites: Sites | None  # None: objects are missing, so addresses cannot be corrected
    flash: frozenset[str]  # output sections in the image
    ram: frozenset[str]  # output sections in RAM


@dataclass(frozen=True, slots=True)
class Effect:
    """What goes with a removal: bytes, and which of them (offsets in the image)."""

    flash: int
    ram: int
    spans: tuple[tuple[int, int], ...]
    gone: tuple[int, ...]  # nodes
    losses: Mapping[int, Loss]
    elements: tuple[int, ...]  # of mergeable sections
    error: int


def build(graph: Graph, binary: bytes, sites: Sites | None) -> Build:
    """Lays out the unmodified build."""
    placed: dict[str, list[int]] = {}
    flash: set[str] = set()
    ram: set[str] = set()
    for index, node in enumerate(graph.nodes):
        if not node.placed or not max(node.flash, node.ram):
            continue
        if node.offset >= 0:
            flash.add(node.output)
        if node.ram:
            ram.add(node.output)
        if not node.merged:
            placed.setdefault(node.output, []).append(index)
    for pool in graph.pools:
        placed.setdefault(pool.section, [])
        if pool.flash:
            flash.add(pool.section)
        if pool.ram:
            ram.add(pool.section)
    order = {
        name: tuple(sorted(nodes, key=lambda n: graph.nodes[n].address)) for name, nodes in placed.items()
    }
    base = reach(graph)
    everything = frozenset(i for nodes in order.values() for i in nodes)
    sizes = _sizes(graph, order, everything, {}, base.elements)
    places, holders = _places(graph, binary)
    return Build(
        graph,
        order,
        base,
        sizes,
        places,
        holders,
        relink.areas(graph),
        binary,
        sites,
        frozenset(flash),
        frozenset(ram),
    )


def _sizes(
    graph: Graph,
    order: Mapping[str, tuple[int, ...]],
    live: frozenset[int],
    losses: Mapping[int, Loss],
    elements: Iterable[int],
) -> dict[str, int]:
    """Bytes of each output section when only these sections and elements are in it."""
    pools: dict[str, list[tuple[int, int, int]]] = {}
    for pool, size in zip(graph.pools, pool_bytes(graph, elements), strict=True):
        pools.setdefault(pool.section, []).append((pool.start, pool.align, size))
    sizes: dict[str, int] = {}
    for name, indices in order.items():
        end = 0
        shared = sorted(pools.get(name, ()), reverse=True)
        for index in indices:
            node = graph.nodes[index]
            while shared and shared[-1][0] <= node.address:
                _, align, size = shared.pop()
                end = -(-end // align) * align + size
            if index not in live:
                continue
            size = max(node.flash, node.ram)
            loss = losses.get(index)
            if loss:
                size = max(size - sum(b - a for a, b in loss.spans) + loss.added, 0)
            align = node.align or 1
            end = -(-end // align) * align + size
        for _, align, size in reversed(shared):
            end = -(-end // align) * align + size
        sizes[name] = end
    return sizes


def effect(base: Build, removal: Removal) -> Effect:
    """What goes with a removal. Law: a removal of nothing saves nothing."""
    graph = base.graph
    after = reach(graph, removal.cut)
    # Only what the unmodified graph explains can be seen to go; the rest of the placed sections stays.
    lost = base.reach.nodes - after.nodes
    gone = tuple(sorted(i for i in lost if graph.nodes[i].placed))
    losses = {i: loss for i, loss in removal.losses.items() if i in after.nodes and graph.nodes[i].placed}
    live = frozenset(i for nodes in base.order.values() for i in nodes if i not in lost)
    sizes = _sizes(graph, base.order, live, losses, after.elements)
    saved = {name: base.sizes[name] - sizes[name] for name in base.sizes}
    elements = tuple(sorted(base.reach.elements - after.elements))
    spans = _spans(base, gone, losses, elements)
    shrunk = sum(b - a for loss in losses.values() for a, b in loss.spans)
    added = sum(loss.added for loss in losses.values())
    flash = sum(size for name, size in saved.items() if name in base.flash)
    return Effect(
        flash,
        sum(size for name, size in saved.items() if name in base.ram),
        spans,
        gone,
        losses,
        elements,
        _error(graph, flash, shrunk, added) if gone or losses or elements else 0,
    )


def rebuilt(base: Build, found: Effect) -> bytes | None:
    """The image as it would be linked without what goes, None when addresses in it cannot be corrected."""
    if base.sites is None:
        return None
    graph = base.graph
    spans = [span for loss in found.losses.values() for span in loss.spans]
    for index in found.gone:
        node = graph.nodes[index]
        if not node.merged:
            spans.append((node.address, node.address + max(node.flash, node.ram)))
    loads = {output.name: output.address - output.load for output in graph.outputs if output.load >= 0}
    for index in found.elements:
        if index in base.places:
            start, end = base.places[index]
            shift = loads[graph.pools[graph.elements[index].pool].section]
            spans.append((start + shift, end + shift))
    return relink.image(base.binary, base.areas, base.sites, _disjoint(spans))


def _error(graph: Graph, flash: int, shrunk: int, added: int) -> int:
    whole = abs(flash) * (_UNREAD_ERROR if graph.coarse else _SHARE_ERROR)
    return round(shrunk * _LOSS_ERROR + added * _ADDED_ERROR + whole) + _ROUNDING


def _spans(
    base: Build,
    gone: Iterable[int],
    losses: Mapping[int, Loss],
    elements: Sequence[int],
) -> tuple[tuple[int, int], ...]:
    """Image offsets of the bytes that go, sorted and disjoint."""
    graph = base.graph
    found: list[tuple[int, int]] = []
    for index in gone:
        node = graph.nodes[index]
        if node.offset >= 0 and not node.merged:
            found.append((node.offset, node.offset + node.flash))
    for index, loss in losses.items():
        node = graph.nodes[index]
        if node.offset >= 0:
            shift = node.offset - node.address
            found.extend((start + shift, end + shift) for start, end in loss.spans)
    for index in elements:
        if index in base.places:
            found.append(base.places[index])
    return _disjoint(found)


def _disjoint(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > start:
            merged.append((start, end))
    return tuple(merged)


def _places(graph: Graph, binary: bytes) -> tuple[dict[int, tuple[int, int]], dict[int, int]]:
    """Where each string and constant lies in the image, and in whose bytes.

    One inside another has no place of its own.
    """
    found: dict[int, tuple[int, int]] = {}
    holders: dict[int, int] = {}
    for number, node in enumerate(graph.nodes):
        if not node.merged or node.offset < 0 or not node.flash:
            continue
        for index, _ in node.holds:
            element = graph.elements[index]
            at = binary.find(element.content, node.offset, node.offset + node.flash)
            while at >= 0 and (at - node.offset) % element.align:
                at = binary.find(element.content, at + 1, node.offset + node.flash)
            if at >= 0:
                found[index] = (at, at + -(-len(element.content) // element.align) * element.align)
                holders[index] = number
    return found, holders


def packed(prices: Sequence[float], spans: Iterable[tuple[int, int]]) -> float:
    """What these bytes cost in the OTA file; `prices` are cumulative over the image's bytes."""
    last = len(prices) - 1
    return sum(prices[min(end, last)] - prices[min(start, last)] for start, end in spans)


def ota_error(ota: float, flash_error: int, flash: int, priced: bool) -> int:
    """How far a packed saving may be off: the packer's own noise, and the share of unsure bytes."""
    share = ota / flash if flash > 0 else 1.0
    noise = max(abs(ota) * _OTA_SHARE, _OTA_NOISE) + (_PRICED_NOISE if priced else 0)
    return round(noise + flash_error * share)
