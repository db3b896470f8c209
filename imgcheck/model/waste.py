"""Bytes that nobody would miss, and features that are on by a slip."""

from __future__ import annotations

from typing import Literal, NamedTuple

from imgcheck.model.places import Location


class Waste(NamedTuple):
    """Bytes that a build could do without, by name, and no feature lost."""

    kind: Literal["ram-constants", "ram-data", "strings", "tables", "kept", "unread", "double", "text"]
    name: str  # stable from build to build
    flash: int
    ram: int
    owners: tuple[str, ...]  # objects that hold it, or that ask for it
    detail: str = ""
    places: tuple[tuple[int, int], ...] = ()  # run address and bytes of what could go


class Slip(NamedTuple):
    """A `#define` that its guard no longer guards: the guard's two lines are commented out."""

    macro: str
    guard: str  # the guard as written, without the comment marks
    location: Location  # of the #define
    guard_line: int
    end_line: int
