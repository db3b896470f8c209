"""Which thing of the new build is which of the old one? From strict to lax; what is left is new or gone.

The order of the builds makes no difference: pairing(b, a) holds the pairs of pairing(a, b) turned round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from imgcheck.history import resemblance, symbolnames
from imgcheck.history.matching import Class, Left, Pair, classes
from imgcheck.model import OURS, Key, Snapshot, Thing

_Place = tuple[str, str]  # archive, object
_SMALLEST_RENAME = 8  # bytes: smaller things of one size are too many to mean anything


def pair(old: Snapshot, new: Snapshot) -> dict[str, list[Pair]]:
    """The pairs of each kind that one of the builds has; every thing is in exactly one pair."""
    found: dict[str, list[Pair]] = {}
    kinds = [*old.things, *(kind for kind in new.things if kind not in old.things)]
    objects = _objects(old, new)
    for kind in kinds:
        left = _left(old, new, kind)
        if kind == "object":
            found[kind] = objects
        elif kind == "archive":
            _archives(left, objects)
            found[kind] = left.done()
        elif kind not in ("symbol", "pool"):
            found[kind] = left.done()
    names = _renamed_places(objects)
    if "symbol" in kinds:
        found["symbol"] = _symbols(_left(old, new, "symbol"), names)
    if "pool" in kinds:
        found["pool"] = _pools(_left(old, new, "pool"), names, found.get("symbol", []))
    return found


def _left(old: Snapshot, new: Snapshot, kind: str) -> Left:
    before, after = old.things.get(kind, ()), new.things.get(kind, ())
    found = {thing.key: thing for thing in after}
    left = Left((), ())
    for thing in before:
        same = found.pop(thing.key, None)
        if same is None:
            left.old[thing.key] = thing
        else:
            left.pairs.append(Pair((thing,), (same,)))
    left.new = found
    return left


# --- files ------------------------------------------------------------------------------------------


def _objects(old: Snapshot, new: Snapshot) -> list[Pair]:
    """Objects; a renamed one is known by what is in it, wherever its folder or archive went."""
    left = _left(old, new, "object")
    if left.old and left.new:
        inside = [_contents(one, side) for one, side in ((old, left.old), (new, left.new))]
        left.best(
            (share, left.old[a], left.new[b]) for a, b, share in resemblance.of_contents(inside[0], inside[1])
        )
        left.by(_object_name, _object_name, alike=_sizes)
    return left.done()


def _contents(one: Snapshot, wanted: Mapping[Key, Thing]) -> dict[Key, dict[str, int]]:
    """The symbols of each wanted object, by their names in the source, with their bytes."""
    places = {_place(key): key for key in wanted}
    found: dict[Key, dict[str, int]] = {key: {} for key in wanted}
    for thing in one.things.get("symbol", ()):
        key = places.get(_place(thing.key))
        if key is not None and not _nameless(thing):
            name = symbolnames.plain(thing.key.name)
            found[key][name] = found[key].get(name, 0) + thing.flash + thing.ram
    return found


def _archives(left: Left, objects: Iterable[Pair]) -> None:
    """An archive is where most of its objects' bytes went."""
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for made in objects:
        if made.old and made.new:
            before, after = made.old[0], made.new[0]
            bytes_ = min(before.flash + before.ram, after.flash + after.ram)
            shared[before.key.archive, after.key.archive] += bytes_
    by_name = [{thing.name: thing for thing in side.values()} for side in (left.old, left.new)]
    left.best(
        (2 * bytes_ / max(1, sum(a.flash + a.ram for a in (old, new))), old, new)
        for (before_name, after_name), bytes_ in shared.items()
        if (old := by_name[0].get(before_name)) and (new := by_name[1].get(after_name))
        if 2 * 2 * bytes_ > sum(a.flash + a.ram for a in (old, new))
    )


def _renamed_places(objects: Iterable[Pair]) -> dict[_Place, _Place]:
    """What the place of each old object is called in the new build, where it is called otherwise."""
    return {
        _place(made.old[0].key): _place(made.new[0].key)
        for made in objects
        if made.old and made.new and made.old[0].key != made.new[0].key
    }


# --- symbols ----------------------------------------------------------------------------------------


def _symbols(left: Left, names: Mapping[_Place, _Place]) -> list[Pair]:
    def here(thing: Thing) -> _Place:  # of an old thing
        place = _place(thing.key)
        return names.get(place, place)

    def there(thing: Thing) -> _Place:
        return _place(thing.key)

    def with_place(name: Class) -> tuple[Class, Class]:
        return (lambda one: (here(one), name(one)), lambda one: (there(one), name(one)))

    if left.old and left.new:
        left.by(*with_place(_name))
        left.by(*with_place(_plain))
        left.best(resemblance.of_aliases(left.old.values(), left.new.values(), here, there))
        left.by(_own_name, _own_name, elsewhere=True, alike=_sizes)
        left.by(_own_plain, _own_plain, elsewhere=True, alike=_sizes)
        sections = classes(_large(left.old), _large(left.new), *with_place(_section))
        left.best(resemblance.of_names(sections))
    return _with_parts(left.done(), here, there)


