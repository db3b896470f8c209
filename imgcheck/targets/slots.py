"""How large are the application's two slots, for a device that runs from one of them?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from imgcheck.errors import UndecidedError
from imgcheck.model import Layout, Partition


class Slots(NamedTuple):
    """Sizes of the slot that the device runs from and of the other one, 0 for one that is not there.

    `reach` is how far the other lies behind it, from start to start; 0 when it comes first or is not there.
    """

    running: int
    other: int
    reach: int


def slots(firmware: Partition | None, layout: str, active: int = 0) -> Slots:
    """The slots of the application partition of a layout, seen from copy `active`.

    UndecidedError when the layout has no such partition.
    """
    if firmware is None:
        raise UndecidedError(f"layout {layout} has no application partition, so nothing fits into it")
    both = ((firmware.address0, firmware.size0), (firmware.address1, firmware.size1))
    (start, size), (there, other) = both if active == 0 else both[::-1]
    return Slots(max(size, 0), max(other, 0), max(there - start, 0) if other > 0 else 0)


def places(firmware: Partition | None) -> tuple[int, int, int, int] | None:
    """Where both slots lie; None without an application partition."""
    if firmware is None:
        return None
    return firmware.address0, firmware.size0, firmware.address1, firmware.size1


def nearest(found: Sequence[Partition], known: Sequence[Layout]) -> Layout:
    """Of known layouts the first with the same slots, else with flash enough, else the first."""
    wanted = places(named(found, "app"))
    same = (one for one in known if wanted and places(named(one.partitions, "app")) == wanted)
    end = max((start + size for one in found for _, start, size in one.copies), default=0)
    enough = (one for one in known if end <= one.flash_size)
    return next(same, None) or next(enough, known[0])


def named(partitions: Sequence[Partition], name: str) -> Partition | None:
    """The partition of that name."""
    return next((one for one in partitions if one.name == name), None)
