"""What the page is drawn from, by columns: the boxes of the map, what goes with which features, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from imgcheck.model.changes import Status


Kind: TypeAlias = Literal["code", "constant", "string", "data", "zero", "other"]
KINDS: tuple[Kind, ...] = ("code", "constant", "string", "data", "zero", "other")


class Groups(NamedTuple):
    """Components, archives or folders, and objects, each after its parent.

    `parent` is -1 for a component; `leaves` counts the leaves directly inside, which follow in this order.
    """

    name: tuple[str, ...]
    parent: tuple[int, ...]
    level: tuple[Literal["component", "archive", "folder", "object"], ...]
    leaves: tuple[int, ...]


class Leaves(NamedTuple):
    """Symbols and string pools; the sizes add up to the image, its RAM and its OTA file without packaging.

    `section` and `source` are indices, -1 for unknown; `ota` is None when nothing was priced.
    """

    name: tuple[str, ...]
    flash: tuple[int, ...]
    ram: tuple[int, ...]
    ota: tuple[int, ...] | None
    address: tuple[int, ...]
    section: tuple[int, ...]
    kind: tuple[int, ...]  # of KINDS
    source: tuple[int, ...]
    line: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Atlas:
    """Every byte of a build, once, as deep as its files tell."""

    groups: Groups
    leaves: Leaves
    sections: tuple[str, ...]
    sources: tuple[str, ...]


class Part(NamedTuple):
    """Bytes that go when all features of one of some sets are off (`set` of Held.sets).

    `leaf` is the box that they lie in, -1 for none; negative sizes are what an #else adds. `partial` when a
    function loses a part of itself, which is less sure.
    """

    set: int
    leaf: int
    flash: int
    ram: int
    ota: float
    partial: bool


class Known(NamedTuple):
    """A set of features that was predicted as a whole, and packed for real; `priced`: its bytes' prices."""

    off: tuple[int, ...]
    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int
    priced: float


class Define(NamedTuple):
    """A line that switches a feature on, and how it reads when the feature is off."""

    name: str
    path: str
    line: int
    on: str
    off: str


@dataclass(frozen=True, slots=True)
class Held:
    """Which bytes does each set of features hold, so that any set can be asked for?

    `sets` has, for each condition, its smallest sets of features (of `features`). A set that is not `known`
    saves the prices of its bytes, and what packing showed beyond prices: of a known set that is most of it,
    else `always` when anything moves, and `shifts` of each of its features.
    """

    features: tuple[str, ...]
    sets: tuple[tuple[tuple[int, ...], ...], ...]
    parts: tuple[Part, ...]
    known: tuple[Known, ...]
    always: float
    shifts: tuple[float, ...]
    defines: tuple[Define, ...]
    derived: tuple[str, ...] = ()  # features that follow from others: not switched by hand


@dataclass(frozen=True, slots=True)
class Why:
    """Who holds each leaf: columns by leaf.

    `to` has the leaves that each refers to; `root` says of a root why it is one (index into `roots`), -1 of
    others. `flash` and `ota` are retained bytes; `group_flash` and `group_ota` those of each group, which are
    less than what its boxes add up to where others hold them as well, and more where only several of them do.
    """

    source: Literal["graph", "map"]
    roots: tuple[str, ...]
    root: tuple[int, ...]
    flash: tuple[int, ...]
    ota: tuple[int, ...]
    to: tuple[tuple[int, ...], ...]
    group_flash: tuple[int, ...]
    group_ota: tuple[int, ...]


class Strip(NamedTuple):
    """A stretch of a flash to scale: what it is for, and how much of it the image fills."""

    label: str
    start: int
    size: int
    role: str
    filled: int


class Flash(NamedTuple):
    """The flash of one layout."""

    name: str
    size: int
    strips: tuple[Strip, ...]


class Tile(NamedTuple):
    """How many things became what, and the bytes that this added (None: a build does not say)."""

    status: Status
    things: int
    flash: int
    ram: int
    ota: int | None


class Changed(NamedTuple):
    """Everything of one kind that changed, most first: columns by thing.

    `before` and `now` are bytes of flash, the other sizes what was added to each resource. `box` is the leaf
    that a symbol is, or the group that something larger is; -1 when no box is that thing alone.
    """

    kind: Literal["symbol", "object", "archive", "component"]
    status: tuple[Status, ...]
    name: tuple[str, ...]
    object: tuple[str, ...]
    archive: tuple[str, ...]
    was: tuple[str, ...]
    before: tuple[int | None, ...]
    now: tuple[int | None, ...]
    flash: tuple[int, ...]
    ram: tuple[int, ...]
    ota: tuple[int, ...]
    box: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed since another build, for a page: each kind's sizes add up to the totals' differences."""

    base: str
    flash: int
    ram: int | None
    ota: int | None
    tiles: tuple[Tile, ...]  # of `counted`
    counted: str  # kind of the things that the tiles count
    kinds: tuple[Changed, ...]


class InputFile(NamedTuple):
    """A file that was read: what it is, how it was found, and what it held then."""

    what: str
    path: str
    how: str
    size: int | None  # None: it ships with imgcheck, whose version says what is in it
    sha256: str  # "" with a size of None


@dataclass(frozen=True, slots=True)
class Page:
    """What only the page shows.

    `header` and `alignment` say how an image is wrapped. `waste` is an index into `wastes` for each leaf, -1
    for none, `wasted` the bytes of it that could go.
    """

    atlas: Atlas
    reserve: int = 0  # bytes of each slot that the policy keeps free
    header: int = 0
    alignment: int = 1
    flashes: tuple[Flash, ...] = ()
    held: Held | None = None
    why: Why | None = None
    wastes: tuple[str, ...] = ()
    waste: tuple[int, ...] = ()
    wasted: tuple[int, ...] = ()
    files: tuple[InputFile, ...] = ()
