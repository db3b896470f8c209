"""What explains more than a list of deltas: another compiler, other flags, another policy, other archives?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from imgcheck.model import Snapshot, Thing

_NUMBERS = re.compile(r"[0-9].*")
_RELAXED, _RELAXED_SHARE = 16, 0.1  # bytes of a function that change with where it and its callees lie
_SHOWN = 6  # of a list of names
_COARSE = {"binary": "as an image alone", "sections": "by its sections only", "symbols": "without a link map"}


def explain(old: Snapshot, new: Snapshot) -> tuple[str, ...]:
    """One sentence per cause, the one that explains most first; each begins with what it is, and a colon."""
    return tuple(_explain(old, new))


def _explain(old: Snapshot, new: Snapshot) -> Iterator[str]:
    before, after = old.provenance, new.provenance
    if before.target != after.target:
        yield f"target: {before.target} -> {after.target}"
    if before.detail != after.detail:
        for one, which in ((before, "old"), (after, "new")):
            if one.detail != "map":
                yield f"detail: the {which} build was read {_COARSE[one.detail]}"
    gone, fresh = _other_compilers(before.compilers, after.compilers)
    if gone or fresh:
        yield f"compiler: {_some(gone) or 'none'} -> {_some(fresh) or 'none'}"
    # What a snapshot does not say is not known, which is no change.
    if before.flags and after.flags and before.flags != after.flags:
        gone, fresh = _lost(before.flags, after.flags), _lost(after.flags, before.flags)
        yield f"flags: {_some(gone) or 'none'} -> {_some(fresh) or 'none'}"
    if before.lto != after.lto:
        yield f"lto: link-time optimisation is {'on' if after.lto else 'off'} now"
    if before.components and after.components and before.components != after.components:
        yield f"policy: {before.policy} -> {after.policy}, which divides the firmware into other components"
    elif before.policy and after.policy and before.policy != after.policy:
        yield f"policy: {before.policy} -> {after.policy}"
    layouts = [[fit.name for fit in one.fits] for one in (old, new)]
    if all(layouts) and sorted(layouts[0]) != sorted(layouts[1]):
        gone, fresh = _lost(layouts[0], layouts[1]), _lost(layouts[1], layouts[0])
        yield f"layouts: {_some(gone) or 'none'} -> {_some(fresh) or 'none'}"
    if before.detail == after.detail == "map":
        prebuilt = _prebuilt(old, new)
        if prebuilt:
            yield f"archives: {_some(prebuilt)} came prebuilt, and another one"
    yield from _features(old, new)


def _other_compilers(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """What replaced what: a language that only one build has is no other compiler.

    "GNU C11 12.2.0" and "GNU C17 13.1.0" are of one family, "GNU C++17 12.2.0" is of another.
    """
    if not before or not after:
        return [], []
    families = [{_NUMBERS.sub("", name) for name in names} for names in (before, after)]
    shared = families[0] & families[1]
    if not shared:
        return list(before[:1]), list(after[:1])
    gone, fresh = _lost(before, after), _lost(after, before)
    before, after = ([one for one in names if _NUMBERS.sub("", one) in shared] for names in (gone, fresh))
    return list(before), list(after)


def _prebuilt(old: Snapshot, new: Snapshot) -> list[str]:
    """Archives of which no source is known in either build, with functions or data of other sizes."""
    before, after = old.things.get("symbol", ()), new.things.get("symbol", ())
    compiled = {"", *(thing.key.archive for thing in chain(before, after) if _has_source(thing))}
    known = {
        thing.key: thing
        for thing in before
        # Pools are merged with those of others, and what lies in no archive is no archive's.
        if thing.key.archive
        and thing.key.archive not in compiled
        and thing.key.name[:1] not in ("", "[", ".")
    }
    # What else is linked of an archive depends on who asks; what is linked of both is the archive's.
    both = ((was, thing) for thing in after if (was := known.get(thing.key)))
    return sorted({was.key.archive for was, thing in both if _other(was, thing)})


def _other(before: Thing, after: Thing) -> bool:
    """Whether two things of one name were made of other sources: code differs as far as it was relaxed."""
    was, now = before.flash + before.ram, after.flash + after.ram
    if was == now:  # as nearly all are
        return False
    code = bool(before.home and before.home.section.startswith(".text"))
    return not code or abs(now - was) > max(_RELAXED, max(was, now) * _RELAXED_SHARE)


def _has_source(thing: Thing) -> bool:
    """Whether DWARF names its source; the symbol table's bare file names are in every library."""
    return thing.home is not None and "/" in thing.home.source


def _features(old: Snapshot, new: Snapshot) -> Iterator[str]:
    if "feature" not in old.things or "feature" not in new.things:
        return
    names = [[thing.name for thing in one.things["feature"]] for one in (old, new)]
    gone, fresh = _lost(names[0], names[1]), _lost(names[1], names[0])
    if gone:
        yield f"features: {_some(gone)} off now"
    if fresh:
        yield f"features: {_some(fresh)} on now"


def _lost(one: Sequence[str], other: Sequence[str]) -> list[str]:
    known = frozenset(other)
    return [name for name in dict.fromkeys(one) if name not in known]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
