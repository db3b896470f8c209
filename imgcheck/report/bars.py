"""How full is each slot, and how is each flash divided, ready to be drawn?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from imgcheck.model import BODY, SLOTS, UNPACKED, Fit, Slot
from imgcheck.report.columns import share_text, size_text

if TYPE_CHECKING:
    from imgcheck.model import Flash

NEAR = 0.05  # of a limit: less room than that is nearly full, whatever the reserve
WIDTH = 1000  # of a flash in a drawing
_LABELS = {UNPACKED: "Unpacked", BODY: SLOTS[BODY]}
State = Literal["good", "near", "over"]
_SAID: dict[State, str] = {"good": "fits", "near": "nearly full", "over": "over"}  # of a layout


class Bar(NamedTuple):
    """One slot: words, and places out of 100."""

    slot: str
    label: str
    size: str
    limit: str
    left: str
    share: str
    state: State
    binds: bool
    filled: str
    mark: str  # where the limit is
    reserve: str  # where the reserve begins


class Card(NamedTuple):
    """One layout."""

    name: str
    state: State  # of its fullest slot
    said: str
    bars: tuple[Bar, ...]


class Stretch(NamedTuple):
    """A part of a flash in a drawing that is `WIDTH` wide."""

    title: str
    role: str
    x: str
    width: str
    filled: str  # "" for none


class Drawn(NamedTuple):
    """One flash."""

    name: str
    size: int
    strips: tuple[Stretch, ...]


def cards(fits: Sequence[Fit], reserve: int) -> tuple[Card, ...]:
    """A card for each layout."""
    found: list[Card] = []
    for fit in fits:
        bars = tuple(_bar(slot, slot.name == fit.binding, reserve) for slot in fit.slots)
        of = worst((fit,), reserve)
        found.append(Card(fit.name, of, _SAID[of], bars))
    return tuple(found)


def state(slot: Slot, reserve: int) -> State:
    """Between what fits and what does not lies what is nearly full."""
    if slot.headroom < 0 or slot.limit <= 0:
        return "over"
    return "near" if slot.headroom < max(reserve, slot.limit * NEAR) else "good"


def worst(fits: Sequence[Fit], reserve: int) -> State:
    """The worst state of all slots."""
    found = {state(slot, reserve) for fit in fits for slot in fit.slots}
    return "over" if "over" in found else "near" if "near" in found else "good"


def judged(fits: Sequence[Fit], reserve: int) -> tuple[Fit, ...]:
    """The layouts with the state of each slot in them."""
    return tuple(
        fit._replace(slots=tuple(slot._replace(state=state(slot, reserve)) for slot in fit.slots))
        for fit in fits
    )


def _bar(slot: Slot, binds: bool, reserve: int) -> Bar:
    longest = max(slot.size, slot.limit, 1)
    return Bar(
        slot=slot.name,
        label=_LABELS[slot.name],
        size=size_text(slot.size),
        limit=size_text(slot.limit),
        left=f"{size_text(abs(slot.headroom))} {'over' if slot.headroom < 0 else 'left'}",
        share=share_text(slot.size / slot.limit) if slot.limit > 0 else "no slot",
        state=state(slot, reserve),
        binds=binds,
        filled=f"{100 * slot.size / longest:.2f}",
        mark=f"{100 * max(slot.limit, 0) / longest:.2f}",
        reserve=f"{100 * max(slot.limit - reserve, 0) / longest:.2f}",
    )


def flash(one: Flash) -> Drawn:
    """A flash to scale."""
    scale = WIDTH / max(one.size, 1)

    def stretch(label: str, start: int, size: int, role: str, filled: int) -> Stretch:
        title = f"{label} at {start:#x}: {size_text(size)} bytes"
        if filled:
            over = filled - size
            title += f", {size_text(filled)} filled" + (f", {size_text(over)} over" if over > 0 else "")
        return Stretch(
            title,
            role,
            f"{start * scale:.2f}",
            f"{max(size * scale, 1):.2f}",
            f"{filled * scale:.2f}" if filled else "",
        )

    return Drawn(one.name, one.size, tuple(stretch(*strip) for strip in one.strips))
