"""Which lines of a file does the compiler see under a configuration, and which macros?

A file is walked as a preprocessor does, except that a condition may be unknown: then all its branches count.
Walking a header again is saved where it cannot matter: a `Record` says which macros it read and what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from imgcheck.analyses.configuration.expressions import Malformed, defined, evaluate
from imgcheck.analyses.configuration.macros import UNDEFINED, Exploded, Macro, Maybe, State, expand
from imgcheck.analyses.configuration.tree import Tree
from imgcheck.errors import FormatError
from imgcheck.source import Directive, Source

OPENING = frozenset({"if", "ifdef", "ifndef"})
MIDDLE = frozenset({"elif", "else", "elifdef", "elifndef"})
DEPTH = 100  # nested #include
WALKS = 20_000  # files walked for one source file: a header that includes itself twice asks for 2**100
Hint = tuple[int, "frozenset[tuple[str, int]] | None", tuple[tuple[str, int], ...]]
Off = frozenset[tuple[str, int]]  # (path, index of its directive) of each #define that does not count


class Record:
    """What walking one file did: `active` holds a byte for each block, `children` the records of its #includes."""

    __slots__ = ("absent", "active", "children", "effects", "files", "first", "path", "present", "reads")

    def __init__(self, path: str, blocks: int) -> None:
        self.path = path
        self.active = bytearray(blocks)
        self.reads: dict[str, State | None] = {}  # names that it looked at, as they were before it
        self.effects: dict[str, State] = {}  # names that it set, as they are after it
        self.children: dict[int, Record] = {}
        self.files: frozenset[str] = frozenset((path,))
        self.first: tuple[str, State | None] | None = None
        self.present: dict[str, State | None] = {}
        self.absent: frozenset[str] = frozenset()

    def finish(self) -> None:
        """Sort `reads` so that `repeats` is quick."""
        self.first = next(iter(self.reads.items()), None)
        self.present = {name: state for name, state in self.reads.items() if state is not None}
        self.absent = frozenset(self.reads.keys() - self.present.keys())

    def repeats(self, macros: Mapping[str, State | None]) -> bool:
        """Whether a walk from `macros` would do the same."""
        if self.first is None:
            return True
        if macros.get(self.first[0]) is not self.first[1]:
            return False  # mostly the header's guard
        return macros.keys().isdisjoint(self.absent) and self.present.items() <= macros.items()


# Called with path, block, fork and macros for each active block in order. `fork` is the block in front of the chain for
# a further branch of an unknown condition (which continues from there, not from the branch before it), else -1.
Visitor = Callable[[str, int, int, Mapping[str, State | None]], None]


