"""Who takes the bytes: by section, archive, object, component and symbol, each adding up to the image.

String pools are listed as well; they add up to less, since not every byte is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import floor
from operator import itemgetter
from typing import TypeAlias

from imgcheck.builds import components as parts
from imgcheck.model import UNATTRIBUTED, Home, Image, Item, Key, Measure, Resource

_Name: TypeAlias = tuple[str, str, str]  # archive, object and own name, as a key has them


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
    # Each name once becomes a key: there are some hundred of all but symbols, and every item has five.
    names: dict[str, list[_Name]] = {
        "section": [("", "", item.section or parts.nobody(item)) for item in items],
        "archive": [("", "", parts.archive_of(item)) for item in items],
        "object": [(item.archive, *_object(item)) for item in items],
        "component": [("", "", owner) for owner in owners],
        "symbol": [_symbol(item) for item in items],
    }
    taken = [(item.flash, item.ram, cost) for item, cost in zip(items, costs, strict=True)]
    found: list[Measure] = []
    for kind, named in names.items():
        homes = items if kind == "symbol" else None
        sums = _by_key(_sums(kind, named, taken, homes))
        found += _listed(sums, total if prices is not None else None)
    found += _pools(image, costs, prices is not None)
    found += [Measure("region", use.name, "ram", use.used, use.size) for use in image.regions]
    return tuple(found)


def _sums(
    kind: str, names: Sequence[_Name], taken: Sequence[tuple[int, int, float]], homes: Sequence[Item] | None
) -> dict[Key, _Sum]:
    """What each name takes, by its key; with `homes` where the first item of the name lies."""
    sums: dict[_Name, _Sum] = {}
    for at, (name, (flash, ram, cost)) in enumerate(zip(names, taken, strict=True)):
        entry = sums.get(name)
        if entry is None:
            entry = sums[name] = _Sum(_home(homes[at]) if homes else None)
        entry.flash += flash
        entry.ram += ram
        entry.ota += cost
    return {Key(kind, *name): entry for name, entry in sums.items()}


def _home(item: Item) -> Home:
    return Home(item.section, item.address, item.source, item.line, item.aliases)


def _by_key(sums: Mapping[Key, _Sum]) -> dict[Key, _Sum]:
    """The same by key: what comes after sorts by numbers alone, and sorting keeps the order of equals."""
    return dict(sorted(sums.items(), key=itemgetter(0)))


def _listed(sums: Mapping[Key, _Sum], total: int | None) -> list[Measure]:
    """Everything of one kind, in each resource; the OTA bytes add up to `total` (None: no prices)."""
    found = _sorted(sums, "flash", [entry.flash for entry in sums.values()])
    found += _sorted(sums, "ram", [entry.ram for entry in sums.values()])
    if total is not None:
        found += _sorted(sums, "ota", _whole([entry.ota for entry in sums.values()], total))
    return found


def _sorted(sums: Mapping[Key, _Sum], resource: Resource, sizes: Sequence[int]) -> list[Measure]:
    ranked = sorted(
        [entry for entry in zip(sizes, sums.items(), strict=True) if entry[0]],
        key=itemgetter(0),
        reverse=True,
    )
    return [
        Measure(key.kind, _own_name(key), resource, size, identity=key, home=entry.home)
        for size, (key, entry) in ranked
    ]


def _own_name(key: Key) -> str:
    """An object is called by its archive too, everything else by its own name."""
    return f"{key.archive}({key.name})" if key.kind == "object" and key.archive else key.name


def _object(item: Item) -> tuple[str, str]:
    """The object twice, as owner and as name; without a map its source, which objects are named after."""
    name = item.object or item.source.rsplit("/", 1)[-1] or parts.nobody(item)
    return name, name


def _symbol(item: Item) -> _Name:
    if item.name == UNATTRIBUTED:  # one thing, wherever it lies
        return ("", "", UNATTRIBUTED)
    return item.archive, item.object or item.source.rsplit("/", 1)[-1], item.name


# String pools, as GCC and Clang name them; `.cst4` and the like hold numbers.
_POOL = re.compile(r"\.str[0-9]+(?:\.[0-9]+)?$")


def pooled(item: Item) -> bool:
    """Whether an item is a pool of string literals."""
    return bool(item.flash) and _POOL.search(item.input_section) is not None


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
    total = round(sum(entry.ota for entry in sums.values())) if priced else None
    return _listed(_by_key(sums), total)


def _costs(image: Image, prices: Sequence[float] | None) -> list[float]:
    if prices is None:
        return [0.0] * len(image.items)
    origin = image.soc.image_origin
    return [
        prices[item.load - origin + item.flash] - prices[item.load - origin] if item.flash else 0.0
        for item in image.items
    ]


def _whole(sizes: Sequence[float], total: int) -> list[int]:
    """The sizes as integers that add up to `total`: those with the largest remainders are rounded up."""
    whole = [floor(size) for size in sizes]
    missing = max(0, total - sum(whole))
    remainders = [kept - size for kept, size in zip(whole, sizes, strict=True)]
    for at in sorted(range(len(sizes)), key=remainders.__getitem__)[:missing]:
        whole[at] += 1
    return whole
