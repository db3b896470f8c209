"""What does a build lose, in bytes of flash, RAM and OTA file, when the linker keeps less of it?

The sections that stay are laid out again in the linker's order, so that alignment is counted and not guessed;
both layouts are made by the same simulation and only their difference is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot

from imgcheck.prediction import bounds, branches, doubt, layout, nearer, poolorder, pools
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.layout import Area, Layout
from imgcheck.prediction.linkage import Graph, Reach, reach
from imgcheck.prediction.losing import Holders, holders, lost
from imgcheck.prediction.pools import Pools
from imgcheck.prediction.relink import Relinker, Sites
from imgcheck.prediction.spans import disjoint
from imgcheck.prediction.supports import Supports

_PRICED_NOISE = 150  # more where an image was only priced: moving it was not tried
# What moves shifts a packer's choices far away, and the more image there is, the more: of 67 features of two
# OpenBeken builds (872 and 997 KB) that were really rebuilt, nine of ten lay within 300 bytes or 4 % of their
# packed saving, whatever their size, and all of a 102 KB image's within 60. Some tables have two ways to be
# packed that are 330 to 450 bytes apart, and a byte anywhere in front of them decides: in builds of
# GCC 14 and 15 (866 KB) about every other image had the one, every other the other way.
_OTA_SHARE, _OTA_NOISE, _OTA_NOISE_SHARE, _OTA_NOISE_MOST = 0.04, 52, 0.00046, 460
_OTA_NOISE_MEASURED = 100  # bytes by size alone; below, measuring would not make a bar narrower
# Where no function is compiled otherwise, the image is the rebuilt one byte for byte, calls that come near
# enough to be shorter included; where it is not, more is the more goes: 34 of those 67 lay within 44 bytes.
_SAME_NOISE, _TRIMMED_NOISE, _FOLLOWING_SHARE = 24, 70, 0.01


@dataclass(frozen=True, slots=True)
class Build:
    """The unmodified build, laid out once: what every prediction is compared with."""

    graph: Graph
    reach: Reach
    holders: Holders
    supports: Supports
    pools: Pools
    areas: tuple[Area, ...]
    layout: Layout
    binary: bytes
    sites: Sites | None  # None: objects are missing, so addresses cannot be corrected
    ram: frozenset[str]  # output sections in RAM
    relinker: Relinker | None  # of the binary and the sites
    calls: nearer.Calls | None  # likewise


@dataclass(frozen=True, slots=True)
class Effect:
    """What goes with a removal: bytes, and which of them (offsets in the image)."""

    flash: int
    ram: int
    spans: tuple[tuple[int, int], ...]
    gone: tuple[int, ...]  # nodes
    losses: Mapping[int, Loss]
    elements: Mapping[int, tuple[int, int]]  # of mergeable sections, with the bytes that go
    error: int
    layout: Layout | None  # None when nothing goes
    trimmed: int = 0  # functions that lose a small part, and are the same but for that
    reworked: int = 0  # functions that lose so much that the rest may be compiled otherwise
    nearer: tuple[nearer.Call, ...] = ()  # calls that become shorter
    grown: int = 0  # bytes that come in beyond what goes of the same sections; no predicted image has them


def build(graph: Graph, binary: bytes, sites: Sites | None) -> Build:
    """Lays out the unmodified build."""
    base = reach(graph)
    every = layout.areas(graph)
    # What the script sets aside for others (thread-local data) is RAM too, though no section is in it.
    flash = {node.output for node in graph.nodes if node.placed and node.flash and not node.ram}
    return Build(
        graph=graph,
        reach=base,
        holders=holders(graph, base.nodes),
        supports=Supports(graph, base.nodes),
        pools=pools.find(graph, base.elements, binary),
        areas=every,
        layout=layout.lay_out(every, ()),
        binary=binary,
        sites=sites,
        ram=frozenset(output.name for output in graph.outputs if output.name not in flash),
        relinker=Relinker(binary, sites) if sites else None,
        calls=nearer.Calls(graph, binary, sites) if sites else None,
    )


def unreached(base: Build, removal: Removal) -> Reach:
    """What nothing refers to any more.

    Only what the unmodified graph explains can be seen to go; the rest of the placed sections stays.
    """
    return lost(base.graph, base.reach, removal.cut, base.holders, base.supports)


def effect(base: Build, removal: Removal, without: Reach | None = None) -> Effect:
    """What goes with a removal, which leaves `without` unreached. Law: a removal of nothing saves nothing."""
    graph = base.graph
    without = without or unreached(base, removal)
    gone = tuple(sorted(i for i in without.nodes if graph.nodes[i].placed))
    losses = {
        i: loss
        for i, loss in removal.losses.items()
        if i in base.reach.nodes and i not in without.nodes and graph.nodes[i].placed
    }
    kept, said = pools.said(graph, base.reach.elements, removal.texts)
    elements = base.pools.lost(without.elements - kept)
    if not (gone or losses or elements or said or removal.ram):
        return Effect(flash=0, ram=0, spans=(), gone=(), losses={}, elements={}, error=0, layout=None)
    order = poolorder.find(graph, base.pools, base.reach, without, removal.cut)
    going = _addresses(graph, gone, losses, elements)
    laid_out = layout.lay_out(base.areas, going, order)
    calls: tuple[nearer.Call, ...] = ()
    for _ in range(base.calls.turns if base.calls else 0):
        found = base.calls.nearer(set(gone), losses, laid_out) if base.calls else ()
        if found == calls:
            break
        calls = found
        shorter = (span for rows in nearer.spans(graph, calls).values() for span in rows)
        laid_out = layout.lay_out(base.areas, disjoint([*going, *shorter]), order)
    grown = {i: _grown(loss) for i, loss in losses.items()}
    shrunk = [(graph.nodes[i], loss) for i, loss in losses.items() if graph.nodes[i].code]
    reworked = sum(not doubt.trimmed(node, loss) for node, loss in shrunk)
    more = said + sum(size for i, size in grown.items() if graph.nodes[i].flash)
    flash = base.layout.length - laid_out.length - more
    ram = sum(base.layout.sizes[name] - laid_out.sizes[name] for name in base.ram)
    ram -= removal.ram + sum(
        max(size - losses[i].elsewhere, 0) for i, size in grown.items() if graph.nodes[i].ram
    )
    return Effect(
        flash=flash,
        ram=ram,
        spans=_spans(graph, gone, losses, elements),
        gone=gone,
        losses=losses,
        elements=elements,
        error=doubt.of(graph, flash, losses)
        + layout.doubtful(base.areas, laid_out, lambda output, at: doubt.below(graph, losses, output, at)),
        layout=laid_out,
        trimmed=len(shrunk) - reworked,
        reworked=reworked,
        nearer=calls,
        grown=more,
    )


def for_speed(graph: Graph, found: Effect, objects: Collection[int]) -> Effect:
    """The same effect where these objects are compiled for speed, and less of them stays as it was."""
    # A libc or some files may be compiled for speed: their functions alone are less sure for it.
    fast = {index: loss for index, loss in found.losses.items() if graph.nodes[index].object in objects}
    # Only where it compiles for size a loop over fewer elements is the same loop with another end.
    arrays = sum(1 for loss in fast.values() if loss.shortened)
    more = doubt.for_speed(graph, fast)
    return replace(found, error=found.error + more, reworked=found.reworked + arrays)


def rebuilt(base: Build, found: Effect) -> bytes | None:
    """The image as it would be linked without what goes, None when addresses in it cannot be corrected."""
    if base.relinker is None:
        return None
    if found.layout is None or base.sites is None:
        return base.binary
    code = bounds.Code(base.graph, base.binary, base.sites)
    changes = (
        *bounds.find(code, found.layout, found.losses),
        *branches.find(base.graph, base.binary, found.layout, _shorter(base.graph, found)),
        *nearer.changed(base.graph, found.layout, found.nearer),
    )
    return base.relinker.image(found.layout, changes)


def _shorter(graph: Graph, found: Effect) -> Mapping[int, Loss]:
    """What functions lose, their calls that become shorter included."""
    losses = dict(found.losses)
    for index, spans in nearer.spans(graph, found.nearer).items():
        before = losses.get(index, Loss(()))
        losses[index] = before._replace(spans=disjoint([*before.spans, *spans]))
    return losses


def _addresses(
    graph: Graph,
    gone: Iterable[int],
    losses: Mapping[int, Loss],
    elements: Mapping[int, tuple[int, int]],
) -> tuple[tuple[int, int], ...]:
    """Run addresses of what goes, sorted and disjoint; what comes in its place takes the last of them."""
    spans = [span for loss in losses.values() for span in _replaced(loss)]
    for index in gone:
        node = graph.nodes[index]
        if not node.merged:
            spans.append((node.address, node.address + max(node.flash, node.ram)))
    loads = {output.name: output.address - output.load for output in graph.outputs if output.load >= 0}
    for index, (start, end) in elements.items():
        shift = loads[graph.pools[graph.elements[index].pool].section]
        spans.append((start + shift, end + shift))
    return disjoint(spans)


def _replaced(loss: Loss) -> list[tuple[int, int]]:
    """The bytes that a section loses, less as many as it gets."""
    left, spans = loss.added, []
    for start, end in reversed(loss.spans):
        taken = min(left, end - start)
        left -= taken
        if end - taken > start:
            spans.append((start, end - taken))
    return spans


def _grown(loss: Loss) -> int:
    """Bytes by which a section grows."""
    return max(loss.added - sum(end - start for start, end in loss.spans), 0)


def _spans(
    graph: Graph,
    gone: Iterable[int],
    losses: Mapping[int, Loss],
    elements: Mapping[int, tuple[int, int]],
) -> tuple[tuple[int, int], ...]:
    """Image offsets of the bytes that go, sorted and disjoint."""
    found: list[tuple[int, int]] = list(elements.values())
    for index in gone:
        node = graph.nodes[index]
        if node.offset >= 0 and not node.merged:
            found.append((node.offset, node.offset + node.flash))
    for index, loss in losses.items():
        node = graph.nodes[index]
        if node.offset >= 0:
            shift = node.offset - node.address
            found.extend((start + shift, end + shift) for start, end in loss.spans)
    return disjoint(found)


def packed(prices: Sequence[float], spans: Iterable[tuple[int, int]]) -> float:
    """What these bytes cost in the OTA file; `prices` are cumulative over the image's bytes."""
    last = len(prices) - 1
    return sum(prices[min(end, last)] - prices[min(start, last)] for start, end in spans)


