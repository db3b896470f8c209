"""How full: does this build fit the slots that a layout gives the device, and how much is left?

OpenBeken's comparisons (hal_ota_bl602.c): the unpacked image must not exceed the slot that the device runs
from (:268, equality fits); the OTA body must stay below the other slot's size (:263, equality is refused).
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from imgcheck.devices.soundness import application
from imgcheck.errors import UndecidedError
from imgcheck.model import Fit, Layout, Slot, Soc


class Limits(NamedTuple):
    """The largest sizes in bytes that a layout takes; `body` is None without a second slot: no OTA."""

    binary: int
    unpacked: int
    body: int | None


def slots(layout: Layout, active: int = 0) -> tuple[int, int]:
    """Sizes of the slot that the device runs from and of the other one; 0 is a slot that is not there.

    `active` is the table's activeIndex: 0 after every XZ update, 1 after a RAW one.
    Raises UndecidedError for a layout without an application partition.
    """
    firmware = application(layout)
    if firmware is None:
        raise UndecidedError(
            f"layout {layout.name} has no application partition (type 0) to fit anything into"
        )
    sizes = (max(firmware.size0, 0), max(firmware.size1, 0))
    return sizes if active == 0 else (sizes[1], sizes[0])


def limits(layout: Layout, soc: Soc, active: int = 0) -> Limits:
    """What a build may have at most: its .bin, header page and padded image together, and the OTA body."""
    running, other = slots(layout, active)
    image = running - soc.header_bytes
    binary = max(image - image % soc.image_alignment, 0)
    return Limits(binary, running, other - 1 if other else None)


def fits(layout: Layout, unpacked: int, body: int | None, active: int = 0) -> Fit:
    """The verdict of one layout on an image of `unpacked` bytes whose OTA body has `body` bytes.

    Without a body only the running slot is judged. A layout without a second slot takes no OTA at all: its
    limit for the body is 0 and nothing fits. Raises UndecidedError as `slots`.
    """
    running, other = slots(layout, active)
    judged = [Slot("unpacked", unpacked, running, running - unpacked)]
    if body is not None:
        limit = max(other - 1, 0)
        judged.append(Slot("body", body, limit, limit - body))
    takes_update = other > 0 and all(slot.headroom >= 0 for slot in judged)
    binding = min(judged, key=_relative)
    # Without a second slot it is that which stops the update, however little is left in the first.
    stopped = other == 0 and binding.headroom >= 0
    return Fit(layout.name, takes_update, "body" if stopped else binding.name, tuple(judged))


def worst(fits: Iterable[Fit]) -> Fit | None:
    """The layout that decides: one that does not fit before any that does, then the least share left."""
    return min(fits, key=lambda fit: (fit.fits, min(map(_relative, fit.slots))), default=None)


def _relative(slot: Slot) -> Fraction:
    return Fraction(slot.headroom, max(slot.limit, 1))
