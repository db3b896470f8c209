"""Who takes the bytes: by section, archive, object, component and symbol, each adding up to the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor

from imgcheck.builds import components as parts
from imgcheck.model import Image, Item, Measure, Node, Resource

_SMALLEST_SHARE = 4000  # leaves of the treemap below this share of the image could not be seen
_SMALLEST = 64  # bytes


class _Sum:
    """What one name takes."""

    __slots__ = ("flash", "ota", "ram")

    def __init__(self) -> None:
        self.flash = 0
        self.ram = 0
        self.ota = 0.0


def measures(
    image: Image, owners: Sequence[str], prices: Sequence[float] | None = None
) -> tuple[Measure, ...]:
    """Sizes of everything that owns bytes, largest first within kind and resource; zeroes are left out.

    `owners` is the component of each item.
    `prices[i]` is what the first i bytes of the image cost in the OTA file. In each kind but region the flash
    sizes add up to `len(image.binary)`, the RAM sizes to what the regions use, and the OTA sizes, rounded to
    whole bytes, to the rounded price of the image.
    """
    items = image.items
    keys = {
        "section": [item.section or parts.nobody(item) for item in items],
        "archive": [parts.archive_of(item) for item in items],
        "object": [parts.object_of(item) for item in items],
        "component": owners,
        "symbol": _symbol_names(items),
    }
    costs = _costs(image, prices)
    total = round(prices[len(image.binary)] - prices[0]) if prices is not None else 0
    found: list[Measure] = []
    for kind, names in keys.items():
        sums: dict[str, _Sum] = {}
        for item, name, cost in zip(items, names, costs, strict=True):
            entry = sums.get(name)
            if entry is None:
                entry = sums[name] = _Sum()
            entry.flash += item.flash
            entry.ram += item.ram
            entry.ota += cost
        found += _sorted(kind, "flash", {name: entry.flash for name, entry in sums.items()})
        found += _sorted(kind, "ram", {name: entry.ram for name, entry in sums.items()})
        if prices is not None:
            found += _sorted(kind, "ota", _whole({name: entry.ota for name, entry in sums.items()}, total))
    found += [Measure("region", use.name, "ram", use.used, use.size) for use in image.regions]
    return tuple(found)


def _sorted(kind: str, resource: Resource, sizes: Mapping[str, int]) -> list[Measure]:
    ranked = sorted(sizes.items(), key=lambda entry: (-entry[1], entry[0]))
    return [Measure(kind, name, resource, size) for name, size in ranked if size]


def _symbol_names(items: Sequence[Item]) -> list[str]:
    """The name of each item, with its object where several objects have something of that name."""
    homes: dict[str, set[tuple[str, str]]] = {}
    for item in items:
        homes.setdefault(item.name, set()).add((item.archive, item.object))
    return [
        f"{item.name} ({parts.object_of(item)})" if len(homes[item.name]) > 1 and item.object else item.name
        for item in items
    ]


def _costs(image: Image, prices: Sequence[float] | None) -> list[float]:
    if prices is None:
        return [0.0] * len(image.items)
    origin = image.soc.image_origin
    return [
        prices[item.load - origin + item.flash] - prices[item.load - origin] if item.flash else 0.0
        for item in image.items
    ]


def _whole(sizes: Mapping[str, float], total: int) -> dict[str, int]:
    """The sizes as integers that add up to `total`: those with the largest remainders are rounded up."""
    whole = {name: floor(size) for name, size in sizes.items()}
    missing = max(0, total - sum(whole.values()))
    by_remainder = sorted(sizes, key=lambda name: (whole[name] - sizes[name], name))
    for name in by_remainder[:missing]:
        whole[name] += 1
    return whole


def tree(image: Image, owners: Sequence[str], prices: Sequence[float] | None = None) -> Node:
    """Component > object > symbol as boxes, largest first; what is too small to be seen is "(n smaller)".

    `owners` is the component of each item.
    """
    objects: dict[tuple[str, str], dict[str, _Sum]] = {}
    for item, owner, cost in zip(image.items, owners, _costs(image, prices), strict=True):
        place = (owner, parts.object_of(item))
        leaves = objects.get(place)
        if leaves is None:
            leaves = objects[place] = {}
        entry = leaves.get(item.name)
        if entry is None:
            entry = leaves[item.name] = _Sum()
        entry.flash += item.flash
        entry.ram += item.ram
        entry.ota += cost
    smallest = max(_SMALLEST, len(image.binary) // _SMALLEST_SHARE)
    folders: dict[str, list[Node]] = {}
    for (owner, name), leaves in objects.items():
        box = _parent(name, _leaves(leaves, smallest, prices is not None))
        folders.setdefault(owner, []).append(box)
    children = [_parent(owner, _folded(boxes, smallest)) for owner, boxes in folders.items()]
    return _parent(image.name, children)


def _leaves(sums: Mapping[str, _Sum], smallest: int, priced: bool) -> list[Node]:
    """A box for each name; the small ones, which are most, never become boxes of their own."""
    large = {name: one for name, one in sums.items() if one.flash + one.ram >= smallest}
    if len(sums) - len(large) == 1:
        large = dict(sums)
    elif len(large) < len(sums):
        rest = _Sum()
        for one in sums.values():
            if one.flash + one.ram < smallest:
                rest.flash += one.flash
                rest.ram += one.ram
                rest.ota += one.ota
        large[f"({len(sums) - len(large)} smaller)"] = rest
    return [Node(name, one.flash, one.ram, one.ota if priced else None) for name, one in large.items()]


def _weight(node: Node) -> tuple[int, str]:
    return -(node.flash + node.ram), node.name


def _folded(nodes: list[Node], smallest: int) -> list[Node]:
    small = [node for node in nodes if node.flash + node.ram < smallest]
    if len(small) < 2:
        return nodes
    large = [node for node in nodes if node.flash + node.ram >= smallest]
    return [*large, _sum(f"({len(small)} smaller)", small)]


def _sum(name: str, nodes: Sequence[Node], children: Sequence[Node] = ()) -> Node:
    ota = [node.ota for node in nodes if node.ota is not None]
    return Node(
        name,
        sum(node.flash for node in nodes),
        sum(node.ram for node in nodes),
        sum(ota) if ota else None,
        tuple(children),
    )


def _parent(name: str, children: Sequence[Node]) -> Node:
    ordered = sorted(children, key=_weight)
    if len(ordered) == 1 and ordered[0].name == name and not ordered[0].children:
        return ordered[0]  # a bracket name needs no boxes within boxes
    return _sum(name, ordered, ordered)
