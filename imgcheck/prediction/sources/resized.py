"""Which arrays change their length with the lines of other files: by enumerators, by rows of a table?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from imgcheck.prediction.sources import arrivals, asserted, enumerators, lengths, retyped, standing
from imgcheck.prediction.sources.comparison import SourceChange, unchanged
from imgcheck.prediction.sources.enumerators import Meanings
from imgcheck.prediction.sources.lengths import Numbers
from imgcheck.prediction.sources.macros import Macro
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.records import Off
from imgcheck.prediction.sources.storage import Types
from imgcheck.prediction.sources.units import Told


class Resizing:
    """What enumerators of headers stand for, as one unit found it for all."""

    def __init__(self, blocks: Blocks, types: Types) -> None:
        self._blocks = blocks
        self._types = types
        self._known: dict[tuple[Off, Told], Meanings] = {}

    def of(self, off: Off, told: Told) -> Meanings:
        """What another unit found in a header."""
        return self._known.get((off, told), enumerators.NOTHING)

    def meanings(
        self,
        off: Off,
        watched: Mapping[str, Told | None],
        both: tuple[Mapping[str, Sequence[Visit]], Mapping[str, Sequence[Visit]]],
        known: Iterable[Meanings],
        wide: int,
    ) -> Meanings:
        """What enumerators of the files that are watched stand for, and those `known` from other units.

        And what their types take; `wide` is the size of a `long double`.
        """
        every = [one for one in known if one is not enumerators.NOTHING]
        for path, told in watched.items():
            sides = both[0].get(path, ()), both[1].get(path, ())
            made = [standing.found(*sides), retyped.sizes(sides, self._types, wide) or enumerators.NOTHING]
            if made[1].now or "enum" in self._blocks.words(path):
                made.append(enumerators.found(*sides))
            if any(one.now for one in made):
                found = Meanings(
                    {key: value for one in made for key, value in one.was.items()},
                    {key: value for one in made for key, value in one.now.items()},
                )
                if found.names:
                    every.append(found)
                    if told is not None:
                        self._known[off, told] = found
        return enumerators.united(every) if every else enumerators.NOTHING  # as in nearly all units

    def mentioning(
        self,
        paths: frozenset[str],
        watched: Collection[str],
        meanings: Meanings,
        leading: Callable[[frozenset[str]], frozenset[str]],
    ) -> Iterator[tuple[str, frozenset[str]]]:
        """The files that nobody watched and that name enumerators of another number, with those.

        `leading` adds the macros that lead to a name.
        """
        names = leading(meanings.names) if meanings.names else meanings.names
        for path in sorted(paths.difference(watched)) if names else ():
            mentioned = names & self._blocks.words(path)
            if mentioned:
                yield path, mentioned


def extended(
    path: str,
    change: SourceChange | None,
    blocks: Blocks,
    both: tuple[Sequence[Visit], Sequence[Visit]],
    meanings: Meanings,
    whole: tuple[Sequence[Visit], Sequence[Visit]] | None = None,
    wide: int = 8,
) -> SourceChange | None:
    """The change of a file, None for none, with arrays that are as long as something that changed.

    `whole` has the visits of the text that it is a piece of, `wide` is the size of a `long double`.
    """
    before, after = both
    counts = change.elements if change is not None else {}
    names = meanings.names | counts.keys()
    if names and "enum" in blocks.words(path) and not names.isdisjoint(blocks.words(path)):
        every = whole or both
        meanings = enumerators.united((meanings, enumerators.found(*every, meanings, counts)))
        names |= meanings.names
    sizes: dict[str, tuple[int, int]] = {}
    members: dict[tuple[int, str], tuple[int, int]] = {}
    calls = _called(blocks, path, whole or both)
    names |= {name for name, one in calls[0].items() if name in calls[1] and one != calls[1][name]}
    made = [{name: Macro(name, *said) for name, said in side.items()} for side in calls]
    was = Numbers(meanings.before(), {name: old for name, (old, _) in counts.items()}, made[0])
    now = Numbers(meanings.after(), {name: new for name, (_, new) in counts.items()}, made[1])
    pairs = [*_pairs(before, after)]
    for one, other, opened in pairs:
        if "[" in one.tokens and (one.tokens is not other.tokens or not names.isdisjoint(one.tokens)):
            found = lengths.changed((one.tokens, was), (other.tokens, now), opened)
            sizes.update(found.arrays)
            for name, both_lengths in found.members.items():
                members.update(((line, name), both_lengths) for line in _lines(blocks, path, one.block, name))
    users = _users(before, meanings)
    lines = standing.folded(path, blocks, [one[:2] for one in pairs], meanings)
    checked = asserted.found(path, blocks, both, whole or both, ((was, now), names | sizes.keys(), wide))
    quiet = lines is standing.NOTHING and checked is asserted.NOTHING
    if not sizes and not members and not users and quiet:
        return change
    change = change or unchanged(path)
    change = change._replace(
        checked=checked,
        removed_lines=change.removed_lines | lines.removed,
        added_lines=change.added_lines | lines.added,
        uncalled=change.uncalled | lines.uncalled,
    )
    if users:
        gone = change.vanished_in
        users = {owner: used - gone.get(owner, frozenset()) for owner, used in users.items()}
        still = arrivals.united(users, change.arrivals.still)
        change = change._replace(arrivals=change.arrivals._replace(still=still))
    return change._replace(elements={**change.elements, **sizes}, resized={**change.resized, **members})


def _called(
    blocks: Blocks, path: str, both: tuple[Sequence[Visit], Sequence[Visit]]
) -> tuple[standing.Written, standing.Written]:
    """The functions of a file that a compiler works out, before and after."""
    if "constexpr" not in blocks.words(path):
        return {}, {}
    return standing.written(both[0]), standing.written(both[1])


def _users(visits: Sequence[Visit], meanings: Meanings) -> dict[str, frozenset[str]]:
    """The functions that name a type of another size: `sizeof`, copies and steps of it are other numbers.

    And those that call a function of another value.
    """
    types = {name.removeprefix(lengths.SIZE) for name in meanings.was if name.startswith(lengths.SIZE)}
    calls = {
        name.removeprefix(enumerators.CALL) for name in meanings.was if name.startswith(enumerators.CALL)
    }
    calls &= meanings.names
    found: dict[str, frozenset[str]] = {}
    for visit in visits if types or calls else ():
        for owner, used in visit.uses.names.items():
            if owner and not types.isdisjoint(used):
                found[owner] = found.get(owner, frozenset()) | used
            elif owner and not calls.isdisjoint(used):  # the rest may go with what its value decides
                found[owner] = found.get(owner, frozenset()) | used & calls
    return found


def _pairs(
    before: Sequence[Visit], after: Sequence[Visit]
) -> Iterator[tuple[Visit, Visit, tuple[bool, ...]]]:
    """Blocks that are compiled both times, and of the braces open in front whether they are a type's."""
    now: Mapping[int, Visit] = {visit.block: visit for visit in after}
    opened: tuple[bool, ...] = ()
    for visit in before:
        if visit.block in now:
            yield visit, now[visit.block], opened
        end = visit.uses.after
        opened = tuple(one.kind == "type" for one in end.scopes) if end.mode == "head" else ()


def _lines(blocks: Blocks, path: str, block: int, name: str) -> Iterator[int]:
    """The lines in which a name stands in front of a bracket."""
    tokens, lines = blocks.numbered(path, block)
    for index, token in enumerate(tokens[:-1]):
        if token == name and tokens[index + 1] == "[":
            yield lines[index]