class Evaluator:
    """Walks files of one tree; `owned(name)` says whether a macro without definition is known to be undefined."""

    def __init__(self, tree: Tree, owned: Callable[[str], bool], configured: frozenset[str]) -> None:
        self.tree = tree
        self.owned = owned
        self.configured = configured  # files that hold the #define of a feature
        self._macros: dict[tuple[str, int], Macro] = {}
        self._maybe: dict[frozenset[Macro | None], Maybe] = {}
        self._conditions: dict[tuple[str, int], list[tuple[dict[str, State | None], bool | None]]] = {}
        self._records: dict[tuple[str, Off | None], list[Record]] = {}
        self.hints: dict[Hint, Record] = {}
        self._differences: dict[tuple[int, int], frozenset[str]] = {}
        self.users: dict[str, set[str]] = {}  # word -> macros whose replacement has it

    def walk(
        self,
        path: str,
        macros: dict[str, State | None],
        off: Off,
        visit: Visitor | None = None,
        watch: frozenset[str] = frozenset(),
        base: Record | None = None,
        dirty: set[str] | None = None,
    ) -> Record:
        """Walk `path` from `macros`, which is left as the file leaves it; `visit` sees the files in `watch`.

        `base` is the record of this file under another configuration: with it the walk passes over headers that
        `dirty`, the names that differ so far (added to as it goes), cannot change. Raises FormatError for a file
        that cannot be compiled.
        """
        return _Walk(self, macros, off, visit, watch, set() if dirty is None else dirty).file(path, [], base)

    def macro(self, source: Source, index: int) -> Macro:
        """The macro that directive `index` defines; the same object each time."""
        key = (source.path, index)
        found = self._macros.get(key)
        if found is None:
            directive = source.directives[index]
            tokens = tuple(source.lex(directive.text)) if directive.text else ()
            found = Macro(directive.name, directive.parameters, tokens, source.path, index)
            self._macros[key] = found
            for word in tokens:
                self.users.setdefault(word, set()).add(directive.name)
        return found

    def maybe(self, before: State | None, now: State) -> Maybe:
        """What a name is after an unknown condition that sets it; the same object each time."""
        alternatives: set[Macro | None] = set()
        for state in (before, now):
            if isinstance(state, Maybe):
                alternatives.update(state.alternatives)
            else:
                alternatives.add(state if isinstance(state, Macro) else None)
        key = frozenset(alternatives)
        found = self._maybe.get(key)
        if found is None:
            found = self._maybe[key] = Maybe(tuple(key))
        return found

    def test(
        self, source: Source, index: int, macros: Mapping[str, State | None]
    ) -> tuple[bool | None, dict[str, State | None]]:
        """The value of the condition of directive `index`, and what it looked at."""
        known = self._conditions.setdefault((source.path, index), [])
        for reads, value in known:
            if all(macros.get(name) is state for name, state in reads.items()):
                return value, reads
        names: set[str] = set()
        value = self._evaluate(source, index, macros, names)
        reads = {name: macros.get(name) for name in names if name[0].isalpha() or name[0] in "_$"}
        known.append((reads, value))
        return value, reads

    def _evaluate(
        self, source: Source, index: int, macros: Mapping[str, State | None], names: set[str]
    ) -> bool | None:
        directive = source.directives[index]
        kind = directive.kind
        if kind in {"if", "elif"}:
            tokens = source.lex(directive.text)
            fallback = _absence(tokens)
            if fallback and kind == "if" and self._falls_back(source, index, fallback, macros, names):
                return True
            try:
                value = evaluate(tokens, macros, self.owned, names)
            except Malformed as error:
                where = f"line {directive.line}"
                raise FormatError(f"#{kind} is no expression: {error}", source.path, where) from None
            return None if value is None else bool(value)
        names.add(directive.name)
        if kind == "ifndef" and self._falls_back(source, index, directive.name, macros, names):
            return True
        there = defined(directive.name, macros, self.owned)
        return there if there is None or kind in {"ifdef", "elifdef"} else not there

    def _falls_back(
        self, source: Source, index: int, name: str, macros: Mapping[str, State | None], names: set[str]
    ) -> bool:
        """Whether this is `#ifndef X` right before `#define X` of a name that nobody is known to have defined."""
        names.add(name)
        following = source.directives[index + 1] if index + 1 < len(source.directives) else None
        if following is None or following.kind != "define" or following.name != name:
            return False
        return defined(name, macros, self.owned) is None

    def recorded(
        self, path: str, macros: Mapping[str, State | None], off: Off, hint: Hint | None = None
    ) -> Record | None:
        """The record of an earlier walk of `path` that a walk from `macros` would repeat."""
        likely = self.hints.get(hint) if hint is not None else None
        if likely is not None and likely.path == path and likely.repeats(macros):
            return likely
        for key in ((path, off), (path, None)):
            for record in self._records.get(key, ()):
                if record.repeats(macros):
                    return record
        return None

    def differences(self, one: Record, other: Record) -> frozenset[str]:
        """The names that two walks of a header leave different; both are kept records."""
        key = (id(one), id(other))
        found = self._differences.get(key)
        if found is None:
            a, b = one.effects, other.effects
            found = frozenset(name for name in a.keys() | b.keys() if a.get(name) is not b.get(name))
            self._differences[key] = found
        return found

    def keep(self, record: Record, off: Off) -> None:
        """Remember `record`; one that no feature's #define took part in serves all configurations."""
        record.finish()
        key = (record.path, None if record.files.isdisjoint(self.configured) else off)
        self._records.setdefault(key, []).append(record)


