"""Is a condition true under a configuration, and what has been found out about headers already?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from imgcheck.errors import FormatError
from imgcheck.prediction.sources import pasting
from imgcheck.prediction.sources.expressions import WORDS, Malformed, defined, evaluate
from imgcheck.prediction.sources.macros import Macro, Maybe, State
from imgcheck.prediction.sources.records import Hint, Off, Record
from imgcheck.prediction.sources.tree import Tree
from imgcheck.source import Source

ALTERNATIVES = 16  # definitions that a name may have; with more of them anything may be true


class Evaluator:
    """The macros and conditions of one tree, and the records of walks through it.

    `owned(name)` says whether a macro without definition is known to be undefined; `configured` are the files
    that hold the #define of a feature.
    """

    def __init__(self, tree: Tree, owned: Callable[[str], bool], configured: frozenset[str]) -> None:
        self.tree = tree
        self.owned = owned
        self.configured = configured
        self._macros: dict[tuple[str, int], Macro] = {}
        self._maybe: dict[frozenset[Macro | None], Maybe] = {}
        self._conditions: dict[tuple[str, int], list[tuple[dict[str, State | None], bool | None]]] = {}
        self._records: dict[tuple[str, Off | None], list[Record]] = {}
        # A hint's key has identities of states, which may be gone and others' by now: what it leads to is
        # taken only if it repeats what is asked for.
        self.hints: dict[Hint, Record] = {}
        # By identity, so only of records in `_records`: those live as long as this, and nobody changes them.
        self._differences: dict[tuple[int, int], frozenset[str]] = {}
        self.switches: frozenset[str] = frozenset()  # macros that code reads and a feature decides about
        self.zeroed: frozenset[tuple[str, int]] = frozenset()  # #define lines that become 0 when they are off
        self._zeros: dict[str, Macro] = {}
        self.users: dict[str, set[str]] = {}  # word -> macros whose replacement has it
        self.pasting = pasting.NOTHING

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

    def zero(self, name: str) -> Macro:
        """A macro that is 0: what a feature that code reads has to be when it is off."""
        if name not in self._zeros:
            self._zeros[name] = Macro(name, None, ("0",))
        return self._zeros[name]

    def maybe(self, before: State | None, now: State) -> Maybe:
        """What a name is after an unknown condition that sets it; the same object each time."""
        alternatives: set[Macro | None] = set()
        for state in (before, now):
            if isinstance(state, Maybe):
                alternatives.update(state.alternatives)
            else:
                alternatives.add(state if isinstance(state, Macro) else None)
        key = frozenset(alternatives) if len(alternatives) <= ALTERNATIVES else frozenset({None})
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
            cplusplus = isinstance(macros.get("__cplusplus"), Macro)
            try:
                value = evaluate(tokens, macros, self.owned, names, cplusplus)
            except Malformed as error:
                raise FormatError(
                    f"#{kind} is no expression: {error}", source.path, line=directive.line
                ) from None
            if not names.isdisjoint(WORDS):
                names.add("__cplusplus")
            return None if value is None else bool(value)
        if not directive.name:
            raise FormatError(f"#{kind} without a name", source.path, line=directive.line)
        names.add(directive.name)
        if kind == "ifndef" and self._falls_back(source, index, directive.name, macros, names):
            return True
        there = defined(directive.name, macros, self.owned)
        return there if there is None or kind in {"ifdef", "elifdef"} else not there

    def _falls_back(
        self, source: Source, index: int, name: str, macros: Mapping[str, State | None], names: set[str]
    ) -> bool:
        """Whether this is `#ifndef X` right before `#define X`, and nobody is known to have defined X."""
        names.add(name)
        following = source.directives[index + 1] if index + 1 < len(source.directives) else None
        if following is None or following.kind != "define" or following.name != name:
            return False
        return defined(name, macros, self.owned) is None

    def leading_to(self, names: Iterable[str]) -> frozenset[str]:
        """`names`, what macros make them of, and the macros whose replacement leads to one of them."""
        found = set(names)
        for name in found & self.pasting.halves.keys():
            found |= self.pasting.halves[name]
        due = list(found)
        while due:
            for user in self.users.get(due.pop(), ()):
                if user not in found:
                    found.add(user)
                    due.append(user)
        return frozenset(found)

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
        """Remember `record`; one that met no #define of the configuration serves all of them."""
        record.finish()
        key = (record.path, off if record.switching else None)
        self._records.setdefault(key, []).append(record)


def _absence(tokens: list[str]) -> str:
    """X of `!defined(X)` or `!defined X`, "" of any other condition."""
    if tokens[:2] != ["!", "defined"]:
        return ""
    if len(tokens) == 3:
        return tokens[2]
    return tokens[3] if len(tokens) == 5 and tokens[2] == "(" and tokens[4] == ")" else ""
