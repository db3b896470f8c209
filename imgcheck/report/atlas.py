"""Which boxes does the map have, and which bytes of the build lie in each?"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from imgcheck.model import KINDS, OURS, Atlas, Groups, Image, Item, Leaves

_STRINGS = re.compile(r"\.str\d|\.cst\d*\.str|\.rodata\.str")
_CODE = (".text", ".tcm_code", ".init", ".fini", ".romtext", ".vector")
_CONSTANT = (".rodata", ".srodata", ".tcm_const", ".data.rel.ro", ".constdata", ".romdata")
Level = Literal["component", "archive", "folder", "object"]


class Ground(NamedTuple):
    """Which leaf lies at a run address: starts, ends and leaves, by address."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    leaves: tuple[int, ...]

    def at(self, address: int) -> int:
        """The leaf at an address, -1 for none."""
        index = bisect_right(self.starts, address) - 1
        return self.leaves[index] if index >= 0 and address < self.ends[index] else -1

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """(leaf, bytes) for what of [start, end) each leaf has."""
        index = max(bisect_right(self.starts, start) - 1, 0)
        while index < len(self.starts) and self.starts[index] < end:
            size = min(end, self.ends[index]) - max(start, self.starts[index])
            if size > 0:
                yield self.leaves[index], size
            index += 1


class _Leaf:
    __slots__ = ("first", "flash", "ota", "ram", "where")

    def __init__(self, first: Item) -> None:
        self.first = first
        self.flash = 0
        self.ram = 0
        self.ota = 0.0
        self.where: list[tuple[int, int]] = []


_Tree = dict[tuple[str, ...], dict[str, _Leaf]]


def atlas(image: Image, owners: Sequence[str], prices: Sequence[float] | None = None) -> tuple[Atlas, Ground]:
    """All boxes, largest first within their parents, and where they lie.

    `owners` is the component of each item; `prices[i]` is what the first i bytes of the image cost packed.
    """
    tree, levels = _collect(image, owners, prices)
    table = _Table(levels, prices is not None)
    table.fill(tree)
    return table.made(), table.ground()


def _collect(
    image: Image, owners: Sequence[str], prices: Sequence[float] | None
) -> tuple[_Tree, dict[tuple[str, ...], Level]]:
    tree: _Tree = {}
    levels: dict[tuple[str, ...], Level] = {}
    places: dict[tuple[str, str, str, str], tuple[str, ...]] = {}
    origin = image.soc.image_origin
    for item, owner in zip(image.items, owners, strict=True):
        key = (owner, item.archive, item.object, item.source)
        place = places.get(key)
        if place is None:
            place = places[key] = _place(owner, item, levels)
        leaves = tree.get(place)
        if leaves is None:
            leaves = tree[place] = {}
        leaf = leaves.get(item.name)
        if leaf is None:
            leaf = leaves[item.name] = _Leaf(item)
        leaf.flash += item.flash
        leaf.ram += item.ram
        leaf.where.append((item.address, item.address + max(item.flash, item.ram)))
        if prices is not None and item.flash:
            at = item.load - origin
            leaf.ota += prices[at + item.flash] - prices[at]
    return tree, levels


def _place(owner: str, item: Item, levels: dict[tuple[str, ...], Level]) -> tuple[str, ...]:
    """Names of the groups around an item, outermost first."""
    place: tuple[str, ...] = (owner,)
    levels[place] = "component"
    folder, _, file = item.source.rpartition("/")
    if item.archive:
        place = (*place, item.archive)
        levels[place] = "archive"
    elif folder and (item.object or file):
        place = (*place, f"{folder}/")
        levels[place] = "folder"
    name = item.object or file
    if name and name not in OURS:
        place = (*place, name)
        levels[place] = "object"
    return place


