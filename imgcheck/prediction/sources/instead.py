"""What does an `#else` bring in that went with the lines before it: another name, a call, a string?

Where a function's head stands in both branches, with a name in each, the body is compiled either way and
belongs to the other one. And what both branches call or say, the function around them goes on to use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from imgcheck.prediction.sources.arrivals import meant, united
from imgcheck.prediction.sources.reading import Visit


class Instead(NamedTuple):
    """What the code that is compiled only afterwards has.

    `renamed` has functions that are not defined any more, with the one that their body then belongs to;
    `names` and `strings` what functions and objects use in lines that were not compiled before.
    """

    renamed: Mapping[str, str] = {}
    names: Mapping[str, frozenset[str]] = {}
    strings: Mapping[str, frozenset[bytes]] = {}


NOTHING = Instead()


def found(before: Mapping[int, Visit], after: Mapping[int, Visit]) -> Instead:
    """What comes in one file; the visits are by block."""
    vanished = _defined(before) - _defined(after)
    renamed: dict[str, str] = {}
    for block in before.keys() & after if vanished else ():
        one, other = (visit.uses.names.keys() | visit.uses.strings for visit in (before[block], after[block]))
        was, now = one - other, other - one
        if len(was) == len(now) == 1 and was <= vanished:
            renamed.update(zip(was, now, strict=True))
    new = [after[block] for block in after.keys() - before]
    names: dict[str, frozenset[str]] = {}
    strings: dict[str, frozenset[bytes]] = {}
    for visit in new:
        clear = meant(visit, frozenset().union(*visit.uses.names.values()))
        for owner, used in visit.uses.names.items():
            names[owner] = names.get(owner, frozenset()) | used & clear
        for owner, texts in visit.uses.strings.items():
            strings[owner] = strings.get(owner, frozenset()) | frozenset(texts)
    return Instead(renamed, names, strings) if renamed or names or strings else NOTHING


def merged(one: Instead, other: Instead) -> Instead:
    """What comes in a header, as two sources see it."""
    if other in (NOTHING, one):
        return one
    return Instead(
        {**other.renamed, **one.renamed},
        united(one.names, other.names),
        united(one.strings, other.strings),
    )


def _defined(visits: Mapping[int, Visit]) -> frozenset[str]:
    return frozenset().union(*(visit.uses.definitions for visit in visits.values()))
