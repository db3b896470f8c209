"""What the page is drawn from, by columns: every box of the map, what goes with which features, who holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

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


@dataclass(frozen=True, slots=True)
class Page:
    """What only the page shows."""

    atlas: Atlas
    reserve: int = 0  # bytes of each slot that the policy keeps free