def _absence(tokens: list[str]) -> str:
    """X of `!defined(X)` or `!defined X`, "" of any other condition."""
    if tokens[:2] != ["!", "defined"]:
        return ""
    if len(tokens) == 3:
        return tokens[2]
    return tokens[3] if len(tokens) == 5 and tokens[2] == "(" and tokens[4] == ")" else ""


@dataclass(slots=True)
class _Chain:
    """A conditional that is open."""

    start: int  # index of its #if
    certain: bool  # outside it
    outer: bool  # touched outside it
    unknown: bool = False  # a branch was that may count
    done: bool = False  # a branch was that counts
    touched: bool = False  # by a name that differs from the other configuration's

    def __post_init__(self) -> None:
        self.touched = self.outer


class _Walk:
    """One walk through one source file and its headers."""

    def __init__(
        self,
        evaluator: Evaluator,
        macros: dict[str, State | None],
        off: Off,
        visit: Visitor | None,
        watch: frozenset[str],
        dirty: set[str],
    ) -> None:
        self.evaluator = evaluator
        self.macros = macros
        self.off = off
        self.visit = visit
        self.watch = watch
        self.dirty = dirty  # names that may differ from the other configuration's; only ever too many
        self.walks = 0

    def file(self, path: str, within: list[str], base: Record | None) -> Record:
        evaluator, macros = self.evaluator, self.macros
        self.walks += 1
        source = evaluator.tree.source(path)
        directives = source.directives
        visit = self.visit if path in self.watch else None
        record = Record(path, len(directives) + 1)
        active, reads, effects = record.active, record.reads, record.effects
        chains: list[_Chain] = []
        certain, touched = True, False
        index = 0
        active[0] = 1
        if visit:
            visit(path, 0, -1, macros)
        while index < len(directives):
            directive = directives[index]
            kind = directive.kind
            fork = -1
            if kind in OPENING or kind in MIDDLE:
                if kind in OPENING:
                    chains.append(_Chain(index, certain, touched))
                chain = chains[-1]
                value: bool | None = False
                if not chain.done:
                    value = True
                    if kind != "else":
                        value, looked = evaluator.test(source, index, macros)
                        for name, state in looked.items():
                            if name not in effects and name not in reads:
                                reads[name] = state
                        if base is not None and not looked.keys().isdisjoint(self.dirty):
                            chain.touched = True
                if value is False:
                    if base is not None:
                        self._lost(source, base, index + 1, directive.next)
                    index = directive.next
                    continue
                touched = chain.touched
                if chain.unknown:
                    fork = chain.start
                certain = False
                if value:
                    chain.done = True
                    certain = chain.certain and not chain.unknown
                else:
                    chain.unknown = True
            elif kind == "endif":
                chain = chains.pop()
                certain, touched = chain.certain, chain.outer
            elif kind in {"define", "undef"} and directive.name:
                here = kind == "undef" or (path, index) not in self.off
                if here:
                    state = UNDEFINED if kind == "undef" else evaluator.macro(source, index)
                    self._set(record, directive.name, state, certain)
                if base is not None and (touched or not here or not base.active[index]):
                    self.dirty.add(directive.name)
            elif kind in {"include", "import", "include_next"}:
                before = base.children.get(index) if base is not None and not touched else None
                self._include(record, source, index, certain, [*within, path], before)
            elif kind == "pragma" and directive.text.split()[:1] == ["once"]:
                mark = f"<once {path}>"
                if mark not in effects:
                    reads.setdefault(mark, macros.get(mark))
                if macros.get(mark):
                    return record
                macros[mark] = effects[mark] = UNDEFINED
            index += 1
            active[index] = 1
            if visit:
                visit(path, index, fork, macros)
        return record

    def _lost(self, source: Source, base: Record, start: int, stop: int) -> None:
        """Directives that count in `base` and not here."""
        for index in range(start, stop):
            if base.active[index]:
                directive = source.directives[index]
                if directive.kind in {"define", "undef"}:
                    self.dirty.add(directive.name)
                elif index in base.children:
                    self.dirty.update(base.children[index].effects)

    def _set(self, record: Record, name: str, state: State, certain: bool) -> None:
        if not certain:
            before = self.macros.get(name)
            if name not in record.effects:
                record.reads.setdefault(name, before)
            state = self.evaluator.maybe(before, state)
        self.macros[name] = record.effects[name] = state

    def _include(
        self, record: Record, source: Source, index: int, certain: bool, within: list[str], base: Record | None
    ) -> None:
        evaluator, macros = self.evaluator, self.macros
        directive = source.directives[index]
        target = evaluator.tree.resolve(self._target(record, source, directive), source.path)
        if target is None:
            return
        if len(within) > DEPTH or self.walks > WALKS:
            if not certain:
                return
            where = f"line {directive.line}"
            raise FormatError("#include does not end", source.path, where)
        if target in within and not certain:
            return  # the unknown condition is what would have ended it
        before = dict(macros) if not certain else {}
        child = self._child(target, within, base)
        record.children[index] = child
        record.files |= child.files
        effects, reads = record.effects, record.reads
        for name, state in child.reads.items():
            if name not in effects and name not in reads:
                reads[name] = state
        if certain:
            effects.update(child.effects)
            return
        for name, now in child.effects.items():
            previous = before.get(name)
            if name not in effects:
                reads.setdefault(name, previous)
            macros[name] = effects[name] = evaluator.maybe(previous, now)

    def _child(self, target: str, within: list[str], base: Record | None) -> Record:
        """Walk a header, or do what an earlier walk of it did."""
        evaluator, macros = self.evaluator, self.macros
        unwatched = self.visit is None or not self.watch
        if base is not None and base.path != target:
            self.dirty.update(base.effects)
            base = None
        if (
            base is not None
            and base.files.isdisjoint(evaluator.configured)
            and base.reads.keys().isdisjoint(self.dirty)
            and (unwatched or base.files.isdisjoint(self.watch))
        ):
            macros.update(base.effects)
            if not self.dirty.isdisjoint(base.effects.keys()):
                self.dirty -= base.effects.keys() & self.dirty
            return base
        hint = None if base is None else self._hint(base)
        child = evaluator.recorded(target, macros, self.off, hint)
        if child is not None and (unwatched or child.files.isdisjoint(self.watch)):
            macros.update(child.effects)
        else:
            known = child
            child = self.file(target, within, base)
            if known is None:
                evaluator.keep(child, self.off)
            else:
                child = known
        if hint is not None:
            evaluator.hints[hint] = child
        if base is None:
            self.dirty.update(child.effects)
        elif base is not child:
            same = base.effects.keys() & child.effects.keys()
            differing = evaluator.differences(base, child)
            self.dirty.difference_update(self.dirty & same - differing)
            self.dirty |= differing
        return child

    def _hint(self, base: Record) -> Hint:
        """What decides, nearly always, which record a header has here that has `base` in the other configuration."""
        states = tuple(sorted((name, id(self.macros.get(name))) for name in self.dirty & base.reads.keys()))
        return id(base), None if base.files.isdisjoint(self.evaluator.configured) else self.off, states

    def _target(self, record: Record, source: Source, directive: Directive) -> str:
        text = directive.text
        if text[:1] in {'"', "<"}:
            return text
        names: set[str] = set()
        try:
            tokens = expand(source.lex(text), self.macros, names)
        except Exploded:
            return ""
        for name in names:
            if name not in record.effects:
                record.reads.setdefault(name, self.macros.get(name))
        return "".join(tokens)