def _with_parts(
    pairs: list[Pair], here: Callable[[Thing], _Place], there: Callable[[Thing], _Place]
) -> list[Pair]:
    """`foo.part.0` that only one build has belongs to the pair of `foo`: its code came from there."""
    lonely = [
        number
        for number, made in enumerate(pairs)
        if not (made.old and made.new) and symbolnames.splits_off((made.old or made.new)[0].key.name)
    ]
    if not lonely:
        return pairs
    wanted = {_plain((pairs[number].old or pairs[number].new)[0]) for number in lonely}
    homes: dict[Hashable, int] = {}
    named = [n for n, made in enumerate(pairs) if made.old and made.new and _plain(made.old[0]) in wanted]
    named += [n for n, made in enumerate(pairs) if made.old and made.new and _plain(made.new[0]) in wanted]
    for number in sorted(dict.fromkeys(named), key=lambda number: _first(pairs[number])):
        made = pairs[number]
        homes.setdefault((here(made.old[0]), _plain(made.old[0])), number)
        homes.setdefault((there(made.new[0]), _plain(made.new[0])), number)
    result: list[Pair | None] = [*pairs]
    for number in lonely:
        made = pairs[number]
        (thing,) = made.old or made.new
        place = here(thing) if made.old else there(thing)
        target = homes.get((place, _plain(thing)))
        whole = None if target is None else result[target]
        if target is not None and whole is not None:
            result[target] = whole._replace(old=whole.old + made.old, new=whole.new + made.new)
            result[number] = None
    return [made for made in result if made is not None]


# --- string pools -----------------------------------------------------------------------------------


def _pools(left: Left, names: Mapping[_Place, _Place], symbols: Iterable[Pair]) -> list[Pair]:
    """By owner, and where that is gone by content."""
    if not (left.old and left.new):
        return left.done()
    owners = {
        made.old[0].key[1:]: made.new[0].key[1:]
        for made in symbols
        if made.old and made.new and made.old[0].key != made.new[0].key
    }

    def here(thing: Thing) -> Hashable:
        place = _place(thing.key)
        return owners.get(thing.key[1:], (*names.get(place, place), thing.key.name))

    left.by(here, lambda thing: thing.key[1:])
    left.by(
        lambda thing: (names.get(_place(thing.key), _place(thing.key)), _plain(thing)),
        lambda thing: (_place(thing.key), _plain(thing)),
    )
    left.by(_text, _text, elsewhere=True)
    left.by(_own_plain, _own_plain, elsewhere=True, alike=_sizes)
    return left.done()


# --- what things are called ---------------------------------------------------------------------


def _place(key: Key) -> _Place:
    return key.archive, key.object


def _name(thing: Thing) -> str:
    return thing.key.name


def _plain(thing: Thing) -> str:
    return symbolnames.plain(thing.key.name)


def _section(thing: Thing) -> str:
    return thing.home.section if thing.home else ""


def _nameless(thing: Thing) -> bool:
    """Sections and bracket names: every object has them."""
    return thing.key.name[:1] in ("", ".") or thing.key.name in OURS or thing.key.name == "COMMON"


def _own_name(thing: Thing) -> str | None:
    return None if _nameless(thing) else thing.key.name


def _own_plain(thing: Thing) -> str | None:
    return None if _nameless(thing) else symbolnames.plain(thing.key.name)


def _object_name(thing: Thing) -> str | None:
    return thing.key.object if thing.key.object and thing.key.object not in OURS else None


def _sizes(thing: Thing) -> Hashable:
    return thing.flash, thing.ram


def _text(thing: Thing) -> Hashable:
    content = thing.home.content if thing.home else ""
    return (content, thing.flash) if content and thing.flash >= _SMALLEST_RENAME else None


def _large(things: Mapping[Key, Thing]) -> Sequence[Thing]:
    return [one for one in things.values() if one.flash + one.ram >= _SMALLEST_RENAME and not _nameless(one)]


def _first(made: Pair) -> tuple[bool, list[Key]]:
    """Orders pairs: those called as in the source before clones, and the same whichever build is old."""
    keys = sorted(thing.key for thing in (*made.old, *made.new))
    return all(symbolnames.plain(key.name) != key.name for key in keys), keys