def is_noisy(image: int) -> bool:
    """Whether an image of so many bytes is one whose noise is worth being measured."""
    return image * _OTA_NOISE_SHARE >= _OTA_NOISE_MEASURED


def ota_error(
    ota: float, flash_error: int, effect: Effect, priced: bool, image: int, measured: int | None = None
) -> int:
    """How far a packed saving may be off: the packer's own noise in such an image, and what is unsure.

    `priced`: nobody laid the image out anew, so all of its noise counts. `measured` is what nine of ten
    packed savings of this image stay within (`packnoise`), None where that is not known.
    """
    # A byte that may stay or go costs what the others do; where noise hides that, no more than itself.
    share = min(ota / effect.flash, 1.0) if effect.flash > 0 and ota > 0 else 1.0
    least = min(_OTA_NOISE + image * _OTA_NOISE_SHARE, _OTA_NOISE_MOST)
    if measured is not None and not priced and measured < least:
        # Two doubts that know nothing of each other are seldom both at their worst.
        return round(hypot(max(abs(ota) * _OTA_SHARE, measured), flash_error * share))
    noise = max(abs(ota) * _OTA_SHARE, least) + (_PRICED_NOISE if priced else 0)
    if not priced and not effect.reworked:
        own = _TRIMMED_NOISE if effect.trimmed else _SAME_NOISE
        noise = min(noise, own + max(effect.flash, 0) * _FOLLOWING_SHARE)
    return round(noise + flash_error * share)
