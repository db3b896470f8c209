"""How full: does this build fit the slots that a layout gives the device, and how much is left?

The unpacked image must not exceed the slot that the device runs from; whether the OTA body may be as large as
the other slot is for the layout's target to say.
"""

from collections.abc import Iterable
from typing import NamedTuple

from imgcheck import targets
from imgcheck.model import BODY, UNPACKED, Fit, Layout, Partition, Slot
from imgcheck.targets.slots import Slots
from imgcheck.targets.slots import slots as of_partition


class Limits(NamedTuple):
    """The largest sizes in bytes that a layout takes; `body` is None without a second slot: no OTA."""

    binary: int
    unpacked: int
    body: int | None


def application(layout: Layout) -> Partition | None:
    """The partition that holds the application, as the layout's target looks it up."""
    return targets.of_layout(layout).application_partition(layout)


def slot_numbers(layout: Layout) -> dict[tuple[int, int], int]:
    """Which of the application's slots each (partition by position, number of its copy) is.

    A target may have both slots as the copies of one partition, or as two partitions that it knows by name.
    """
    firmware = application(layout)
    if firmware is None:
        return {}
    whole = any(one is firmware for one in layout.partitions)
    places = {(start, size): number for number, start, size in firmware.copies}
    return {
        (index, copy): copy if whole else places[(start, size)]
        for index, partition in enumerate(layout.partitions)
        for copy, start, size in partition.copies
        if (partition is firmware if whole else (start, size) in places)
    }


def slots(layout: Layout, active: int = 0) -> Slots:
    """The two slots, seen from the one that the device runs from; UndecidedError without an application.

    `active` is the table's activeIndex: 0 after every packed update, 1 after a raw one.
    """
    return of_partition(application(layout), layout.name, active)


def limits(layout: Layout, active: int = 0) -> Limits:
    """What a build may have at most: its .bin, header page and padded image together, and the OTA body."""
    running, other, _ = slots(layout, active)
    chip = targets.of_layout(layout).chip
    image = running - chip.header_bytes
    binary = max(image - image % chip.image_alignment, 0)
    return Limits(binary, running, _largest_body(layout, other) if other else None)


def _largest_body(layout: Layout, slot: int) -> int:
    return max(slot - targets.of_layout(layout).strict_body, 0)


def fits(layout: Layout, unpacked: int, body: int | None, active: int = 0) -> Fit:
    """The verdict of one layout on an image of `unpacked` bytes whose OTA body has `body` bytes.

    Without a body only the running slot is judged. A layout without a second slot takes no OTA at all: its
    limit for the body is 0 and nothing fits. Raises UndecidedError as `slots`.
    """
    running, other, _ = slots(layout, active)
    judged = [Slot(UNPACKED, unpacked, running, running - unpacked)]
    if body is not None:
        limit = _largest_body(layout, other)
        judged.append(Slot(BODY, body, limit, limit - body))
    takes_update = other > 0 and all(slot.headroom >= 0 for slot in judged)
    binding = min(judged, key=_relative)
    # Without a second slot it is that which stops the update, however little is left in the first.
    stopped = other == 0 and binding.headroom >= 0
    return Fit(layout.name, takes_update, BODY if stopped else binding.name, tuple(judged))


def worst(fits: Iterable[Fit]) -> Fit | None:
    """The layout that decides: one that does not fit before any that does, then the least share left."""
    judged = [fit for fit in fits if fit.slots]
    return min(judged, key=lambda fit: (fit.fits, min(map(_relative, fit.slots))), default=None)


def _relative(slot: Slot) -> int:
    """What is left as a share of the limit, times 2**128: shares of limits below 2**63 differ by more."""
    return (slot.headroom << 128) // max(slot.limit, 1)
