"""Which lines, identifiers, strings and array elements of each file go when features are switched off?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from imgcheck.analyses.configuration.evaluation import Off, Record
from imgcheck.analyses.configuration.features import NOWHERE, Configuration
from imgcheck.analyses.configuration.macros import Exploded, Macro, State, expand
from imgcheck.analyses.configuration.structure import START, Uses, scan
from imgcheck.analyses.configuration.structure import State as Place
from imgcheck.analyses.configuration.tree import cplusplus


class SourceChange(NamedTuple):
    """What one file loses. Identifiers count where code uses them: a declaration is no use.

    `removed_lines` are compiled before and not after, `added_lines` the reverse; a line that invokes a macro whose
    replacement changed is in both (in one only if the replacement is empty on the other side). `vanished` are
    identifiers that some code of the file used before and none does after, `vanished_in` the same for each function
    (`Class::method`), array or other object with an initialiser; "" is what belongs to none. `vanished_strings` are
    literals, joined and decoded, without their null, as often as they go; `strings_in` those that one function or
    object no longer has at all. `elements` counts an array's top-level initialisers before and after.
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


class _Visit(NamedTuple):
    block: int
    uses: Uses
    reads: frozenset[str]
    tokens: list[str]
    macros: Mapping[str, State | None]  # of the words in the block itself


class _Block(NamedTuple):
    tokens: list[str]
    words: frozenset[str]


@dataclass(slots=True)
class _Unit:
    """A source file under the configuration as it is."""

    path: str
    seeded: bool
    record: Record
    visits: dict[str, list[_Visit]] = field(default_factory=dict)
    known: dict[tuple[str, int, Place], _Visit] = field(default_factory=dict)


