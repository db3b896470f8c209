"""Which code does a constant condition leave out: `if (ENABLE_X) f();`, `X ? a : b`, `X && f()`?

The compiler drops it as it drops what stands between #if and #endif; a configuration macro that is read like
this is a switch too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from imgcheck.prediction.sources.expressions import Malformed, evaluate
from imgcheck.prediction.sources.macros import Environment

OPEN, CLOSED = frozenset("([{"), frozenset(")]}")
_WEAKER = ("&&", "||", "|", "^", "?", ":", ",", "=")  # operators that bind less than `&`
BEFORE = frozenset({",", ";", "=", "return", "?", ":", "+=", "-=", "|=", "&=", "*=", "case"})
LONGEST = 200  # tokens of a condition
DEEPEST = 50  # statements inside statements


class Folded(NamedTuple):
    """Tokens by index: `dead` ones are left out, `quiet` ones are conditions that decided it.

    `chosen` are those of them around what is left of a `X ? a : b`.
    """

    dead: frozenset[int]
    quiet: frozenset[int]
    chosen: frozenset[int] = frozenset()


NOTHING = Folded(frozenset(), frozenset())


def fold(tokens: Sequence[str], switches: Set[str], macros: Environment) -> Folded:
    """What constant conditions that read one of `switches` leave out of a stretch of code."""
    if switches.isdisjoint(tokens):
        return NOTHING

    def value(condition: Sequence[str]) -> bool | None:
        if len(condition) > LONGEST or switches.isdisjoint(condition):
            return None
        return _value(list(condition), macros)

    return _Folding(tokens, value).run()


def constant(tokens: Sequence[str], macros: Environment) -> int | None:
    """The value of a constant expression, None where it is none or not known."""
    try:
        return evaluate(list(tokens), macros, lambda _: False, set())
    except Malformed:
        return None


def _value(tokens: list[str], macros: Environment) -> bool | None:
    try:
        found = evaluate(tokens, macros, lambda _: False, set())
        return _masked(tokens, macros) if found is None else bool(found)
    except Malformed:
        pass  # `X && p->ready`: no constant as a whole, but one side may decide
    for operator, deciding in (("||", True), ("&&", False)):
        parts = _parts(tokens, operator)
        if len(parts) > 1:
            values = [_value(part, macros) for part in parts]
            if deciding in values:
                return deciding
            return None if None in values else not deciding
    if tokens[:1] == ["("] and _closing(tokens, 0) == len(tokens) - 1:
        return _value(tokens[1:-1], macros)
    return _masked(tokens, macros)


def _masked(tokens: list[str], macros: Environment) -> bool | None:
    """False of `flags & FLAG_X` with a flag that is 0, None of anything else."""
    if tokens[:1] == ["("] and _closing(tokens, 0) == len(tokens) - 1:
        return _masked(tokens[1:-1], macros)
    if "&" not in tokens or any(len(_parts(tokens, operator)) > 1 for operator in _WEAKER):
        return None
    masks = _parts(tokens, "&")
    return False if any(constant(mask, macros) == 0 for mask in masks if mask) else None


def _parts(tokens: list[str], operator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token in OPEN) - (token in CLOSED)
        if token == operator and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _closing(tokens: Sequence[str], start: int) -> int:
    """The index of the bracket that closes the one at `start`, or of the end."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] in OPEN) - (tokens[index] in CLOSED)
        if not depth:
            return index
    return len(tokens)


