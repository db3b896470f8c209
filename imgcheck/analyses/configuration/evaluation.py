"""Which lines of a file does the compiler see under a configuration, and which macros?

A file is walked as a preprocessor does, except that a condition may be unknown: then all its branches count.
Walking a header again is saved where it cannot matter: a `Record` says which macros it read and what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from imgcheck.analyses.configuration.expressions import Malformed, defined, evaluate
from imgcheck.analyses.configuration.macros import UNDEFINED, Exploded, Macro, Maybe, State, expand
from imgcheck.analyses.configuration.tree import Tree
from imgcheck.errors import FormatError
from imgcheck.source import Directive, Source

OPENING = frozenset({"if", "ifdef", "ifndef"})
MIDDLE = frozenset({"elif", "else", "elifdef", "elifndef"})
DEPTH = 100  # nested #include
WALKS = 20_000  # files walked for one source file: a header that includes itself twice asks for 2**100
Off = frozenset[tuple[str, int]]  # (path, index of its directive) of each #define that does not count


class Record:
    """What walking one file did: `active` holds a byte for each block, `children` the records of its #includes."""

    __slots__ = ("active", "children", "effects", "files", "path", "reads")

    def __init__(self, path: str, blocks: int) -> None:
        self.path = path
        self.active = bytearray(blocks)
        self.reads: dict[str, State | None] = {}  # names that it looked at, as they were before it
        self.effects: dict[str, State] = {}  # names that it set, as they are after it
        self.children: dict[int, Record] = {}
        self.files: frozenset[str] = frozenset((path,))


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
        self.users: dict[str, set[str]] = {}  # word -> macros whose replacement has it

    def walk(
        self,
        path: str,
        macros: dict[str, State | None],
        off: Off,
        visit: Visitor | None = None,
        watch: frozenset[str] = frozenset(),
    ) -> Record:
        """Walk `path` from `macros`, which is left as the file leaves it; `visit` sees the files in `watch`.

        Raises FormatError for a file that cannot be compiled.
        """
        return _Walk(self, macros, off, visit, watch).file(path, [])

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

    def recorded(self, path: str, macros: Mapping[str, State | None], off: Off) -> Record | None:
        """The record of an earlier walk of `path` that a walk from `macros` would repeat."""
        for key in ((path, off), (path, None)):
            for record in self._records.get(key, ()):
                if all(macros.get(name) is state for name, state in record.reads.items()):
                    return record
        return None

    def keep(self, record: Record, off: Off) -> None:
        """Remember `record`; one that no feature's #define took part in serves all configurations."""
        key = (record.path, None if record.files.isdisjoint(self.configured) else off)
        self._records.setdefault(key, []).append(record)


def _absence(tokens: list[str]) -> str:
    """X of `!defined(X)` or `!defined X`, "" of any other condition."""
    if tokens[:2] != ["!", "defined"]:
        return ""
    if len(tokens) == 3:
        return tokens[2]
    return tokens[3] if len(tokens) == 5 and tokens[2] == "(" and tokens[4] == ")" else ""


class _Walk:
    """One walk through one source file and its headers."""

    def __init__(
        self,
        evaluator: Evaluator,
        macros: dict[str, State | None],
        off: Off,
        visit: Visitor | None,
        watch: frozenset[str],
    ) -> None:
        self.evaluator = evaluator
        self.macros = macros
        self.off = off
        self.visit = visit
        self.watch = watch
        self.walks = 0

    def file(self, path: str, within: list[str]) -> Record:
        evaluator, macros = self.evaluator, self.macros
        self.walks += 1
        source = evaluator.tree.source(path)
        directives = source.directives
        visit = self.visit if path in self.watch else None
        record = Record(path, len(directives) + 1)
        active, reads, effects = record.active, record.reads, record.effects
        # Each open conditional: certain outside, an unknown branch seen, a true branch seen, index of its #if.
        chains: list[list[int]] = []
        certain = True
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
                    chains.append([certain, False, False, index])
                chain = chains[-1]
                if chain[2]:
                    index = directive.next
                    continue
                value: bool | None = True
                if kind != "else":
                    value, looked = evaluator.test(source, index, macros)
                    for name, state in looked.items():
                        if name not in effects and name not in reads:
                            reads[name] = state
                if value is False:
                    index = directive.next
                    continue
                if chain[1]:
                    fork = chain[3]
                if value:
                    chain[2] = True
                    certain = bool(chain[0]) and not chain[1]
                else:
                    chain[1] = True
                    certain = False
            elif kind == "endif":
                certain = bool(chains.pop()[0])
            elif kind == "define":
                if (path, index) not in self.off and directive.name:
                    self._set(record, directive.name, evaluator.macro(source, index), certain)
            elif kind == "undef":
                self._set(record, directive.name, UNDEFINED, certain)
            elif kind in {"include", "import", "include_next"}:
                self._include(record, source, index, certain, [*within, path])
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

    def _set(self, record: Record, name: str, state: State, certain: bool) -> None:
        if not certain:
            before = self.macros.get(name)
            if name not in record.effects:
                record.reads.setdefault(name, before)
            state = self.evaluator.maybe(before, state)
        self.macros[name] = record.effects[name] = state

    def _include(self, record: Record, source: Source, index: int, certain: bool, within: list[str]) -> None:
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
        watched = None if self.visit is None else self.watch
        child = None
        known = evaluator.recorded(target, macros, self.off)
        if known is not None and (not watched or known.files.isdisjoint(watched)):
            child = known
            macros.update(child.effects)
        else:
            child = self.file(target, within)
            if known is None:
                evaluator.keep(child, self.off)
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
