"""Which limits has what a history holds: the layouts of its platform, and the largest size that each takes?

A history knows a platform by the name that its release files have, not by its target. Where the firmware
keeps something inside of the slot for updates there are two limits: what fits, and what overwrites nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from imgcheck import targets
from imgcheck.devices import capacity, layouts
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.model import Layout
from imgcheck.model.devices import BODY, UNPACKED
from imgcheck.targets import assetnames
from imgcheck.targets.overair import OverAir
from imgcheck.targets.released import Opened, Room, judge
from imgcheck.targets.target import Target


class Limit(NamedTuple):
    """The largest size that a slot takes; `label` is the layout, with what more of it would overwrite."""

    label: str
    slot: str
    most: int


def tables(platform: str, variant: str, asked: Sequence[str]) -> tuple[Layout, ...]:
    """The layouts asked for, else those in the field.

    Raises UndecidedError for a platform whose slots are not known, and for a layout of another chip.
    """
    target = _target(platform)
    if not asked:
        if target is None:
            raise UndecidedError(f"imgcheck does not know the slots of {platform}")
        return target.field(variant, "") if isinstance(target, OverAir) else layouts.default(target)
    found = tuple(layouts.load(name) for name in asked)
    for one in found:
        owner = targets.of_layout(one)
        if platform and owner is not target and not (isinstance(target, OverAir) and target.applies(one)):
            raise UndecidedError(f"layout {one.name} is for a {owner.title}, the builds are of {platform}")
    return found


def is_of(platform: str, target: str) -> bool:
    """Whether builds of a platform run on what a target's do; a name of nobody's is the default target's."""
    found = _target(platform)
    return found is not None and found.name == target


def _target(platform: str) -> Target | None:
    """The target of a platform; None when its slots are not known, the default one for a name of nobody's."""
    for one in assetnames.PLATFORMS:
        if one.name.lower() == platform.lower():
            return targets.find(one.target) if one.target else None
    try:
        return targets.find(platform)
    except ImgcheckError:
        return targets.DEFAULT


def limits(layout: Layout, active: int = 0) -> tuple[Limit, ...]:
    """Every limit of a layout, the tightest of a slot first."""
    target = targets.of_layout(layout)
    if not isinstance(target, OverAir):
        slots = capacity.fits(layout, 0, 0, active).slots
        return tuple(Limit(layout.name, one.name, one.limit) for one in slots)
    rooms = target.rooms(layout, target.air[0])
    if not rooms:
        raise UndecidedError(f"layout {layout.name} has no slot for an update")
    most = min(room.most for room in rooms)
    whole = Limit(layout.name, BODY, most)
    kept, room = min((judge(Opened(0), room).limit or 0, at) for at, room in enumerate(rooms))
    runs = _runs(layout, rooms)
    if kept >= most:
        return (whole, *runs)
    lost = ", ".join(judge(Opened(kept + 1), rooms[room]).overwrites)
    return (Limit(f"{layout.name} before {lost}", BODY, kept), whole, *runs)


def _runs(layout: Layout, rooms: Sequence[Room]) -> tuple[Limit, ...]:
    """The largest image that may come out of an update, where that is known."""
    found = [(room.run_most, room.run_loses) for room in rooms if room.run_most]
    if not found:
        return ()
    most, lost = min(found)
    return (Limit(f"{layout.name} before {lost}" if lost else layout.name, UNPACKED, most),)