class _Folding:
    """One pass over the tokens of a stretch of code."""

    def __init__(self, tokens: Sequence[str], value: Callable[[Sequence[str]], bool | None]) -> None:
        self.tokens = tokens
        self.value = value
        self.dead: set[int] = set()
        self.quiet: set[int] = set()
        self.chosen: set[int] = set()

    def run(self) -> Folded:
        tokens = self.tokens
        for index, token in enumerate(tokens):
            if index in self.dead:
                continue
            if token in {"if", "while"}:
                behind = index + 1 + (tokens[index + 1 : index + 2] == ["constexpr"])  # C++17 9.4.1
                if tokens[behind : behind + 1] == ["("]:
                    self._statement(index, behind)
            elif token == "?":
                self._choice(index)
            elif token in {"&&", "||"}:
                self._operand(index)
        return Folded(frozenset(self.dead), frozenset(self.quiet - self.dead), frozenset(self.chosen))

    def _statement(self, start: int, opening: int) -> None:
        tokens = self.tokens
        close = _closing(tokens, opening)
        decided = self.value(tokens[opening + 1 : close])
        if decided is None or close >= len(tokens):
            return
        if tokens[start] == "while" and (decided or tokens[close + 1 : close + 2] == [";"]):
            return
        end = self._end(close + 1, 0)
        self.quiet.update(range(start, close + 1))
        other = end < len(tokens) and tokens[end] == "else"
        if not decided:
            self.dead.update(range(close + 1, end))
            if other:
                self.quiet.add(end)
        elif other:
            self.dead.update(range(end, self._end(end + 1, 0)))

    def _end(self, start: int, depth: int) -> int:
        """The index behind the statement at `start`."""
        tokens = self.tokens
        if start >= len(tokens) or depth > DEEPEST:
            return len(tokens)
        token = tokens[start]
        if token == "{":
            return min(_closing(tokens, start) + 1, len(tokens))
        if token in {"if", "while", "for", "switch"} and tokens[start + 1 : start + 2] == ["("]:
            end = self._end(_closing(tokens, start + 1) + 1, depth + 1)
            if token == "if" and tokens[end : end + 1] == ["else"]:
                end = self._end(end + 1, depth + 1)
            return end
        if token == "do":
            end = self._end(start + 1, depth + 1)
            return self._end(end, depth + 1) if tokens[end : end + 1] == ["while"] else end
        return self._until(start, frozenset({";"})) + 1

    def _until(self, start: int, ends: frozenset[str]) -> int:
        """The index of the first of `ends` outside brackets, or of a bracket that closes one further out."""
        depth = 0
        for index in range(start, len(self.tokens)):
            token = self.tokens[index]
            if not depth and (token in ends or token in CLOSED):
                return index
            depth += (token in OPEN) - (token in CLOSED)
        return len(self.tokens)

    def _back(self, start: int, ends: frozenset[str]) -> int:
        """The index where the operand in front of `start` begins."""
        depth = 0
        for index in range(start - 1, max(start - LONGEST, -1), -1):
            token = self.tokens[index]
            if not depth and (token in ends or token in OPEN):
                return index + 1
            depth += (token in CLOSED) - (token in OPEN)
        return max(start - LONGEST, 0)

    def _choice(self, at: int) -> None:
        start = self._back(at, BEFORE)
        decided = self.value(self.tokens[start:at])
        colon = at + 1
        nested = 0
        while colon < len(self.tokens):
            colon = self._until(colon, frozenset({"?", ":", ";"}))
            token = self.tokens[colon] if colon < len(self.tokens) else ""
            if token == ":" and not nested:
                break
            if token not in {"?", ":"}:
                return
            nested += 1 if token == "?" else -1
            colon += 1
        if decided is None or colon >= len(self.tokens):
            return
        end, nested = colon + 1, 0
        while end < len(self.tokens):
            end = self._until(end, frozenset({"?", ":", ",", ";"}))
            token = self.tokens[end] if end < len(self.tokens) else ""
            if token not in {"?", ":"} or (token == ":" and not nested):
                break
            nested += 1 if token == "?" else -1
            end += 1
        self.chosen.update((*range(start, at + 1), colon))
        self.quiet |= self.chosen
        self.dead.update(range(colon + 1, end) if decided else range(at + 1, colon))

    def _operand(self, at: int) -> None:
        both = self.tokens[at] == "&&"
        start = self._back(at, BEFORE | {"||"} if both else BEFORE)
        decided = self.value(self.tokens[start:at])
        if decided is None or decided is both:
            return
        end = self._until(at + 1, frozenset({"||", "?", ":", ",", ";"} if both else {"?", ":", ",", ";"}))
        self.quiet.update(range(start, at + 1))
        self.dead.update(range(at + 1, end))
