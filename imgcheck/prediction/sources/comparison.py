"""What does a file lose between two walks through it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

from imgcheck.prediction.sources import (
    additions,
    arguments,
    arrivals,
    asserted,
    instead,
    invoked,
    redeclared,
    values,
)
from imgcheck.prediction.sources.arrivals import Arrivals
from imgcheck.prediction.sources.asserted import Checked
from imgcheck.prediction.sources.counting import Counts, counted, numbered
from imgcheck.prediction.sources.instead import Instead
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.redeclared import Redeclared
from imgcheck.prediction.sources.storage import Shape
from imgcheck.source import Source


class SourceChange(NamedTuple):
    """What one file loses. Identifiers count where code uses them: a declaration is no use.

    `removed_lines` are compiled before and not after, `added_lines` the reverse; a line that invokes a macro
    whose replacement changed is in both (in one only if the replacement is empty on the other side).
    `vanished` are identifiers that some code of the file used before and none does after, `vanished_in` the
    same for each function (`Class::method`), array or other object with an initialiser; "" is what belongs to
    none. `vanished_strings` are literals, joined and decoded, without their null, as often as they go;
    `strings_in` those that one function or object no longer has at all. `elements` counts an array's
    top-level initialisers before and after.
    """

    path: str
    removed_lines: frozenset[int]
    added_lines: frozenset[int]
    vanished: frozenset[str]
    vanished_definitions: frozenset[str]
    appeared: frozenset[str]
    vanished_strings: tuple[bytes, ...]
    vanished_in: Mapping[str, frozenset[str]]
    strings_in: Mapping[str, tuple[bytes, ...]]
    elements: Mapping[str, tuple[int, int]]
    reads: tuple[tuple[int, str], ...] = ()  # lines that read a switch and are not followed
    flagged: frozenset[str] = frozenset()  # functions that had a flag which nothing reads any more
    # functions that always return this now; None: nothing, or not known what
    constants: Mapping[str, int | None] = {}
    added_code: Mapping[int, int] = {}  # bytes of code that an added line takes at least
    instead: Instead = instead.NOTHING  # what the added lines have of what the removed ones had
    members: frozenset[int] = frozenset()  # removed lines inside a type: members of it
    arrivals: Arrivals = arrivals.NOTHING  # what comes in, and what stays in use
    # of a header that is the same to other sources: those that it changes for
    units: frozenset[str] = frozenset()
    uncalled: frozenset[int] = frozenset()  # lines that change, and call nothing any more
    # Members that are arrays: lengths by line and name.
    resized: Mapping[tuple[int, str], tuple[int, int]] = {}
    silenced: frozenset[bytes] = frozenset()  # strings that nothing in the file has any more
    users: Mapping[str, frozenset[str]] = {}  # who uses each array of `elements`
    narrowed: frozenset[str] = frozenset()  # functions of which an argument is a constant now
    redeclared: Redeclared = redeclared.NOTHING  # what stays, and is declared otherwise
    types: Mapping[str, tuple[Shape, Shape]] = {}  # those of another size, before and after
    untyped: frozenset[str] = frozenset()  # types that go, of a header; those that a source still uses
    unknown: frozenset[str] = frozenset()  # other names that go, and that the file still uses
    refused: frozenset[tuple[str, int]] = frozenset()  # #error lines (path, line) that stop a compiler then
    checked: Checked = asserted.NOTHING  # checks that a compiler makes
    counts: Mapping[str, Counts] = {}  # functions of which one of these is another number


def unchanged(path: str) -> SourceChange:
    """A file that loses nothing."""
    return SourceChange(
        path=path,
        removed_lines=frozenset(),
        added_lines=frozenset(),
        vanished=frozenset(),
        vanished_definitions=frozenset(),
        appeared=frozenset(),
        vanished_strings=(),
        vanished_in={},
        strings_in={},
        elements={},
    )


def _defined(visits: list[Visit]) -> frozenset[str]:
    return frozenset().union(*(visit.uses.definitions for visit in visits))


def _mentioned(visits: list[Visit]) -> set[str]:
    return {name for visit in visits for used in visit.uses.names.values() for name in used}


def _strings(visits: list[Visit]) -> Counter[bytes]:
    return Counter(text for visit in visits for texts in visit.uses.strings.values() for text in texts)


def _silenced(lost: list[Visit], after: list[Visit]) -> frozenset[bytes]:
    """The strings that only what goes has."""
    gone = {text for visit in lost for texts in visit.uses.strings.values() for text in texts}
    for visit in after if gone else ():
        for texts in visit.uses.strings.values():
            gone.difference_update(texts)
    return frozenset(gone)


def _users(arrays: Mapping[str, object], visits: list[Visit]) -> dict[str, frozenset[str]]:
    """Who uses each of these arrays."""
    found: dict[str, set[str]] = {}
    for visit in visits if arrays else ():
        for owner, names in visit.uses.names.items():
            for name in arrays.keys() & names:
                found.setdefault(name, set()).add(owner)
    return {name: frozenset(owners) for name, owners in found.items()}


def _strings_in(
    owners: list[str], renamed: Mapping[str, str], lost: list[Visit], after: list[Visit]
) -> dict[str, tuple[bytes, ...]]:
    """The strings that each owner no longer has."""
    found: dict[str, tuple[bytes, ...]] = {}
    for owner in owners:
        heir = renamed.get(owner, owner)
        kept = {text for visit in after for text in visit.uses.strings.get(heir, ())}
        gone = {text for visit in lost for text in visit.uses.strings.get(owner, ()) if text not in kept}
        if gone:
            found[owner] = tuple(sorted(gone))
    return found


def compare(
    source: Source,
    blocks: Blocks,
    both: tuple[list[Visit], list[Visit]],
    whole: tuple[list[Visit], list[Visit]] | None = None,
    *,
    concerned: frozenset[str],
    switches: frozenset[str] = frozenset(),
    wide: int = 8,
) -> SourceChange | None:
    """The change of one file between two walks, None for none; `concerned` names are defined otherwise.

    `whole` has the visits of all files that are one text with it, `wide` is the size of a `long double`.
    """
    before, after = both
    lost, gained = _differing(before, after)
    if not lost and not gained:
        return None
    blocks_before = {visit.block: visit for visit in before}
    blocks_after = {visit.block: visit for visit in after}
    seen = _values(source, blocks, (blocks_before, blocks_after), concerned, switches)
    removed = {line for block in blocks_before.keys() - blocks_after for line in source.lines(block)}
    added = {line for block in blocks_after.keys() - blocks_before for line in source.lines(block)}
    members = _members(source, before, blocks_before.keys() - blocks_after)
    before, after = whole or both
    owners = {owner for visit in (*lost, *gained) for owner in (*visit.uses.names, *visit.uses.strings)}
    was, now = _used(before, owners), _used(after, owners)
    strings_lost, strings_gained = _strings(lost), _strings(gained)
    comes = instead.found(blocks_before, blocks_after)
    unused = {owner: was[owner] - now[comes.renamed.get(owner, owner)] for owner in sorted(owners)}
    vanished_in = {owner: names for owner, names in unused.items() if names}
    elements = counted(before, after, (*lost, *gained))
    other = redeclared.found(source.path, blocks, (lost, gained), (before, after), wide)
    bodies = frozenset[int]().union(*other.functions.values())
    return SourceChange(
        path=source.path,
        removed_lines=seen.removed | removed | bodies,
        added_lines=seen.added | added | bodies,
        vanished=_without(_mentioned(lost), after),
        vanished_definitions=_defined(before) - _defined(after),
        appeared=_without(_mentioned(gained), before),
        vanished_strings=tuple(sorted((strings_lost - strings_gained).elements())),
        vanished_in=vanished_in,
        strings_in=_strings_in(sorted(owners), comes.renamed, lost, after),
        elements={**elements, **seen.sizes, **other.sizes},
        redeclared=other,
        counts=numbered(before, after, (*lost, *gained)),
        reads=tuple(sorted(seen.reads)),
        added_code=additions.of(source, blocks_after.keys() - blocks_before),
        instead=comes,
        arrivals=arrivals.found((lost, gained), after, (was, now), wide),
        members=members,
        uncalled=seen.uncalled,
        silenced=_silenced(lost, after),
        users=_users(elements, before),
        narrowed=arguments.narrowed(lost, before, after),
    )


def _differing(before: Iterable[Visit], after: Iterable[Visit]) -> tuple[list[Visit], list[Visit]]:
    """The visits that are lost, and those that are gained."""
    # Uses of one block under the same macros are one object, which both lists hold: identity saves comparing
    # them. Equal ones that are two objects are lost and gained at once, which comes to nothing in the end.
    ids_before = {id(visit.uses): visit for visit in before}
    ids_after = {id(visit.uses): visit for visit in after}
    lost = [visit for key, visit in ids_before.items() if key not in ids_after]
    gained = [visit for key, visit in ids_after.items() if key not in ids_before]
    return lost, gained


def _values(
    source: Source,
    blocks: Blocks,
    both: tuple[Mapping[int, Visit], Mapping[int, Visit]],
    concerned: frozenset[str],
    switches: frozenset[str],
) -> values.Changes:
    """What changes in the blocks that stay, because macros in them stand for something else."""
    before, after = both
    removed, added, uncalled, reads = set[int](), set[int](), set[int](), set[tuple[int, str]]()
    sizes: dict[str, tuple[int, int]] = {}
    for block in before.keys() & after:
        one, other = before[block], after[block]
        if one.tokens != other.tokens and (words := concerned & blocks.block(source.path, block).words):
            if words & switches:
                seen = values.changes(source, block, one.macros, other.macros, words & switches)
                removed |= seen.removed
                added |= seen.added
                reads.update(seen.reads)
                uncalled |= seen.uncalled
                sizes.update(seen.sizes)
            was, now = (invoked.lines(source, block, words - switches, side.macros) for side in (one, other))
            partly = was ^ now
            if partly:
                partly &= invoked.shared(*blocks.numbered(source.path, block), words - switches)
            removed |= was | partly
            added |= now | partly
    return values.Changes(frozenset(removed), frozenset(added), frozenset(reads), sizes, frozenset(uncalled))


def _members(source: Source, before: Iterable[Visit], gone: Set[int]) -> frozenset[int]:
    """The lines of blocks that go out of the braces of a type that stays.

    Where the whole type goes, as where a header is not included any more, nobody's type gets smaller.
    """
    lines: set[int] = set()
    around: list[int] = []  # the blocks that the types begin in whose braces are open
    for visit in before:
        after = visit.uses.after
        depth = sum(1 for one in after.scopes if one.kind == "type") if after.mode == "head" else 0
        around = [*around[:depth], *[visit.block] * (depth - len(around))]
        if visit.block in gone and around and gone.isdisjoint(around):
            lines.update(source.lines(visit.block))
    return frozenset(lines)


def _used(visits: list[Visit], owners: set[str]) -> dict[str, frozenset[str]]:
    used: dict[str, set[str]] = {owner: set() for owner in owners}
    for visit in visits:
        for owner, names in visit.uses.names.items():
            if owner in owners:
                used[owner].update(names)
    return {owner: frozenset(names) for owner, names in used.items()}


def _without(names: set[str], visits: list[Visit]) -> frozenset[str]:
    """Those of `names` that none of `visits` uses."""
    left = frozenset(names)
    for visit in visits:
        for used in visit.uses.names.values():
            left = left - used
    return left