class _Table:
    """Fills the columns."""

    def __init__(self, levels: Mapping[tuple[str, ...], Level], priced: bool) -> None:
        self.levels = levels
        self.priced = priced
        self.names: list[str] = []
        self.parents: list[int] = []
        self.kinds: list[Level] = []
        self.counts: list[int] = []
        self.leaves: list[tuple[str, _Leaf]] = []

    def fill(self, tree: _Tree) -> None:
        """Every group after its parent, the largest first."""
        weight: dict[tuple[str, ...], int] = {}
        inside: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for place, leaves in tree.items():
            size = sum(one.flash + one.ram for one in leaves.values())
            for depth in range(len(place)):
                above = place[: depth + 1]
                if above not in weight:
                    inside.setdefault(place[:depth], []).append(above)
                    weight[above] = 0
                weight[above] += size
        due: list[tuple[tuple[str, ...], int]] = [((), -1)] if inside else []
        while due:
            place, parent = due.pop()
            here = parent
            if place:
                here = self._group(place, parent, tree.get(place, {}))
            below = sorted(inside.get(place, ()), key=lambda one: (weight[one], one))
            due.extend((one, here) for one in below)

    def _group(self, place: tuple[str, ...], parent: int, leaves: Mapping[str, _Leaf]) -> int:
        self.names.append(place[-1])
        self.parents.append(parent)
        self.kinds.append(self.levels[place])
        self.counts.append(len(leaves))
        self.leaves += sorted(leaves.items(), key=lambda one: one[1].first.address)
        return len(self.names) - 1

    def made(self) -> Atlas:
        """The atlas."""
        firsts = [leaf.first for _, leaf in self.leaves]
        sections, section = _indices([item.section for item in firsts])
        sources, source = _indices([item.source for item in firsts])
        return Atlas(
            Groups(tuple(self.names), tuple(self.parents), tuple(self.kinds), tuple(self.counts)),
            Leaves(
                name=tuple(name for name, _ in self.leaves),
                flash=tuple(leaf.flash for _, leaf in self.leaves),
                ram=tuple(leaf.ram for _, leaf in self.leaves),
                ota=_whole([leaf.ota for _, leaf in self.leaves]) if self.priced else None,
                address=tuple(item.address for item in firsts),
                section=section,
                kind=tuple(KINDS.index(_kind(leaf)) for _, leaf in self.leaves),
                source=source,
                line=tuple(item.line for item in firsts),
            ),
            sections,
            sources,
        )

    def ground(self) -> Ground:
        """Where the leaves lie."""
        rows = sorted(
            (start, end, number)
            for number, (_, leaf) in enumerate(self.leaves)
            for start, end in leaf.where
            if end > start
        )
        return Ground(
            tuple(row[0] for row in rows), tuple(row[1] for row in rows), tuple(row[2] for row in rows)
        )


def _indices(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The different names, and for each entry which one it is, -1 for none."""
    known = {name: number for number, name in enumerate(dict.fromkeys(filter(None, names)))}
    return tuple(known), tuple(known.get(name, -1) for name in names)


def _whole(costs: Sequence[float]) -> tuple[int, ...]:
    """Whole bytes that are at every point within half a byte of the sum so far."""
    made, exact, given = [], 0.0, 0
    for cost in costs:
        exact += cost
        whole = round(exact) - given
        given += whole
        made.append(whole)
    return tuple(made)


def _kind(leaf: _Leaf) -> Literal["code", "constant", "string", "data", "zero", "other"]:
    """What the bytes are, told by the names of their sections."""
    item = leaf.first
    name = item.input_section or item.section
    if not leaf.first.name or leaf.first.name in OURS:
        return "other"
    if _STRINGS.search(name) or _STRINGS.search(item.name):
        return "string"
    if not leaf.flash:
        return "zero"
    if name.startswith(_CODE) or item.section.startswith(_CODE):
        return "code" if not name.startswith(_CONSTANT) else "constant"
    if name.startswith(_CONSTANT):
        return "constant"
    return "data" if leaf.ram else "constant"
