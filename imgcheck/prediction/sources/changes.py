"""Which lines, identifiers, strings and array elements of each file go when features are switched off?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from imgcheck.prediction.sources import emptied, resized
from imgcheck.prediction.sources.comparison import SourceChange, compare, merge
from imgcheck.prediction.sources.enumerators import Meanings
from imgcheck.prediction.sources.features import NOWHERE, Configuration
from imgcheck.prediction.sources.macros import State
from imgcheck.prediction.sources.pairs import Pairs
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.reading import visit as read
from imgcheck.prediction.sources.records import Off, Record
from imgcheck.prediction.sources.relevance import Relevance
from imgcheck.prediction.sources.resized import Resizing
from imgcheck.prediction.sources.structure import START
from imgcheck.prediction.sources.structure import State as Place
from imgcheck.prediction.sources.tree import cplusplus
from imgcheck.prediction.sources.units import Piece, Pieces, Same, Seen, Told, Unit
from imgcheck.prediction.sources.walk import Visitor, walk

__all__ = ["Differences", "Pieces", "SourceChange"]

Again = Callable[[Visit], bool]


class Differences:
    """Answers `changes` for one configuration, remembering what does not depend on the features asked for."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.tree = configuration.tree
        self.evaluator = configuration.evaluator
        self._units: dict[str, Unit] = {}
        self._blocks = Blocks(configuration.tree)
        self._pairs = Pairs(self.evaluator, self._blocks)
        self._reached: bool | None = None
        self._same = Same()
        self._resizing = Resizing(self._blocks)
        self._now: Mapping[str, State | None] = {}  # what the configuration header leaves as it is
        # Of a unit and those of the features asked for that can matter to it: others change nothing there.
        self.pieces: Pieces = {}

    def changes(
        self, names: Collection[str], sources: Collection[str] | None = None
    ) -> dict[str, SourceChange]:
        """What goes when the features `names` are switched off, by path; headers have entries of their own.

        `sources` are the files that the build compiles (default: all of the tree). Raises FormatError, and
        UndecidedError for a feature that is not on.
        """
        off = self.configuration.off(frozenset(names))
        if not off:
            return {}
        units = [self.unit(path) for path in (self.tree.sources() if sources is None else sorted(sources))]
        near = self._near(off, frozenset().union(*(unit.record.files for unit in units)))
        found: dict[str, SourceChange] = {}
        seen = Seen()
        for unit in units:
            if unit.record.files.isdisjoint(near):
                continue
            for change in self._of(unit, frozenset(names), off, seen):
                known = found.get(change.path)
                found[change.path] = change if known is None else merge(known, change)
        found = {path: seen.narrowed(change, units) for path, change in found.items()}
        return {path: self._same.of(change) for path, change in found.items()}

    @cached_property
    def relevance(self) -> Relevance:
        """Which features can matter to which unit."""
        return Relevance(self.configuration, self._blocks)

    def _of(self, unit: Unit, names: frozenset[str], off: Off, seen: Seen) -> Iterator[SourceChange]:
        """The changes of a unit; of headers those that were not `seen` yet."""
        key = (unit.path, self.relevance.among(names, unit.path))
        pieces = self.pieces.get(key)
        if pieces is None or any(not one.known and one.told not in seen.compared for one in pieces):
            pieces = self.pieces[key] = tuple(self._changed(unit, off, seen.compared))
        yield from seen.of(unit, pieces)

    def unit(self, path: str) -> Unit:
        """The source file `path` as it is compiled now."""
        unit = self._units.get(path)
        if unit is None:
            record = walk(self.evaluator, path, self.configuration.start(path), NOWHERE)
            seeded = self.configuration.path not in record.files and self._unseen(record)
            unit = Unit(path, seeded, record)
            if seeded:
                unit.record = self._walk(unit, NOWHERE)
            self._units[path] = unit
        return unit

    def included(self, path: str) -> frozenset[str]:
        """The files of the tree that compiling `path` reads, itself included."""
        return self.unit(path).record.files

    def _unseen(self, record: Record) -> bool:
        """Whether the configuration may come from a header that is not among our files, or from -include."""
        if self._reached is None:
            wanted = self.configuration.path
            self._reached = any(
                directive.kind == "include" and self.tree.resolve(directive.text, path) == wanted
                for path, text in self.tree.files.items()
                if wanted.rpartition("/")[2] in text
                for directive in self.tree.source(path).directives
            )
        if not self._reached:
            return True
        return any(
            directive.kind == "include"
            and directive.text[:1] == '"'
            and not self.tree.resolve(directive.text, path)
            for path in record.files
            for directive in self.tree.source(path).directives
        )

    def _walk(
        self,
        unit: Unit,
        off: Off,
        base: Record | None = None,
        dirty: set[str] | None = None,
        own: Visitor | None = None,
    ) -> Record:
        """Walk `unit`; `own` sees the blocks of its own file."""
        macros = self.configuration.start(unit.path)
        watch = frozenset((unit.path,)) if own else frozenset[str]()
        first = self._header(unit, macros, off, base, dirty) if unit.seeded else None
        record = walk(self.evaluator, unit.path, macros, off, visit=own, watch=watch, base=base, dirty=dirty)
        if first is None:
            return record
        record.children[-1] = first
        record.files |= first.files
        return record

    def _header(
        self,
        unit: Unit,
        macros: dict[str, State | None],
        off: Off,
        base: Record | None,
        dirty: set[str] | None,
    ) -> Record:
        path = self.configuration.path
        record = self.evaluator.recorded(path, macros, off)
        if record is not None:
            macros.update(record.effects)
        else:
            record = walk(self.evaluator, path, macros, off)
            self.evaluator.keep(record, off)
        if base is not None and dirty is not None:
            dirty |= self.evaluator.differences(base.children[-1], record)
        return record

    def _near(self, off: Off, files: frozenset[str]) -> frozenset[str]:
        """Those files in which something that the configuration header does differently could matter."""
        start = self.configuration.start(self.configuration.path)
        before = self._now = self._now or self._header_effects(dict(start), NOWHERE)
        after = self._header_effects(dict(start), off)
        names = {name for name in before.keys() | after.keys() if before.get(name) is not after.get(name)}
        names.update(self.tree.source(path).directives[index].name for path, index in off)
        users = self.evaluator.leading_to(names)
        return frozenset(
            path for path in files - self.evaluator.configured if not users.isdisjoint(self.tree.words(path))
        )

    def _header_effects(self, macros: dict[str, State | None], off: Off) -> Mapping[str, State | None]:
        walk(self.evaluator, self.configuration.path, macros, off)
        return macros

    def _changed(self, unit: Unit, off: Off, seen: Collection[object]) -> Iterator[Piece]:
        dirty: set[str] = set()
        visits: dict[str, list[Visit]] = {unit.path: []}
        # Its own code is mostly all there is to read: what differs so far is known as the walk gets there.
        again = _naming(dirty)
        own = self._visitor(unit, visits, again) if unit.path in unit.visits else None
        record = self._walk(unit, off, unit.record, dirty, own)
        names, paths = self._pairs.differing(unit.record, record)
        if not names and not paths:
            return
        concerned = self.evaluator.leading_to(names)
        watch: dict[str, Told | None] = {}
        known: list[Meanings] = []
        for path in unit.record.files | record.files:
            mentioned = concerned & self.tree.words(path)
            mentioned &= self._blocks.words(path) if mentioned else mentioned
            if path not in paths and not mentioned:
                continue
            told = (path, paths.get(path), mentioned) if path != unit.path else None
            if told is not None and told in seen:
                yield Piece(told, False, None)
                known.append(self._resizing.of(off, told))
                continue
            watch[path] = told
        before = self._before(unit, frozenset(watch))
        after = visits if own and watch.keys() == visits.keys() else self._after(unit, off, watch, concerned)
        meanings = self._resizing.meanings(off, watch, (before, after), known)
        yield from self._elsewhere(unit, watch, meanings, seen)
        for path in sorted(watch):
            both = before.get(path, []), after.get(path, [])
            source, switches = self.tree.source(path), self.evaluator.switches
            change = compare(source, self._blocks, both, concerned=concerned, switches=switches)
            if change is not None:
                change = emptied.extended(change, self._blocks, *both, concerned - switches)
            yield Piece(watch[path], True, resized.extended(path, change, self._blocks, both, meanings))

    def _elsewhere(
        self, unit: Unit, watch: Collection[str], meanings: Meanings, seen: Collection[object]
    ) -> Iterator[Piece]:
        """What changes in files that stay as they are: lengths that enumerators of other files say."""
        for path, mentioned in self._resizing.mentioning(unit.record.files, watch, meanings):
            told = (path, meanings.key(mentioned), mentioned) if path != unit.path else None
            if told is not None and told in seen:
                yield Piece(told, False, None)
                continue
            both = (self._before(unit, frozenset((path,)))[path],) * 2
            yield Piece(told, True, resized.extended(path, None, self._blocks, both, meanings))

    def _before(self, unit: Unit, watch: frozenset[str]) -> dict[str, list[Visit]]:
        missing = watch - unit.visits.keys()
        if missing:
            visits: dict[str, list[Visit]] = {path: [] for path in missing}
            self._trace(unit, NOWHERE, missing, visits, None)
            unit.visits.update(visits)
        return unit.visits

    def _after(
        self, unit: Unit, off: Off, watch: Iterable[str], concerned: frozenset[str]
    ) -> dict[str, list[Visit]]:
        visits: dict[str, list[Visit]] = {path: [] for path in watch}
        if visits:
            self._trace(unit, off, frozenset(watch), visits, concerned)
        return visits

    def _trace(
        self,
        unit: Unit,
        off: Off,
        watch: frozenset[str],
        visits: dict[str, list[Visit]],
        concerned: frozenset[str] | None,
    ) -> None:
        """Walk `unit` and read its code; with `concerned` only what those names could have changed."""
        macros = self.configuration.start(unit.path)
        base = None if off is NOWHERE else unit.record
        dirty: set[str] = set()
        if unit.seeded:
            self._header(unit, macros, off, base, dirty)
        again = None if concerned is None else _naming(concerned)
        visit = self._visitor(unit, visits, again)
        walk(self.evaluator, unit.path, macros, off, visit=visit, watch=watch, base=base, dirty=dirty)

    def _visitor(self, unit: Unit, visits: dict[str, list[Visit]], again: Again | None) -> Visitor:
        """What reads blocks of `unit` and notes them in `visits`.

        `again` says of a block whether what is known of it does not hold; without it all that is read is
        known from here on.
        """
        members = cplusplus(unit.path)
        states: dict[tuple[str, int], Place] = {}
        latest: dict[str, Place] = {}

        def visit(path: str, index: int, fork: int, macros: Mapping[str, State | None]) -> None:
            state = states.get((path, fork), START) if fork >= 0 else latest.get(path, START)
            block = self._blocks.block(path, index)
            if block.tokens:
                key = (path, index, state)
                known = unit.known.get(key)
                if known is None or (again is not None and again(known)):
                    earlier = unit.earlier.setdefault(key, [])
                    fresh = read(
                        index,
                        block,
                        place=state,
                        macros=macros,
                        members=members,
                        known=earlier,
                        switches=self.evaluator.switches,
                    )
                    if again is None:
                        unit.known[key] = fresh
                    known = fresh
                visits[path].append(known)
                state = known.uses.after
            states[path, index] = latest[path] = state

        return visit


def _naming(names: AbstractSet[str]) -> Again:
    """Blocks that one of these names could have changed; they are asked for as they are then."""
    return lambda known: not names.isdisjoint(known.reads)
