"""Which lines of a file does the compiler see under a configuration, and which macros?

A file is walked as a preprocessor does, except that a condition may be unknown: then all its branches count.
Headers are walked again only where it matters: a `Record` says which macros they read and what they did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from imgcheck.errors import FormatError
from imgcheck.prediction.sources.evaluation import Evaluator
from imgcheck.prediction.sources.macros import UNDEFINED, Exploded, State, expand
from imgcheck.prediction.sources.records import Hint, Off, Record
from imgcheck.source import Directive, Source

OPENING = frozenset({"if", "ifdef", "ifndef"})
MIDDLE = frozenset({"elif", "else", "elifdef", "elifndef"})
DEPTH = 100  # nested #include
WALKS = 20_000  # files walked for one source file: a header that includes itself twice asks for 2**100
# Called with path, block, fork and macros for each active block in order. `fork` is the block in front of the
# chain for a further branch of an unknown condition (it continues from there, not from the branch before it),
# else -1.
Visitor = Callable[[str, int, int, Mapping[str, State | None]], None]


def walk(
    evaluator: Evaluator,
    path: str,
    macros: dict[str, State | None],
    off: Off,
    *,
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
    run = _Walk(evaluator, macros, off, visit, watch, set() if dirty is None else dirty)
    return run.file(path, [], base)


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


@dataclass(slots=True)
class _Walk:
    """One walk through one source file and its headers."""

    evaluator: Evaluator
    macros: dict[str, State | None]
    off: Off
    visit: Visitor | None
    watch: frozenset[str]
    # Names that may differ from the other configuration's. Only ever too many: one too many walks a header
    # again, one too few passes over a header that is another one now. So whatever was lost, is new or is not
    # certain adds its names, and only a walk that was seen to leave a name as it was takes it out again.
    dirty: set[str]
    walks: int = 0

    def _define(self, record: Record, source: Source, index: int, certain: bool) -> bool:
        """A define or undef, and whether it is there: of a feature that is off the line is not."""
        directive = source.directives[index]
        here = directive.kind == "undef" or (source.path, index) not in self.off
        if here:
            gone = directive.kind == "undef"
            state = UNDEFINED if gone else self.evaluator.macro(source, index)
            self._set(record, directive.name, state, certain)
        elif (source.path, index) in self.evaluator.zeroed:
            self._set(record, directive.name, self.evaluator.zero(directive.name), certain)
        return here

    def _seen(self, record: Record) -> bool:
        """`#pragma once`: whether the file was walked before."""
        mark = f"<once {record.path}>"
        if mark not in record.effects:
            record.reads.setdefault(mark, self.macros.get(mark))
        if self.macros.get(mark):
            return True
        self.macros[mark] = record.effects[mark] = UNDEFINED
        return False

    def file(self, path: str, within: list[str], base: Record | None) -> Record:
        evaluator, macros = self.evaluator, self.macros
        self.walks += 1
        source = evaluator.tree.source(path)
        directives, visit = source.directives, self.visit if path in self.watch else None
        record = Record(path, len(directives) + 1)
        active = record.active
        chains: list[_Chain] = []
        certain, touched, index = True, False, 0
        active[0] = 1
        if visit:
            visit(path, 0, -1, macros)
        while index < len(directives):
            directive = directives[index]
            kind, fork = directive.kind, -1
            if kind in OPENING or kind in MIDDLE:
                if kind in OPENING:
                    chains.append(_Chain(index, certain, touched))
                chain = chains[-1]
                value: bool | None = False
                if not chain.done:
                    value = True
                    if kind != "else":
                        value, looked = evaluator.test(source, index, macros)
                        record.noted(looked)
                        if base is not None and not looked.keys().isdisjoint(self.dirty):
                            chain.touched = True
                if value is False:
                    self._lost(source, base, index + 1, directive.next)
                    index = directive.next
                    continue
                touched = chain.touched
                fork = chain.start if chain.unknown else -1
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
                here = self._define(record, source, index, certain)
                if base is not None and (touched or not here or not base.active[index]):
                    self.dirty.add(directive.name)
            elif kind in {"include", "import", "include_next"}:
                before = self._before(base, index, touched)
                self._include(record, source, index, certain, within=[*within, path], base=before)
            elif kind == "error" and certain:
                record.refusing |= {(path, directive.line)}
            elif kind == "pragma" and directive.text.split()[:1] == ["once"] and self._seen(record):
                break
            index += 1
            active[index] = 1
            if visit:
                visit(path, index, fork, macros)
        if path in evaluator.configured:
            record.switching |= _defining(source, active)
        return record

    def _before(self, base: Record | None, index: int, touched: bool) -> Record | None:
        """What an include did in `base`, where that says something of what it does here."""
        child = base.children.get(index) if base is not None else None
        if child is not None and touched:
            self.dirty.update(child.effects)
            return None
        return child

    def _lost(self, source: Source, base: Record | None, start: int, stop: int) -> None:
        """Directives that count in `base` and not here."""
        if base is None:
            return
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
        self,
        record: Record,
        source: Source,
        index: int,
        certain: bool,
        *,
        within: list[str],
        base: Record | None,
    ) -> None:
        evaluator, macros = self.evaluator, self.macros
        directive = source.directives[index]
        target = evaluator.tree.resolve(
            self._target(record, source, directive), source.path, beyond=directive.kind == "include_next"
        )
        if base is not None and base.path != target:
            self.dirty.update(base.effects)
            base = None
        if target is None:
            return
        if len(within) > DEPTH or self.walks > WALKS:
            if not certain:
                return
            raise FormatError("#include does not end", source.path, line=directive.line)
        if target in within and not certain:
            return  # the unknown condition is what would have ended it
        before = dict(macros) if not certain else {}
        child = self._child(target, within, base)
        record.children[index] = child
        record.files |= child.files
        if not child.switching <= record.switching:
            record.switching = record.switching | child.switching if record.switching else child.switching
        effects, reads = record.effects, record.reads
        for name, state in child.reads.items():
            if name not in effects and name not in reads:
                reads[name] = state
        if certain:
            effects.update(child.effects)
            if child.refusing:
                record.refusing |= child.refusing
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
        if (
            base is not None
            and self.off.isdisjoint(base.switching)
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
        if hint is not None and (hint[1] is not None or not child.switching):
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
        """What decides, nearly always, which record a header has here that has `base` there."""
        # By identity, of what may be gone: a hint is looked at before it is taken.
        states = tuple(sorted((name, id(self.macros.get(name))) for name in self.dirty & base.reads.keys()))
        return id(base), self.off if base.switching else None, states

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


def _defining(source: Source, active: Sequence[int]) -> frozenset[tuple[str, int]]:
    """The #define lines, and those that take one back, behind the blocks that count."""
    lines = enumerate(source.directives)
    return frozenset((source.path, at) for at, one in lines if active[at] and one.kind in {"define", "undef"})
