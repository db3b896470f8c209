"""How many elements, cases and initialisers does a file have of each, before and after a change?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from imgcheck.prediction.sources.reading import Visit


class Counts(NamedTuple):
    """How many there are of what a function's tables without a name are made of, before and after."""

    cases: tuple[int, int]
    listed: tuple[int, int]  # between the braces of its initialisers


def counted(
    before: list[Visit], after: list[Visit], differing: Iterable[Visit]
) -> dict[str, tuple[int, int]]:
    """The initialisers of each array before and after, where their number is another."""
    named = sorted({name for visit in differing for name in visit.uses.elements})
    counts = {name: (_elements(before, name), _elements(after, name)) for name in named}
    return {name: both for name, both in counts.items() if both[0] != both[1]}


def numbered(before: list[Visit], after: list[Visit], differing: Iterable[Visit]) -> dict[str, Counts]:
    """What functions have of cases and of initialisers, where that is another number."""
    found: dict[str, Counts] = {}
    for owner in sorted({owner for one in differing for owner in (*one.uses.cases, *one.uses.listed)}):
        was, now = (
            (
                sum(one.uses.cases.get(owner, 0) for one in side),
                sum(one.uses.listed.get(owner, 0) for one in side),
            )
            for side in (before, after)
        )
        if was != now:
            found[owner] = Counts(*zip(was, now, strict=True))
    return found


def _elements(visits: list[Visit], name: str) -> int:
    """How many elements an array has: those that are listed, or as many as the number of one asks for."""
    listed = sum(visit.uses.elements.get(name, 0) for visit in visits)
    return max(listed, max((visit.uses.reach.get(name, 0) for visit in visits), default=0))
