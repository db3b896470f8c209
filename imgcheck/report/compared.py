"""What changed since another build, as the page shows it: tiles, rows by kind, and their boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from imgcheck.model import Atlas, Changed, Compared, Difference, Key, Status, Tile
from imgcheck.report import changes, names
from imgcheck.report.changes import Change
from imgcheck.report.columns import change_text, size_text

_Kind: TypeAlias = Literal["symbol", "object", "archive", "component"]
_KINDS: tuple[_Kind, ...] = ("symbol", "object", "archive", "component")
_TITLES = {
    "new": "added",
    "gone": "removed",
    "grown": "grown",
    "shrunk": "shrunk",
    "moved": "moved",
    "renamed": "renamed",
}
_ORDER: tuple[Status, ...] = ("new", "gone", "grown", "shrunk", "moved", "renamed")
_Boxes = Mapping[tuple[str, ...], int]


def compared(difference: Difference, atlas: Atlas | None = None) -> Compared:
    """Everything that changed, in the boxes of the new build's `atlas`."""
    boxes = _boxes(atlas) if atlas else {}
    kinds = {kind: changes.things(difference.deltas, kind) for kind in _KINDS}
    counted: _Kind = "symbol" if kinds["symbol"] else "component"
    return Compared(
        base=changes.called(difference.old),
        flash=difference.total("flash") or 0,
        ram=difference.total("ram"),
        ota=difference.total("ota"),
        tiles=tuple(_tiles(kinds[counted], difference.total("ota") is not None)),
        counted=counted,
        kinds=tuple(_changed(kind, kinds[kind], difference, boxes) for kind in _KINDS if kinds[kind]),
    )


def _tiles(found: Sequence[Change], priced: bool) -> Iterator[Tile]:
    for status in _ORDER:
        mine = [one for one in found if one.status == status]
        if mine or status in _ORDER[:4]:
            ota = sum(one.ota for one in mine) if priced else None
            yield Tile(status, len(mine), sum(one.flash for one in mine), sum(one.ram for one in mine), ota)


class Words(NamedTuple):
    """A tile as it is shown."""

    status: str  # "" for the whole
    things: int
    title: str
    flash: str
    more: str


def tiles(found: Compared) -> list[Words]:
    """The whole first, then what became what."""
    whole = Words("", 0, "In all", change_text(found.flash), _more(found.ram, found.ota))
    return [
        whole,
        *(
            Words(
                one.status,
                one.things,
                f"{size_text(one.things)} {_TITLES[one.status]}",
                change_text(one.flash),
                _more(one.ram if found.ram is not None else None, one.ota),
            )
            for one in found.tiles
        ),
    ]


def _more(ram: int | None, ota: int | None) -> str:
    parts = [("RAM", ram), ("OTA", ota)]
    return " · ".join(f"{name} {change_text(size)}" for name, size in parts if size is not None)


def _changed(
    kind: _Kind,
    found: Sequence[Change],
    difference: Difference,
    boxes: _Boxes,
) -> Changed:
    flash = {(one.key): one for one in difference.deltas if one.kind == kind and one.resource == "flash"}
    now = {thing.key: thing.flash for thing in difference.new.things.get(kind, ())}
    sizes: list[tuple[int | None, int | None]] = []
    for one in found:
        delta = flash.get(one.key)
        same = now.get(one.key)
        sizes.append((delta.old, delta.new) if delta else (same, same))
    return Changed(
        kind,
        status=tuple(one.status for one in found),
        name=tuple(one.key.name if kind == "object" else one.name for one in found),
        object=tuple(one.key.object if kind == "symbol" else "" for one in found),
        archive=tuple(one.key.archive for one in found),
        was=tuple(names.called(one.was) if one.was else "" for one in found),
        before=tuple(before for before, _ in sizes),
        now=tuple(after for _, after in sizes),
        flash=tuple(one.flash for one in found),
        ram=tuple(one.ram for one in found),
        ota=tuple(one.ota for one in found),
        box=tuple(-1 if one.status == "gone" else boxes.get(_place(kind, one.key), -1) for one in found),
    )


def _place(kind: str, key: Key) -> tuple[str, ...]:
    return (kind, key.archive, key.object, key.name) if kind in ("symbol", "object") else (kind, key.name)


def _boxes(atlas: Atlas) -> _Boxes:
    """The leaf of each symbol, and the group of each object, archive and component that is one group."""
    found: dict[tuple[str, ...], int] = {}
    twice: set[tuple[str, ...]] = set()

    def add(place: tuple[str, ...], box: int) -> None:
        if found.setdefault(place, box) != box:
            twice.add(place)

    groups, leaf = atlas.groups, 0
    archives: list[str] = []
    for at, (name, parent, level) in enumerate(zip(groups.name, groups.parent, groups.level, strict=True)):
        archive = name if level == "archive" else archives[parent] if parent >= 0 else ""
        archives.append(archive)
        object_ = name if level == "object" else ""
        if level == "object":
            add(("object", archive, name, name), at)
        elif level != "folder":
            add((level, name), at)
        for _ in range(groups.leaves[at]):
            add(("symbol", archive, object_, atlas.leaves.name[leaf]), leaf)
            leaf += 1
    return {place: box for place, box in found.items() if place not in twice}
