"""A build as it was measured, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from imgcheck.model.build import Provenance
from imgcheck.model.devices import Fit
from imgcheck.model.numbers import Home, Key, Resource

Status: TypeAlias = Literal["new", "gone", "grown", "shrunk", "moved", "renamed"]


class Thing(NamedTuple):
    """Everything measured of one key: bytes in the image, in RAM and in the OTA file."""

    key: Key
    name: str
    flash: int = 0
    ram: int = 0
    ota: int = 0
    home: Home | None = None

    def size(self, resource: Resource) -> int:
        """Its bytes of one resource."""
        return self.flash if resource == "flash" else self.ram if resource == "ram" else self.ota


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One build's sizes, without the build: what two builds are compared by.

    `flash` is the image's bytes, `ram` what its regions use (None: an image alone does not say), `ota` those
    of the OTA file (None: not known). In each kind of `things` but pool and feature the sizes add up to them;
    those of `ota` where `priced`.
    """

    name: str  # of the file that it was read from, as the user knows it
    title: str
    provenance: Provenance
    fits: tuple[Fit, ...]
    verdict: str
    flash: int
    ram: int | None
    ota: int | None
    heap: int | None
    priced: bool
    things: Mapping[str, tuple[Thing, ...]] = field(default_factory=dict)  # by kind


class Delta(NamedTuple):
    """What one thing takes of one resource before and after."""

    kind: str
    key: Key  # the new build's; of what is gone, the old one's
    name: str
    resource: Resource
    old: int
    new: int
    status: Status
    was: Key | None = None  # the old build's key, where it is another one

    @property
    def difference(self) -> int:
        """How much it grew."""
        return self.new - self.old


class Forecast(NamedTuple):
    """When one slot of one layout is full.

    Sizes are bytes; `left`, `low` and `high` releases, None: no end in sight. `first` is the name of the
    first release that does not fit, as far as the names so far tell it, and `date` about when that is.
    """

    layout: str
    slot: str
    limit: int
    size: int
    per_release: float
    left: int | None
    low: int | None
    high: int | None
    first: str
    date: datetime | None
    releases: int  # that the growth was taken from


@dataclass(frozen=True, slots=True)
class Difference:
    """Two builds compared; for each kind and resource the deltas add up to the totals' difference."""

    old: Snapshot
    new: Snapshot
    deltas: tuple[Delta, ...]
    changed_by: tuple[str, ...]  # what explains more than a list of deltas
    noise: tuple[tuple[Resource, int], ...] = ()  # differences of totals that mean nothing, and their floor

    def total(self, resource: Resource) -> int | None:
        """How much the whole grew, None where one of the builds does not say."""
        sizes = [
            one.flash if resource == "flash" else one.ram if resource == "ram" else one.ota
            for one in (self.old, self.new)
        ]
        old, new = sizes
        return None if old is None or new is None else new - old
