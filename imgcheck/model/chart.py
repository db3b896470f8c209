"""A size over time, ready to be drawn."""

from __future__ import annotations

from typing import NamedTuple


class Mark(NamedTuple):
    """A change out of proportion: the place of its build among the builds, and what it is called."""

    at: int
    label: str
    grown: bool


class Chart(NamedTuple):
    """What is drawn, in bytes: `names` has one for each size, `limits` are (name, bytes) from below.

    `fan` goes on after the last size: (low, middle, high) of each release to come.
    """

    title: str
    note: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    limits: tuple[tuple[str, int], ...]
    marks: tuple[Mark, ...]
    fan: tuple[tuple[int, int, int], ...] = ()
