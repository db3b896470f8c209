"""The devices in the field: partition tables, and how a build fits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

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


@dataclass(frozen=True, slots=True)
class Layout:
    """One partition table as it lies in devices."""

    name: str
    flash_size: int
    partitions: tuple[Partition, ...]
    summary: str = ""  # who writes this table, in one line
    location: Location | None = None
    tables: tuple[int, ...] = ()  # flash offsets of the table's copies


class Slot(NamedTuple):
    """One limit of a layout against one size of the build; `headroom` < 0 does not fit."""

    name: Literal["unpacked", "body"]
    size: int
    limit: int  # the largest size that the device takes (a strict comparison is one less than the slot)
    headroom: int


class Fit(NamedTuple):
    """One layout's verdict; `binding` names the slot with the least headroom relative to its limit."""

    name: str
    fits: bool
    binding: str
    slots: tuple[Slot, ...]