class Differences:
    """Answers `changes` for one configuration, remembering what does not depend on the features asked for."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.tree = configuration.tree
        self.evaluator = configuration.evaluator
        self._units: dict[str, _Unit] = {}
        self._blocks: dict[tuple[str, int], _Block] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._kept: list[Record] = []
        self._reached: bool | None = None

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
        near = self._near(off)
        found: dict[str, SourceChange] = {}
        seen: set[object] = set()
        for path in self.tree.sources() if sources is None else sorted(sources):
            unit = self.unit(path)
            if unit.record.files.isdisjoint(near):
                continue
            for change in self._changed(unit, off, seen):
                known = found.get(change.path)
                found[change.path] = change if known is None else _merged(known, change)
        return found

    def unit(self, path: str) -> _Unit:
        """The source file `path` as it is compiled now."""
        unit = self._units.get(path)
        if unit is None:
            record = self.evaluator.walk(path, self.configuration.start(path), NOWHERE)
            seeded = self.configuration.path not in record.files and self._unseen(record)
            unit = _Unit(path, seeded, record)
            if seeded:
                unit.record = self._walk(unit, NOWHERE)
            self._units[path] = unit
        return unit

    def included(self, path: str) -> frozenset[str]:
        """The files of the tree that compiling `path` reads, itself included."""
        return self.unit(path).record.files

    def _unseen(self, record: Record) -> bool:
        """Whether the configuration may come from an #include that is not among our files, or from -include."""
        if self._reached is None:
            wanted = self.configuration.path
            self._reached = any(
                directive.kind == "include" and self.tree.resolve(directive.text, path) == wanted
                for path in self.tree.mentioning(wanted.rpartition("/")[2])
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

    def _walk(self, unit: _Unit, off: Off, base: Record | None = None, dirty: set[str] | None = None) -> Record:
        macros = self.configuration.start(unit.path)
        if not unit.seeded:
            return self.evaluator.walk(unit.path, macros, off, base=base, dirty=dirty)
        first = self._header(unit, macros, off, base, dirty)
        record = self.evaluator.walk(unit.path, macros, off, base=base, dirty=dirty)
        record.children[-1] = first
        record.files |= first.files
        return record

    def _header(
        self, unit: _Unit, macros: dict[str, State | None], off: Off, base: Record | None, dirty: set[str] | None
    ) -> Record:
        path = self.configuration.path
        record = self.evaluator.recorded(path, macros, off)
        if record is not None:
            macros.update(record.effects)
        else:
            record = self.evaluator.walk(path, macros, off)
            self.evaluator.keep(record, off)
        if base is not None and dirty is not None:
            dirty |= self.evaluator.differences(base.children[-1], record)
        return record

    def _near(self, off: Off) -> frozenset[str]:
        """The files in which something that the configuration header does differently could matter."""
        start = self.configuration.start(self.configuration.path)
        before = self._header_effects(dict(start), NOWHERE)
        after = self._header_effects(dict(start), off)
        names = {name for name in before.keys() | after.keys() if before.get(name) is not after.get(name)}
        names.update(self.tree.source(path).directives[index].name for path, index in off)
        near: set[str] = set()
        for name in names:
            near.update(self.tree.mentioning(name))
        return frozenset(near - self.evaluator.configured)

    def _header_effects(self, macros: dict[str, State | None], off: Off) -> Mapping[str, State | None]:
        self.evaluator.walk(self.configuration.path, macros, off)
        return macros

    def _changed(self, unit: _Unit, off: Off, seen: set[object]) -> Iterable[SourceChange]:
        record = self._walk(unit, off, unit.record, set())
        names, paths = self._differing(unit.record, record)
        if not names and not paths:
            return
        concerned = self._users(names)
        mentioning = {name: self.tree.mentioning(name) for name in concerned}
        watch: set[str] = set()
        for path in unit.record.files | record.files:
            mentioned = {name for name, paths_of in mentioning.items() if path in paths_of}
            mentioned &= self._mentioned(path) if mentioned else mentioned
            if path not in paths and not mentioned:
                continue
            if path != unit.path:
                signature = (path, paths.get(path), frozenset(mentioned))
                if signature in seen:
                    continue
                seen.add(signature)
            watch.add(path)
        if not watch:
            return
        before = self._before(unit, frozenset(watch))
        after = self._after(unit, off, frozenset(watch), concerned)
        for path in sorted(watch):
            change = self._compared(path, before.get(path, []), after.get(path, []), concerned)
            if change is not None:
                yield change

    def _differing(self, before: Record, after: Record) -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
        """The macros whose definitions differ between two walks of one file, and the files that lose or gain code.

        Each of those comes with what tells this difference from others.
        """
        names: set[str] = set()
        paths: dict[str, tuple[int, ...]] = {}
        due = [(before, after)]
        done: set[tuple[int, int]] = set()
        while due:
            one, other = due.pop()
            if one is other or (id(one), id(other)) in done:
                continue
            done.add((id(one), id(other)))
            self._own(one, other, names, paths)
            for index in one.children.keys() | other.children.keys():
                a, b = one.children.get(index), other.children.get(index)
                if a is not None and b is not None:
                    due.append((a, b))
                    continue
                alone = a or b
                if alone is not None:
                    nothing = Record(alone.path, len(alone.active))
                    self._kept.append(nothing)
                    due.append((alone, nothing) if a is not None else (nothing, alone))
        return frozenset(names), paths

    def _own(self, one: Record, other: Record, names: set[str], paths: dict[str, tuple[int, ...]]) -> None:
        """What differs between two walks of one file, its headers left out."""
        path = one.path
        directives = self.tree.source(path).directives
        if path in self.evaluator.configured:
            names.update(
                name
                for name in one.effects.keys() | other.effects.keys()
                if one.effects.get(name) is not other.effects.get(name)
            )
        if one.active == other.active:
            return
        for index, (was, now) in enumerate(zip(one.active, other.active, strict=True)):
            if was != now:
                if index < len(directives) and directives[index].kind in {"define", "undef"}:
                    names.add(directives[index].name)
                if self._block(path, index).tokens:
                    paths[path] = (*paths.get(path, ()), index)

    def _users(self, names: Iterable[str]) -> frozenset[str]:
        """`names`, and the macros whose replacement leads to one of them."""
        found = set(names)
        due = list(found)
        while due:
            for user in self.evaluator.users.get(due.pop(), ()):
                if user not in found:
                    found.add(user)
                    due.append(user)
        return frozenset(found)

    def _block(self, path: str, index: int) -> _Block:
        key = (path, index)
        block = self._blocks.get(key)
        if block is None:
            source = self.tree.source(path)
            text = source.block(index)
            tokens = source.lex(text) if not text.isspace() else []
            block = self._blocks[key] = _Block(tokens, frozenset(tokens))
        return block

    def _mentioned(self, path: str) -> frozenset[str]:
        words = self._words.get(path)
        if words is None:
            blocks = range(len(self.tree.source(path).directives) + 1)
            words = self._words[path] = frozenset().union(
                *(self._block(path, index).words for index in blocks)
            )
        return words

    def _before(self, unit: _Unit, watch: frozenset[str]) -> dict[str, list[_Visit]]:
        missing = watch - unit.visits.keys()
        if missing:
            visits: dict[str, list[_Visit]] = {path: [] for path in missing}
            self._trace(unit, NOWHERE, missing, visits, None)
            unit.visits.update(visits)
        return unit.visits

    def _after(
        self, unit: _Unit, off: Off, watch: frozenset[str], concerned: frozenset[str]
    ) -> dict[str, list[_Visit]]:
        visits: dict[str, list[_Visit]] = {path: [] for path in watch}
        self._trace(unit, off, watch, visits, concerned)
        return visits

    def _trace(
        self,
        unit: _Unit,
        off: Off,
        watch: frozenset[str],
        visits: dict[str, list[_Visit]],
        concerned: frozenset[str] | None,
    ) -> None:
        """Walk `unit` and read its code; with `concerned` only what those names or another context could change."""
        members = cplusplus(unit.path)
        states: dict[tuple[str, int], Place] = {}
        latest: dict[str, Place] = {}

        def visit(path: str, index: int, fork: int, macros: Mapping[str, State | None]) -> None:
            state = states.get((path, fork), START) if fork >= 0 else latest.get(path, START)
            block = self._block(path, index)
            if block.tokens:
                key = (path, index, state)
                known = unit.known.get(key)
                if known is None or (concerned is not None and not concerned.isdisjoint(known.reads)):
                    fresh = _read(index, block, state, macros, members, known)
                    if concerned is None:
                        unit.known[key] = fresh
                    known = fresh
                visits[path].append(known)
                state = known.uses.after
            states[path, index] = latest[path] = state

        macros = self.configuration.start(unit.path)
        base = None if off is NOWHERE else unit.record
        dirty: set[str] = set()
        if unit.seeded:
            self._header(unit, macros, off, base, dirty)
        self.evaluator.walk(unit.path, macros, off, visit, watch, base, dirty)

    def _compared(
        self, path: str, before: list[_Visit], after: list[_Visit], concerned: frozenset[str]
    ) -> SourceChange | None:
        was = {id(visit.uses): visit for visit in before}
        now = {id(visit.uses): visit for visit in after}
        lost = [visit for key, visit in was.items() if key not in now]
        gained = [visit for key, visit in now.items() if key not in was]
        if not lost and not gained:
            return None
        source = self.tree.source(path)
        blocks_before = {visit.block: visit for visit in before}
        blocks_after = {visit.block: visit for visit in after}
        removed = {line for block in blocks_before.keys() - blocks_after for line in source.lines(block)}
        added = {line for block in blocks_after.keys() - blocks_before for line in source.lines(block)}
        for block in blocks_before.keys() & blocks_after:
            one, other = blocks_before[block], blocks_after[block]
            if one.tokens != other.tokens and (words := concerned & self._block(path, block).words):
                for line, name in self._places(path, block, words):
                    if _generates(one.macros.get(name)):
                        removed.add(line)
                    if _generates(other.macros.get(name)):
                        added.add(line)
        return _change(path, before, after, lost, gained, removed, added)

    def _places(self, path: str, block: int, words: frozenset[str]) -> Iterable[tuple[int, str]]:
        source = self.tree.source(path)
        text = source.block(block)
        line = source.directives[block - 1].end_line if block else 1
        counted = 0
        for name, offset in source.places(text):
            if name in words:
                line += text.count("\n", counted, offset)
                counted = offset
                yield line, name


def _read(
    index: int,
    block: _Block,
    state: Place,
    macros: Mapping[str, State | None],
    members: bool,
    known: _Visit | None,
) -> _Visit:
    reads: set[str] = set(block.words)
    tokens = block.tokens
    here = {name: macros[name] for name in macros.keys() & block.words}
    if here:
        try:
            tokens = expand(tokens, macros, reads)
        except Exploded:
            tokens = block.tokens
    if known is not None and known.tokens == tokens:
        return _Visit(index, known.uses, frozenset(reads), tokens, here)
    return _Visit(index, scan(tokens, state, members), frozenset(reads), tokens, here)


def _generates(state: State | None) -> bool:
    return not (isinstance(state, Macro) and state.empty)


def _change(
    path: str,
    before: list[_Visit],
    after: list[_Visit],
    lost: list[_Visit],
    gained: list[_Visit],
    removed: set[int],
    added: set[int],
) -> SourceChange:
    owners = {owner for visit in (*lost, *gained) for owner in (*visit.uses.names, *visit.uses.strings)}
    was, now = _used(before, owners), _used(after, owners)
    in_lost = {name for visit in lost for used in visit.uses.names.values() for name in used}
    in_gained = {name for visit in gained for used in visit.uses.names.values() for name in used}
    strings_lost = Counter(text for visit in lost for texts in visit.uses.strings.values() for text in texts)
    strings_gained = Counter(
        text for visit in gained for texts in visit.uses.strings.values() for text in texts
    )
    vanished_in = {owner: was[owner] - now[owner] for owner in sorted(owners) if was[owner] - now[owner]}
    strings_in: dict[str, tuple[bytes, ...]] = {}
    for owner in sorted(owners):
        kept = {text for visit in after for text in visit.uses.strings.get(owner, ())}
        gone = {text for visit in lost for text in visit.uses.strings.get(owner, ()) if text not in kept}
        if gone:
            strings_in[owner] = tuple(sorted(gone))
    elements: dict[str, tuple[int, int]] = {}
    for name in sorted({name for visit in (*lost, *gained) for name in visit.uses.elements}):
        counts = (_elements(before, name), _elements(after, name))
        if counts[0] != counts[1]:
            elements[name] = counts
    defined_before = {name for visit in before for name in visit.uses.definitions}
    defined_after = {name for visit in after for name in visit.uses.definitions}
    return SourceChange(
        path,
        frozenset(removed),
        frozenset(added),
        _without(in_lost, after),
        frozenset(defined_before - defined_after),
        _without(in_gained, before),
        tuple(sorted((strings_lost - strings_gained).elements())),
        vanished_in,
        strings_in,
        elements,
    )


def _used(visits: list[_Visit], owners: set[str]) -> dict[str, frozenset[str]]:
    used: dict[str, set[str]] = {owner: set() for owner in owners}
    for visit in visits:
        for owner, names in visit.uses.names.items():
            if owner in owners:
                used[owner].update(names)
    return {owner: frozenset(names) for owner, names in used.items()}


def _without(names: set[str], visits: list[_Visit]) -> frozenset[str]:
    """Those of `names` that none of `visits` uses."""
    left = frozenset(names)
    for visit in visits:
        for used in visit.uses.names.values():
            left = left - used
    return left


def _elements(visits: list[_Visit], name: str) -> int:
    return sum(visit.uses.elements.get(name, 0) for visit in visits)


def _merged(one: SourceChange, other: SourceChange) -> SourceChange:
    """A header's changes as two source files see them."""
    vanished_in = dict(one.vanished_in)
    for owner, names in other.vanished_in.items():
        vanished_in[owner] = vanished_in.get(owner, frozenset()) | names
    strings_in = dict(one.strings_in)
    for owner, texts in other.strings_in.items():
        strings_in[owner] = tuple(sorted({*strings_in.get(owner, ()), *texts}))
    strings = Counter(one.vanished_strings) | Counter(other.vanished_strings)
    return SourceChange(
        one.path,
        one.removed_lines | other.removed_lines,
        one.added_lines | other.added_lines,
        one.vanished | other.vanished,
        one.vanished_definitions | other.vanished_definitions,
        one.appeared | other.appeared,
        tuple(sorted(strings.elements())),
        vanished_in,
        strings_in,
        {**other.elements, **one.elements},
    )
