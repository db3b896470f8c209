"""The devices in the field: partition tables, and how a build fits them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from imgcheck.model.places import Location


@dataclass(frozen=True, slots=True)
class Partition:
    """One entry of a partition table: address and size for each of its two copies (0, 0: absent)."""

    name: str
    type: int
    address0: int
    size0: int
    address1: int
    size1: int
    location: Location | None = None
    device: int = 0
    active: int = 0
    length: int = 0
    age: int = 0
    lines: tuple[tuple[str, int], ...] = ()  # (key, its line), where the source has lines

    @property
    def copies(self) -> tuple[tuple[int, int, int], ...]:
        """Number, address and size of each copy that there is."""
        both = ((0, self.address0, self.size0), (1, self.address1, self.size1))
        return tuple(copy for copy in both if copy[2] > 0)

    def place(self, key: str) -> Location | None:
        """Where `key` of it stands, or the partition itself."""
        line = dict(self.lines).get(key, 0)
        return Location(self.location.path, line) if self.location and line else self.location


@dataclass(frozen=True, slots=True)
class Layout:
    """One partition table as it lies in devices."""

    name: str
    flash_size: int
    partitions: tuple[Partition, ...]
    summary: str = ""  # who writes this table, in one line
    location: Location | None = None
    tables: tuple[int, ...] = ()  # flash offsets of the table's copies
    target: str = ""  # name of the target that it is for; "" the default one


SMALLEST_FLASH = 1 << 20


def flash_size(partitions: Iterable[Partition]) -> int:
    """The flash that a table was made for: the smallest usual size in which every partition starts."""
    last = max((start for entry in partitions for _, start, _ in entry.copies), default=0)
    return max(SMALLEST_FLASH, 1 << min(last, 0xFFFFFFFF).bit_length())


SlotName = Literal["unpacked", "body"]
UNPACKED: Final = "unpacked"  # what the device runs from: header page and padded image
BODY: Final = "body"  # what goes over the air, without its header
SLOTS: Mapping[str, str] = MappingProxyType({UNPACKED: "unpacked image", BODY: "OTA body"})  # for people
SLOT_RESOURCES: Mapping[str, Literal["flash", "ota"]] = MappingProxyType({UNPACKED: "flash", BODY: "ota"})


class Slot(NamedTuple):
    """One limit of a layout against one size of the build; `headroom` < 0 does not fit."""

    name: SlotName
    size: int
    limit: int  # the largest size that the device takes (a strict comparison is one less than the slot)
    headroom: int
    state: Literal["", "good", "near", "over"] = ""  # "" until it is judged with the policy's reserve


class Fit(NamedTuple):
    """One layout's verdict; `binding` names the slot with the least headroom relative to its limit."""

    name: str
    fits: bool
    binding: str
    slots: tuple[Slot, ...]
