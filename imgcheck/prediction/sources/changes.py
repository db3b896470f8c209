"""Which lines, identifiers, strings and array elements of each file go when features are switched off?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from imgcheck.prediction.sources import redeclared, resized, retyped
from imgcheck.prediction.sources.compared import Compared, Other
from imgcheck.prediction.sources.comparison import SourceChange, unchanged
from imgcheck.prediction.sources.enumerators import Meanings
from imgcheck.prediction.sources.features import NOWHERE, Configuration
from imgcheck.prediction.sources.fragments import Fragments
from imgcheck.prediction.sources.macros import State
from imgcheck.prediction.sources.merging import by_pragma, merge
from imgcheck.prediction.sources.pairs import Pairs
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.records import Off, Record
from imgcheck.prediction.sources.relevance import Relevance
from imgcheck.prediction.sources.resized import Resizing
from imgcheck.prediction.sources.storage import Types
from imgcheck.prediction.sources.typeless import Typeless
from imgcheck.prediction.sources.units import JOINED, Piece, Pieces, Same, Seen, Told, Unit, Visits, joined_of
from imgcheck.prediction.sources.visiting import naming, visitor
from imgcheck.prediction.sources.walk import Visitor, walk

__all__ = ["Differences", "Pieces", "SourceChange"]


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
        types = Types()
        self._resizing = Resizing(self._blocks, types)
        self._compared = Compared(self._blocks, self.evaluator, types)
        self._fragments = Fragments(self.tree, self._blocks)
        self._packs: dict[str, bool] = {}
        self._typeless = Typeless(configuration.tree, self._blocks)
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
        return {path: self._same.of(seen.narrowed(change, units)) for path, change in found.items()}

    @cached_property
    def relevance(self) -> Relevance:
        """Which features can matter to which unit."""
        return Relevance(self.configuration, self._blocks)

    def _of(self, unit: Unit, names: frozenset[str], off: Off, seen: Seen) -> Iterator[SourceChange]:
        """The changes of a unit; of headers those that were not `seen` yet."""
        key = (unit.path, self.relevance.among(names, unit.path))
        pieces = self.pieces.get(key)
        if pieces is None or any(not one.known and one.told not in seen.compared for one in pieces):
            found = self._typeless.extended(unit, off, self._changed(unit, off, seen.compared), self._after)
            pieces = self.pieces[key] = tuple(found)
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
            unit.groups = self._fragments.groups(unit.record.files)
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
        watch = unit.whole((unit.path,)) if own else frozenset[str]()
        first = self._header(unit, macros, off, base, dirty) if unit.seeded else None
        record = walk(self.evaluator, unit.path, macros, off, visit=own, watch=watch, base=base, dirty=dirty)
        if first is None:
            return record
        record.children[-1] = first
        record.files |= first.files
        record.refusing |= first.refusing
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
        visits: dict[str, list[Visit]] = {path: [] for path in unit.whole((unit.path,))}
        # Its own code is mostly all there is to read: what differs so far is known as the walk gets there.
        again = naming(dirty)
        own = visitor(unit, self._blocks, self.evaluator, visits, again) if unit.path in unit.visits else None
        record = self._walk(unit, off, unit.record, dirty, own)
        if refused := record.refusing - unit.record.refusing:
            yield Piece(None, True, unchanged(unit.path)._replace(refused=refused))
        names, paths = self._pairs.differing(unit.record, record)
        if not names and not paths:
            return
        concerned = self.evaluator.leading_to(names)
        active = unit.record.active, record.active
        pragma = redeclared.first_pragma(self.tree.source(unit.path), active)
        watch: dict[str, Told | None] = {}
        known: list[Meanings] = []
        packed = retyped.packed(self.tree, self._packs, (unit.record, record))
        for path in unit.record.files | record.files:
            mentioned = concerned & self.tree.words(path)
            mentioned &= self._blocks.words(path) if mentioned else mentioned
            if (
                path not in paths
                and not mentioned
                and (pragma is None or path != unit.path)
                and path not in packed
            ):
                continue
            told = (path, paths.get(path), mentioned) if not unit.own(path) else None
            if told is not None and told in seen:
                yield Piece(told, False, None)
                known.append(self._resizing.of(off, told))
                continue
            watch[path] = told
        watch.update(dict.fromkeys(unit.whole(watch) - watch.keys()))
        before = self.before(unit, frozenset(watch))
        after = (
            visits
            if own and watch.keys() == visits.keys() - {JOINED}
            else self._after(unit, off, watch, concerned)
        )
        joined = joined_of(unit, watch, (before, after)) if unit.groups else (before, after)
        meanings = self._resizing.meanings(off, watch, joined, known, self.configuration.long_double)
        yield from self._elsewhere(unit, watch, meanings, seen)
        wide = self.configuration.long_double
        other = Other((before, after), (unit.record, record), concerned, meanings, wide)
        for path in sorted(watch):
            change = self._compared.of(unit, path, other)
            if path == unit.path and pragma is not None:
                change = by_pragma(change, self.tree.source(path), self._blocks, pragma, after[path])
            yield Piece(watch[path], True, change)

    def _elsewhere(
        self, unit: Unit, watch: Collection[str], meanings: Meanings, seen: Collection[object]
    ) -> Iterator[Piece]:
        """What changes in files that stay as they are: lengths that enumerators of other files say."""
        for path, mentioned in self._resizing.mentioning(
            unit.record.files, watch, meanings, self.evaluator.leading_to
        ):
            told = (path, meanings.key(mentioned), mentioned) if not unit.own(path) else None
            if told is not None and told in seen:
                yield Piece(told, False, None)
                continue
            both = (self.before(unit, frozenset((path,)))[path],) * 2
            wide = self.configuration.long_double
            yield Piece(told, True, resized.extended(path, None, self._blocks, both, meanings, wide=wide))

    def before(self, unit: Unit, watch: frozenset[str]) -> Visits:
        """The blocks of these files as compiling `unit` reads them now, those that are not empty."""
        missing = unit.whole(watch) - unit.visits.keys()
        if missing:
            visits: dict[str, list[Visit]] = {path: [] for path in missing}
            self._trace(unit, NOWHERE, missing, visits, None)
            visits[JOINED] = [*unit.visits.get(JOINED, ()), *visits.get(JOINED, ())]
            unit.visits.update(visits)
        return unit.visits

    def _after(self, unit: Unit, off: Off, watch: Iterable[str], concerned: frozenset[str] | None) -> Visits:
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
        again = None if concerned is None else naming(concerned)
        visit = visitor(unit, self._blocks, self.evaluator, visits, again)
        walk(self.evaluator, unit.path, macros, off, visit=visit, watch=watch, base=base, dirty=dirty)
