"""What does a file lose that several say something of: sources that include it, a #pragma in front?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from imgcheck.prediction.sources import arrivals, asserted, instead, redeclared
from imgcheck.prediction.sources.comparison import SourceChange, unchanged
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.source import Source


def merge(one: SourceChange, other: SourceChange) -> SourceChange:
    """A header's changes as two source files see them."""
    strings_in = dict(one.strings_in)
    for owner, texts in other.strings_in.items():
        strings_in[owner] = tuple(sorted({*strings_in.get(owner, ()), *texts}))
    strings = Counter(one.vanished_strings) | Counter(other.vanished_strings)
    return SourceChange(
        path=one.path,
        removed_lines=one.removed_lines | other.removed_lines,
        added_lines=one.added_lines | other.added_lines,
        vanished=one.vanished | other.vanished,
        vanished_definitions=one.vanished_definitions | other.vanished_definitions,
        appeared=one.appeared | other.appeared,
        vanished_strings=tuple(sorted(strings.elements())),
        vanished_in=arrivals.united(one.vanished_in, other.vanished_in),
        strings_in=strings_in,
        elements={**other.elements, **one.elements},
        reads=tuple(sorted({*one.reads, *other.reads})),
        flagged=one.flagged | other.flagged,
        constants={**other.constants, **one.constants},
        added_code={**other.added_code, **one.added_code},
        instead=instead.merged(one.instead, other.instead),
        members=one.members | other.members,
        uncalled=one.uncalled | other.uncalled,
        silenced=one.silenced | other.silenced,
        users=arrivals.united(one.users, other.users),
        narrowed=one.narrowed | other.narrowed,
        units=one.units | other.units if one.units and other.units else frozenset(),
        resized={**other.resized, **one.resized},
        redeclared=one.redeclared if one.redeclared != redeclared.NOTHING else other.redeclared,
        types={**other.types, **one.types},
        untyped=one.untyped | other.untyped,
        unknown=one.unknown | other.unknown,
        refused=one.refused | other.refused,
        checked=asserted.merged(one.checked, other.checked),
        counts={**other.counts, **one.counts},
        arrivals=arrivals.merged(one.arrivals, other.arrivals),
    )


def by_pragma(
    change: SourceChange | None, source: Source, blocks: Blocks, first: int, after: Iterable[Visit]
) -> SourceChange | None:
    """The same change of a file, with functions that a #pragma in front of them has compiled otherwise."""
    functions = redeclared.behind(source, blocks, first, after)
    if not functions:
        return change
    change = change or unchanged(source.path)
    lines = frozenset[int]().union(*functions.values())
    return change._replace(
        removed_lines=change.removed_lines | lines,
        added_lines=change.added_lines | lines,
        redeclared=change.redeclared._replace(functions={**functions, **change.redeclared.functions}),
    )
