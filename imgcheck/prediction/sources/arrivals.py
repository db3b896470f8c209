"""What do the functions and tables of a file use and define anew when features go, and what still?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple, TypeVar

from imgcheck.prediction.sources import arithmetic, extents
from imgcheck.prediction.sources.declarators import identifier
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.storage import Room, rooms
from imgcheck.prediction.sources.structure import Uses


class Arrivals(NamedTuple):
    """What comes in, by function (`Class::method`), array or other object with an initialiser.

    `appeared` is what each uses anew, what its arithmetic needs of the compiler's library included, `still`
    what those of which code goes use all the same.
    `replaced` are those that others take the place of, with the tokens of both; `fresh` those that were
    not there, with theirs, `shared` the functions among these that other files may refer to. `texts` are the
    strings that each has anew, `rooms` what variables among the fresh take.
    """

    appeared: Mapping[str, frozenset[str]] = {}
    still: Mapping[str, frozenset[str]] = {}
    replaced: Mapping[str, tuple[int, int]] = {}
    fresh: Mapping[str, int] = {}
    texts: Mapping[str, frozenset[bytes]] = {}
    rooms: Mapping[str, Room] = {}
    shared: frozenset[str] = frozenset()


NOTHING = Arrivals()
_NO_TYPES = frozenset({"return", "else", "do", "case", "goto", "sizeof", "throw", "new", "delete", "in"})
_OWN = frozenset({"static", "inline", "__inline", "__inline__", "weak", "__weak__"})
T = TypeVar("T")
Used = Mapping[str, frozenset[str]]


def found(
    both: tuple[list[Visit], list[Visit]],
    after: Sequence[Visit],
    used: tuple[Used, Used],
    wide: int,
) -> Arrivals:
    """The arrivals of a file of which `both` are lost and gained; `used` is what owners use before, after.

    `wide` is the size of a `long double` in bytes.
    """
    lost, gained = both
    was, now = used
    # Of a block both lists may hold uses that are equal: those neither go nor come.
    lost, gained = _others(lost, gained), _others(gained, lost)
    there = frozenset(name for visit in lost for name in visit.uses.definitions)
    here = frozenset(name for visit in gained for name in visit.uses.definitions)
    return Arrivals(
        appeared=united(_appeared(gained, here, was, now), arithmetic.arriving(lost, gained, after)),
        still=_still(lost, gained, now),
        replaced=_replaced(lost, gained, there & here),
        fresh=extents.tokens(gained, here - there) if here - there else {},
        texts=_texts(lost, gained),
        rooms=rooms(after, here - there, wide) if here - there else {},
        shared=_shared(gained, here - there),
    )


def _shared(gained: Iterable[Visit], names: frozenset[str]) -> frozenset[str]:
    heads = [visit.uses.heads for visit in gained if names]
    return frozenset(
        name
        for each in heads
        for name in names & each.keys()
        if "(" in each[name] and _OWN.isdisjoint(each[name])
    )


def _others(visits: Iterable[Visit], same: Iterable[Visit]) -> list[Visit]:
    by_block: dict[int, list[Uses]] = {}
    for visit in same:
        by_block.setdefault(visit.block, []).append(visit.uses)
    return [visit for visit in visits if visit.uses not in by_block.get(visit.block, ())]


def merged(one: Arrivals, other: Arrivals) -> Arrivals:
    """Those of a header as two sources see it."""
    if other in (NOTHING, one):
        return one
    return Arrivals(
        appeared=united(one.appeared, other.appeared),
        still=united(one.still, other.still),
        replaced={**other.replaced, **one.replaced},
        fresh={**other.fresh, **one.fresh},
        texts=united(one.texts, other.texts),
        rooms={**other.rooms, **one.rooms},
        shared=one.shared | other.shared,
    )


def meant(visit: Visit, names: frozenset[str]) -> frozenset[str]:
    """Those of `names` that a block uses as what they are elsewhere: it declares no variable of that name."""
    return names - {
        name
        for before, name in pairwise(visit.tokens)
        if name in names and identifier(before) and before not in _NO_TYPES
    }


def _appeared(gained: Iterable[Visit], defined: Set[str], was: Used, now: Used) -> dict[str, frozenset[str]]:
    """What is called, handed over, defined or in a table anew; other names are mostly those of variables."""
    appeared: dict[str, frozenset[str]] = {}
    for visit in gained:
        news = {
            owner: new
            for owner, names in visit.uses.names.items()
            if (new := names & now[owner] - was[owner])
        }
        if not news:
            continue  # most blocks, and a table of a thousand lines is read twice for this
        every = frozenset().union(*news.values())
        known = _handed(visit, every) | defined
        clear = meant(visit, every) | defined
        for owner, new in news.items():
            if more := clear & (new if owner in visit.uses.elements else new & known):
                appeared[owner] = appeared.get(owner, frozenset()) | more
    return appeared


def _handed(visit: Visit, names: frozenset[str]) -> set[str]:
    """Those of `names` that a block calls or hands over."""
    tokens, found = visit.tokens, set[str]()
    for name in names:
        at = -1
        with suppress(ValueError):
            while name not in found:
                at = tokens.index(name, at + 1)
                after = tokens[at + 1] if at + 1 < len(tokens) else ""
                if after == "(" or (after in {")", ","} and at and tokens[at - 1] in {"(", ","}):
                    found.add(name)
    return found


def _still(lost: Iterable[Visit], gained: Iterable[Visit], now: Used) -> dict[str, frozenset[str]]:
    """What owners that lose code use after it; what only a variable of that name is afterwards is not.

    The compiler takes addresses early: those of a table that stays may belong to a line that goes.
    """
    still = {owner: now[owner] for visit in lost for owner in visit.uses.names}
    for visit in gained:
        if owners := still.keys() & visit.uses.names.keys():
            clear = meant(visit, frozenset().union(*map(still.__getitem__, owners)))
            still.update((owner, still[owner] & clear) for owner in owners)
    return {owner: names for owner, names in still.items() if names}


def _texts(lost: Iterable[Visit], gained: Iterable[Visit]) -> dict[str, frozenset[bytes]]:
    """The strings that owners have in what comes, and not in what goes."""
    there: dict[str, set[bytes]] = {}
    for visit in lost:
        for owner, texts in visit.uses.strings.items():
            there.setdefault(owner, set()).update(texts)
    found: dict[str, frozenset[bytes]] = {}
    for visit in gained:
        for owner, texts in visit.uses.strings.items():
            if new := frozenset(texts) - there.get(owner, set()):
                found[owner] = found.get(owner, frozenset()) | new
    return found


def _replaced(
    lost: Iterable[Visit], gained: Iterable[Visit], names: frozenset[str]
) -> dict[str, tuple[int, int]]:
    if not names:
        return {}
    was, now = extents.tokens(lost, names), extents.tokens(gained, names)
    return {name: (was[name], now[name]) for name in names}


def united(one: Mapping[str, frozenset[T]], other: Mapping[str, frozenset[T]]) -> dict[str, frozenset[T]]:
    """What both say of each owner."""
    return {key: one.get(key, frozenset()) | other.get(key, frozenset()) for key in {*one, *other}}
