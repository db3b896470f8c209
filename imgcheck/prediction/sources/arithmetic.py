"""Which functions of the compiler's library does arithmetic need that comes in?

`double` where the processor has `float` at the most, 64 bits where it has 32. Which of those functions there
are, and so are called, the library itself tells. Expressions are read by the grammar of C (C17 6.5), with
what the file says of its names.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.prediction.sources import numerals
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.grammar import START
from imgcheck.prediction.sources.lowering import UNKNOWN, Lowering, Value
from imgcheck.prediction.sources.numerals import DOUBLE, FLOAT, INT, NOTHING, UNSIGNED, Names, Type
from imgcheck.prediction.sources.reading import Visit

_LEVELS = ("* / %", "+ -", "<< >>", "< > <= >=", "== !=", "&", "^", "|", "&&", "||")
_PRECEDENCE = {op: len(_LEVELS) - level for level, ops in enumerate(_LEVELS) for op in ops.split()}
_ASSIGN = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="))
_ENDS = frozenset(("", ")", "]", "{", "}", ";", ",", ":"))
_LONGEST = 1000  # tokens of a block that is read again for the macros in it
_DEEPEST = 60  # brackets and operators in each other
_STATEMENTS = frozenset(("if", "while", "switch", "for", "else", "do", "case", "default", "goto"))


def arriving(
    lost: Sequence[Visit], gained: Sequence[Visit], after: Sequence[Visit]
) -> dict[str, frozenset[str]]:
    """The helpers that each function needs for what it gains; `after` are all blocks of its file.

    A long block that is there before and after, and of which a macro is another one, is not read for that.
    """
    there = {visit.block for visit in lost}
    gained = [one for one in gained if one.block not in there or len(one.tokens) <= _LONGEST]
    found: dict[str, frozenset[str]] = {}
    telling = any(not numerals.TELLING.isdisjoint(visit.reads) for visit in after)
    if not gained or not (telling or any(_fraction(token) for visit in gained for token in visit.tokens)):
        return found
    coming = {id(visit.tokens) for visit in gained}  # by identity: both lists hold their visits
    names, last = numerals.known(), START
    for visit in after:
        names.begin(last.mode != "head")
        known = last.owner in names.large or not (numerals.TELLING | names.large).isdisjoint(visit.reads)
        if id(visit.tokens) in coming and (known or any(map(_fraction, visit.tokens))):
            owner = last.owner if last.mode != "head" else ""
            for name, helpers in needed(visit.tokens, names, owner).items():
                found[name] = found.get(name, frozenset()) | helpers
        elif not numerals.TELLING.isdisjoint(visit.reads) or names.types:
            numerals.declare(visit.tokens, names)
        last = visit.uses.after
    found.pop("", None)
    return found


def _fraction(token: str) -> bool:
    """Whether a token is a number that is no integer."""
    return "." in token and token[0].isdigit() and token[-1] not in "fF"


def needed(tokens: Sequence[str], names: Names, owner: str) -> dict[str, frozenset[str]]:
    """The helpers that the code in `tokens` needs, by function; `owner` is the one that they begin in.

    What the code declares itself is added to `names`.
    """
    one = _Reader(tokens, names, owner)
    one.statements()
    return {name: frozenset(found) for name, found in one.found.items() if found}


class _Reader(Lowering):
    """One pass over the tokens of a block, which may begin and end anywhere in a function."""

    def __init__(self, tokens: Sequence[str], names: Names, owner: str) -> None:
        super().__init__(owner)
        self.tokens, self.names = tokens, names
        self.at = self.depth = 0

    def statements(self) -> None:
        """Reads all there is; what is no statement is passed over, token by token."""
        while self.at < len(self.tokens):
            before = self.at
            self._statement()
            if self.at <= before:
                self.at = before + 1

    def _statement(self) -> None:
        token = self._peek()
        if token in "{};:)" or token in _STATEMENTS:
            if token in "{}":
                self.names.brace(self.tokens, self.at)
            self.at += 1
            return
        if token in ("struct", "union", "class"):
            after = numerals.structure(self.tokens, self.at, self.names)
            if after > self.at + 1:
                self.at = after
                self._declarators(NOTHING)
                return
        if token == "return":
            self.at += 1
            given, _ = self.names.functions.get(self.owner.rsplit("::", 1)[-1], (NOTHING, ()))
            if self._peek() != ";":
                self.convert(self._expression(), given)
            return
        kind, after = numerals.specified(self.tokens, self.at, self.names.types)
        if token == "typedef" or (after > self.at and self.tokens[after : after + 2] == ["(", "*"]):
            start = self.at
            while self._peek() not in ("", ";"):
                self.at = numerals.closing(self.tokens, self.at) + 1 if self._peek() in "([{" else self.at + 1
            numerals.declare(self.tokens[start : self.at + 1], self.names)
            return
        if after > self.at and self.tokens[after : after + 1] != ["("]:
            self.at = after
            self._declarators(kind)
            return
        self.truth(self._expression(), token)

    def _declarators(self, kind: Type) -> None:
        while self.at < len(self.tokens):
            depth = kind.depth
            while self._peek() == "*":
                depth, self.at = depth + 1, self.at + 1
            name = self._peek()
            if not name or not identifier(name) or name in KEYWORDS:
                return
            self.at += 1
            if self._peek() == "(":  # a function: its head, and its body if it has one
                outside = not self.names.depth
                self.at = numerals.function(self.tokens, self.at, (name, Type(kind.kind, depth)), self.names)
                self.owner = name if outside and self._peek() == "{" else self.owner
                if self._peek() != ",":
                    return
                self.at += 1
                continue
            while self._peek() == "[":
                depth, self.at = depth + 1, numerals.closing(self.tokens, self.at) + 1
            self.names.put(name, Type(kind.kind, depth))
            if self._peek() == "=":
                self.at += 1
                if self._peek() == "{":
                    self.at = numerals.closing(self.tokens, self.at) + 1
                else:
                    self.convert(self._assignment(), Type(kind.kind, depth))
            if self._peek() != ",":
                return
            self.at += 1

    def _expression(self) -> Value:
        value = self._assignment()
        while self._peek() == ",":
            self.at += 1
            value = self._assignment()
        return value

    def _assignment(self) -> Value:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.at, self.depth = len(self.tokens), self.depth - 1
            return UNKNOWN
        left = self._binary(0)
        if self._peek() == "?":
            left = self._chosen(left)
        elif self._peek() in _ASSIGN:
            op = self._take()
            right = self._assignment()
            if op != "=":
                right = self.compute(op[:-1], left, right)
            self.convert(right, left.type)
            left = Value(left.type)
        self.depth -= 1
        return left

    def _chosen(self, condition: Value) -> Value:
        self.truth(condition, "(")
        self.at += 1
        one = self._expression()
        if self._peek() == ":":
            self.at += 1
        other = self._assignment()
        kind = self.common(one, other)
        for value in (one, other):
            self.convert(value, kind)
        return Value(kind)

    def _binary(self, least: int) -> Value:
        self.depth += 1
        left = self._unary() if self.depth <= _DEEPEST else UNKNOWN
        while _PRECEDENCE.get(self._peek(), 0) > least:
            op = self._take()
            left = self.compute(op, left, self._binary(_PRECEDENCE[op]))
        self.depth -= 1
        return left

    def _unary(self) -> Value:
        token = self._peek()
        if token in ("-", "+", "~", "!", "*", "&", "++", "--"):
            self.at += 1
            value = self._nested()
            return self._prefixed(token, value)
        if token == "sizeof":
            self.at += 1
            self.at = numerals.closing(self.tokens, self.at) + 1 if self._peek() == "(" else self.at + 1
            return Value(Type(UNSIGNED))
        if token == "(":
            kind, after = numerals.specified(self.tokens, self.at + 1, self.names.types)
            stars = 0
            while after > self.at + 1 and self.tokens[after : after + 1] == ["*"]:
                stars, after = stars + 1, after + 1
            if after > self.at + 1 and self.tokens[after : after + 1] == [")"]:
                self.at = after + 1
                return self.convert(self._nested(), Type(kind.kind, kind.depth + stars))
        return self._postfix(self._primary())

    def _nested(self) -> Value:
        self.depth += 1
        value = self._unary() if self.depth <= _DEEPEST else UNKNOWN
        self.depth -= 1
        return value

    def _prefixed(self, op: str, value: Value) -> Value:
        kind = value.type
        if op == "*":
            return Value(Type(kind.kind, max(kind.depth - 1, 0)))
        if op == "&":
            return Value(Type(kind.kind, kind.depth + 1))
        if op == "!":
            self.truth(value, "(")
            return Value(Type(INT))
        if op in ("++", "--"):
            return self.compute(op[0], value, Value(Type(INT), 1.0))
        return value._replace(constant=-value.constant) if op == "-" and value.constant is not None else value

    def _primary(self) -> Value:
        if self._peek() in _ENDS:
            return UNKNOWN
        token = self._take()
        if token == "(":
            value = self._expression()
            self.at += self._peek() == ")"
            return value
        if number := numerals.literal(token) if token else None:
            return Value(Type(number[0]), number[1])
        if not token or not identifier(token) or (token in KEYWORDS):
            return UNKNOWN
        if self._peek() == "(":
            return self._called(token)
        return Value(self.names.of(token))

    def _called(self, name: str) -> Value:
        given, taken = self.names.functions.get(name, (Type(INT), ()))
        self.at += 1
        for turn in range(len(self.tokens)):
            if self._peek() in _ENDS - {","}:
                break
            before = self.at
            value = self._assignment()
            if turn < len(taken):
                self.convert(value, taken[turn])
            elif self.kind(value) == FLOAT and value.constant is None:
                self.convert(value, Type(DOUBLE))  # behind `...`
            else:
                self.used(value)
            self.at += self._peek() == ","
            self.at += self.at == before
        self.at += self._peek() == ")"
        return Value(given)

    def _postfix(self, value: Value) -> Value:
        while (token := self._peek()) in ("[", ".", "->", "++", "--"):
            self.at += 1
            if token == "[":
                self._expression()
                self.at += self._peek() == "]"
                value = Value(Type(value.type.kind, max(value.type.depth - 1, 0)))
            elif token in (".", "->"):
                name = self._take()
                value = (
                    self._called(name)
                    if self._peek() == "("
                    else Value(self.names.members.get(name, Type(INT)))
                )
            else:
                self.compute(token[0], value, Value(Type(INT), 1.0))
        return value

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self.at += 1
        return token
