"""Who takes the bytes: by section, archive, object, component and symbol, each adding up to the image.

String pools are listed as well; they add up to less, since not every byte is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import floor

from imgcheck.builds import components as parts
from imgcheck.model import UNATTRIBUTED, Home, Image, Item, Key, Measure, Node, Resource

_SMALLEST_SHARE = 4000  # leaves of the treemap below this share of the image could not be seen
_SMALLEST = 64  # bytes


class _Sum:
    """What one name takes."""

    __slots__ = ("flash", "home", "ota", "ram")

    def __init__(self, home: Home | None = None) -> None:
        self.flash = 0
        self.ram = 0
        self.ota = 0.0
        self.home = home


def measures(
    image: Image, owners: Sequence[str], prices: Sequence[float] | None = None
) -> tuple[Measure, ...]:
    """Sizes of everything that owns bytes, largest first within kind and resource; zeroes are left out.

    `owners` is the component of each item.
    `prices[i]` is what the first i bytes of the image cost in the OTA file. In each kind but pool and region
    the flash sizes add up to `len(image.binary)`, the RAM sizes to what the regions use, and the OTA sizes,
    rounded to whole bytes, to the rounded price of the image.
    """
    items = image.items
    costs = _costs(image, prices)
    total = round(prices[len(image.binary)] - prices[0]) if prices is not None else 0
    keys: dict[str, list[Key]] = {
        "section": [Key("section", "", "", item.section or parts.nobody(item)) for item in items],
        "archive": [Key("archive", "", "", parts.archive_of(item)) for item in items],
        "object": [Key("object", item.archive, *_object(item)) for item in items],
        "component": [Key("component", "", "", owner) for owner in owners],
        "symbol": [_symbol(item) for item in items],
    }
    found: list[Measure] = []
    for kind, names in keys.items():
        sums = _sums(items, names, costs, homes=kind == "symbol")
        found += _sorted(sums, "flash", {key: entry.flash for key, entry in sums.items()})
        found += _sorted(sums, "ram", {key: entry.ram for key, entry in sums.items()})
        if prices is not None:
            found += _sorted(sums, "ota", _whole({key: entry.ota for key, entry in sums.items()}, total))
    found += _pools(image, costs, prices is not None)
    found += [Measure("region", use.name, "ram", use.used, use.size) for use in image.regions]
    return tuple(found)


def _sums(items: Sequence[Item], keys: Sequence[Key], costs: Sequence[float], homes: bool) -> dict[Key, _Sum]:
    sums: dict[Key, _Sum] = {}
    for item, key, cost in zip(items, keys, costs, strict=True):
        entry = sums.get(key)
        if entry is None:
            home = Home(item.section, item.address, item.source, item.line, item.aliases) if homes else None
            entry = sums[key] = _Sum(home)
        entry.flash += item.flash
        entry.ram += item.ram
        entry.ota += cost
    return sums


def _sorted(homes: Mapping[Key, _Sum], resource: Resource, sizes: Mapping[Key, int]) -> list[Measure]:
    ranked = sorted(sizes.items(), key=lambda entry: (-entry[1], entry[0]))
    return [
        Measure(key.kind, _own_name(key), resource, size, None, key, homes[key].home)
        for key, size in ranked
        if size
    ]


def _own_name(key: Key) -> str:
    """An object is called by its archive too, everything else by its own name."""
    return f"{key.archive}({key.name})" if key.kind == "object" and key.archive else key.name


def _object(item: Item) -> tuple[str, str]:
    """The object twice, as owner and as name; without a map its source, which objects are named after."""
    name = item.object or item.source.rsplit("/", 1)[-1] or parts.nobody(item)
    return name, name


def _symbol(item: Item) -> Key:
    if item.name == UNATTRIBUTED:  # one thing, wherever it lies
        return Key("symbol", "", "", UNATTRIBUTED)
    object_ = item.object or item.source.rsplit("/", 1)[-1]
    return Key("symbol", item.archive, object_, item.name)


# String pools, as GCC and Clang name them; `.cst4` and the like hold numbers.
_POOL = re.compile(r"\.str[0-9]+(?:\.[0-9]+)?$")


def _pools(image: Image, costs: Sequence[float], priced: bool) -> list[Measure]:
    """The string pools, each by the function or object that it belongs to, with a checksum of its bytes."""
    from zlib import crc32

    origin = image.soc.image_origin
    sums: dict[Key, _Sum] = {}
    checksums: dict[Key, int] = {}
    sections: dict[str, bool] = {}
    for item, cost in zip(image.items, costs, strict=True):
        name = item.input_section
        pool = sections.get(name)
        if pool is None:
            pool = sections[name] = _POOL.search(name) is not None
        if not pool or not item.flash:
            continue
        key = Key("pool", item.archive, item.object, item.name)
        entry = sums.get(key)
        if entry is None:
            entry = sums[key] = _Sum(Home(item.section, item.address, item.source))
        start = item.load - origin
        checksums[key] = crc32(image.binary[start : start + item.flash], checksums.get(key, 0))
        entry.flash += item.flash
        entry.ram += item.ram
        entry.ota += cost
    for key, entry in sums.items():
        entry.home = entry.home and entry.home._replace(content=f"{checksums[key]:08x}")
    found = _sorted(sums, "flash", {key: entry.flash for key, entry in sums.items()})
    found += _sorted(sums, "ram", {key: entry.ram for key, entry in sums.items()})
    if priced:
        total = round(sum(entry.ota for entry in sums.values()))
        found += _sorted(sums, "ota", _whole({key: entry.ota for key, entry in sums.items()}, total))
    return found


def _costs(image: Image, prices: Sequence[float] | None) -> list[float]:
    if prices is None:
        return [0.0] * len(image.items)
    origin = image.soc.image_origin
    return [
        prices[item.load - origin + item.flash] - prices[item.load - origin] if item.flash else 0.0
        for item in image.items
    ]


def _whole(sizes: Mapping[Key, float], total: int) -> dict[Key, int]:
    """The sizes as integers that add up to `total`: those with the largest remainders are rounded up."""
    whole = {key: floor(size) for key, size in sizes.items()}
    missing = max(0, total - sum(whole.values()))
    by_remainder = sorted(sizes, key=lambda key: (whole[key] - sizes[key], key))
    for key in by_remainder[:missing]:
        whole[key] += 1
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
