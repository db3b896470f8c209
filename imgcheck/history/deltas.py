"""Who grew? What each thing takes in two builds, adding up to the difference of the totals to the byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter

from imgcheck.errors import ImgcheckError
from imgcheck.history import causes, pairing, snapshots
from imgcheck.history.matching import Pair
from imgcheck.model import RESOURCES, Delta, Difference, Key, Resource, Snapshot, Status, Thing

# Rows that stand for what has no thing of its own.
ELSEWHERE: Mapping[str, str] = {"pool": "[no string pool]", "feature": "[no one feature]"}
DRIFT = "[packed differently]"  # OTA bytes of what did not change itself
UNPRICED = "[not priced]"  # OTA bytes that one of the builds does not divide

_FIELD = {resource: Thing._fields.index(resource) for resource in RESOURCES}
_TOLD = slice(max(_FIELD.values()) + 1)  # the key and all sizes
_LEAST_PRICE = 16  # OTA bytes of a thing of the same size: below, its neighbours changed, not it
NOISE: Mapping[Resource, int] = {"ota": 100}  # what a packer makes of 20 other bytes; see docs/diff.md


def compare(old: Snapshot, new: Snapshot) -> Difference:
    """Everything that differs; nothing for the same build twice.

    Raises ImgcheckError if the deltas of a kind should not add up, whatever the reason.
    """
    whole = (old, new)
    old, new = snapshots.alike(old, new)
    pairs = pairing.pair(old, new)
    found: list[Delta] = []
    for kind, made in pairs.items():
        if kind == "feature" and not all(kind in one.things for one in (old, new)):
            continue  # nobody asked what they cost in one of the builds: that makes none of them new
        changed = [one for one in made if not _same(one)]
        for resource in RESOURCES:
            before, after = _total(old, resource), _total(new, resource)
            if before is None or after is None:
                continue
            mine = list(_deltas(kind, changed, resource, (old, new)))
            grown = sum(delta.difference for delta in mine)
            if grown != after - before:
                raise ImgcheckError(
                    f"internal error: the {resource} deltas of kind {kind} add up to {grown}, "
                    f"the totals to {after - before}"
                )
            found += sorted(mine, key=lambda delta: (-abs(delta.difference), delta.key))
    noise = tuple(
        (resource, floor)
        for resource, floor in NOISE.items()
        if (difference := _difference(old, new, resource)) and abs(difference) < floor
    )
    return Difference(*whole, tuple(found), causes.explain(*whole), noise)


def _total(one: Snapshot, resource: Resource) -> int | None:
    return one.flash if resource == "flash" else one.ram if resource == "ram" else one.ota


def _difference(old: Snapshot, new: Snapshot, resource: Resource) -> int | None:
    before, after = _total(old, resource), _total(new, resource)
    return None if before is None or after is None else after - before


def _same(made: Pair) -> bool:
    """Whether a pair is the same thing of the same sizes, as nearly all are."""
    return len(made.old) == len(made.new) == 1 and made.old[0][_TOLD] == made.new[0][_TOLD]


def _deltas(
    kind: str, pairs: Iterable[Pair], resource: Resource, builds: tuple[Snapshot, Snapshot]
) -> Iterator[Delta]:
    """What became of each pair that is not the same, and of the bytes that no thing of the kind has."""
    totals = [_total(one, resource) or 0 for one in builds]
    if resource == "ota" and not all(one.priced for one in builds):
        yield from _rest(kind, UNPRICED, resource, *totals)
        return
    at = _FIELD[resource]
    drift = [0, 0]
    for made in pairs:
        old, new = _size(made.old, at), _size(made.new, at)
        status = _status(made, old, new)
        if resource == "ota" and status in ("grown", "shrunk") and _only_packed(made, new - old):
            drift[0] += old
            drift[1] += new
        elif status is not None:
            yield _delta(kind, made, resource, (old, new), status)
    yield from _rest(kind, DRIFT, resource, *drift)
    rest = [total - _size(one.things.get(kind, ()), at) for total, one in zip(totals, builds, strict=True)]
    yield from _rest(kind, ELSEWHERE.get(kind, "[remainder]"), resource, *rest)


def _size(things: Iterable[Thing], at: int) -> int:
    return sum(map(itemgetter(at), things))  # by position: there are a hundred thousand of these


def _rest(kind: str, name: str, resource: Resource, old: int, new: int) -> Iterator[Delta]:
    if old != new:
        yield Delta(
            kind=kind,
            key=Key(kind, "", "", name),
            name=name,
            resource=resource,
            old=old,
            new=new,
            status=_sign(old, new),
        )


def _delta(kind: str, made: Pair, resource: Resource, sizes: tuple[int, int], status: Status) -> Delta:
    shown = (made.new or made.old)[0]
    was = made.old[0].key if made.old and made.new and made.old[0].key != shown.key else None
    old, new = sizes
    return Delta(kind, shown.key, shown.name, resource, old=old, new=new, status=status, was=was)


def _status(made: Pair, old: int, new: int) -> Status | None:
    """What became of a pair in one resource; None when there is nothing to say.

    Things of a renamed file are not listed for that: the file is.
    """
    if not old and not new:
        return None
    if not made.old or not made.new:
        return "new" if not made.old else "gone"
    before, after = made.old[0].key, made.new[0].key
    if made.elsewhere:
        return "moved"
    if before.name != after.name:
        return "renamed"
    if before != after and before.kind == "object":
        return "moved"
    return _sign(old, new) if old != new else None


def _sign(old: int, new: int) -> Status:
    return "grown" if new > old else "shrunk"


def _only_packed(made: Pair, difference: int) -> bool:
    """Whether only the price differs, and by little: the packer looks back over 32 KiB of neighbours."""
    before, after = (tuple(_sizes(side)) for side in (made.old, made.new))
    return before == after and abs(difference) < _LEAST_PRICE


def _sizes(side: Iterable[Thing]) -> Iterator[int]:
    things = tuple(side)
    yield sum(thing.flash for thing in things)
    yield sum(thing.ram for thing in things)
