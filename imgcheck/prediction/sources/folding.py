"""Which code does a constant leave out: `if (ENABLE_X) f();`, `X ? a : b`, `X && f()`, `switch (MODE)`?

The compiler drops it as it drops what stands between #if and #endif; a configuration macro that is read like
this is a switch too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from imgcheck.prediction.sources.constants import CLOSED, OPEN, closing, constant, truth
from imgcheck.prediction.sources.macros import Environment

BEFORE = frozenset({",", ";", "=", "return", "?", ":", "+=", "-=", "|=", "&=", "*=", "case"})
_LEAVING = frozenset({"break", "return", "continue", "goto"})
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
        return truth(list(condition), macros)

    def number(asked: Sequence[str]) -> int | None:
        return constant(asked, macros) if 0 < len(asked) < LONGEST else None

    return _Folding(tokens, value, number, switches).run()


class _Folding:
    """One pass over the tokens of a stretch of code."""

    def __init__(
        self,
        tokens: Sequence[str],
        value: Callable[[Sequence[str]], bool | None],
        number: Callable[[Sequence[str]], int | None],
        switches: Set[str],
    ) -> None:
        self.tokens = tokens
        self.value = value
        self.number = number
        self.switches = switches
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
            elif token == "switch" and tokens[index + 1 : index + 2] == ["("]:
                self._cases(index)
            elif token == "for" and tokens[index + 1 : index + 2] == ["("]:
                self._loop(index)
            elif token == "?":
                self._choice(index)
            elif token in {"&&", "||"}:
                self._operand(index)
        return Folded(frozenset(self.dead), frozenset(self.quiet - self.dead), frozenset(self.chosen))

    def _statement(self, start: int, opening: int) -> None:
        tokens = self.tokens
        close = closing(tokens, opening)
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
            return min(closing(tokens, start) + 1, len(tokens))
        if token in {"if", "while", "for", "switch"} and tokens[start + 1 : start + 2] == ["("]:
            end = self._end(closing(tokens, start + 1) + 1, depth + 1)
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
        self.chosen.add(at)  # what is left is a value
        self.dead.update(range(at + 1, end))

    def _loop(self, start: int) -> None:
        """`for (int i = 0; i < LENGTH; i++)` with a length of 0."""
        tokens = self.tokens
        close = closing(tokens, start + 1)
        first = self._until(start + 2, frozenset({";"}))
        second = self._until(first + 1, frozenset({";"}))
        begin, asked = tokens[start + 2 : first], tokens[first + 1 : second]
        if close >= len(tokens) or len(begin) < 3 or begin[-2] != "=" or self.switches.isdisjoint(asked):
            return
        inner = [
            word for token in asked for word in (("(", begin[-1], ")") if token == begin[-3] else (token,))
        ]
        if self.number(inner) == 0:
            self.quiet.update(range(start, close + 1))
            self.dead.update(range(close + 1, self._end(close + 1, 0)))

    def _cases(self, start: int) -> None:
        """`switch (MODE)`: the cases of other numbers, up to where the next one of this number begins."""
        tokens = self.tokens
        close = closing(tokens, start + 1)
        asked = tokens[start + 2 : close]
        if self.switches.isdisjoint(asked) or tokens[close + 1 : close + 2] != ["{"]:
            return
        end = closing(tokens, close + 1)
        found, labels = self.number(asked), self._labels(close + 2, end)
        if found is None or end >= len(tokens) or labels is None:
            return
        begin = next((at for at, value in labels if value == found), None)
        if begin is None:
            begin = next((at for at, value in labels if value is None), end)
        stop = self._left(begin, end)
        self.quiet.update((*range(start, close + 2), end))
        self.dead.update((*range(close + 2, begin), *range(stop, end)))

    def _left(self, at: int, end: int) -> int:
        """Where a case that begins there leaves its switch, which ends at `end`."""
        tokens = self.tokens
        while at < end:
            if tokens[at] in {"case", "default"}:
                at = self._until(at, frozenset({":"})) + 1
                continue
            begin, at = at, self._end(at, 0)
            if tokens[begin] == "{":  # its last statement
                begin = next((i + 1 for i in range(at - 3, begin, -1) if tokens[i] in "{};"), begin)
            if tokens[begin] in _LEAVING:
                return at
        return end

    def _labels(self, start: int, end: int) -> list[tuple[int, int | None]] | None:
        """The labels of a switch between its braces, with their numbers; None where one is not known."""
        found: list[tuple[int, int | None]] = []
        depth = 0
        for at in range(start, end):
            token = self.tokens[at]
            depth += (token in OPEN) - (token in CLOSED)
            if depth or token not in {"case", "default"}:
                continue
            asked = self.tokens[at + 1 : self._until(at, frozenset({":"}))]
            value = self.number(asked) if token == "case" else None
            if token == "case" and value is None:
                return None
            found.append((at, value))
        return found
