"""Which function of the compiler's library does an operator need, by the types of what it takes?

GCC calls `__muldf3`, `__divdi3`, `__floatsidf` where the processor cannot do it (gccint, "The GCC low-level
runtime library"). It also computes with `float` what nobody wants more of: `x < 0.5` with x a float.
"""

from __future__ import annotations

from math import frexp, nan
from typing import NamedTuple

from imgcheck.prediction.sources import numerals
from imgcheck.prediction.sources.numerals import (
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NOTHING,
    RANKS,
    SHORT,
    ULONG,
    UNSIGNED,
    WIDE,
    Type,
)

_FLOATING = (FLOAT, DOUBLE, WIDE)
_LONGS = (LONG, ULONG)
_PLAIN = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_COMPARED = {"<": "lt", ">": "gt", "<=": "le", ">=": "ge", "==": "eq", "!=": "ne"}


class Value(NamedTuple):
    """An expression: its type, its value if that is constant, helpers that it needs unless it is a float."""

    type: Type
    constant: float | None = None
    pending: frozenset[str] = frozenset()


UNKNOWN = Value(NOTHING)


class Lowering:
    """What is needed, by function, while expressions are read in the function `owner`."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.found: dict[str, set[str]] = {}

    def truth(self, value: Value, first: str) -> None:
        """A condition compares with zero; what begins with a bracket may be one."""
        kind = self.kind(self.used(value))
        if first == "(" and kind in (DOUBLE, WIDE) and value.constant is None:
            self.need(f"__ne{kind}2")

    def compute(self, op: str, left: Value, right: Value) -> Value:
        """What an operator gives, and needs."""
        if op in ("&&", "||"):
            for value in (left, right):
                self.truth(value, "(")
            return Value(Type(INT))
        if left.constant is not None and right.constant is not None:
            return Value(self.common(left, right), _folded(op, left.constant, right.constant))
        left, right = _promoted(left), _promoted(right)
        kind = self.common(left, right).kind
        if op in ("<<", ">>"):
            kind = self.kind(left)
            if kind in _LONGS and right.constant is None:
                self.need("__ashldi3" if op == "<<" else "__lshrdi3" if kind == ULONG else "__ashrdi3")
            return Value(Type(kind))
        if kind in _FLOATING:
            return self._floating(op, kind, left, right)
        if kind in _LONGS and op in ("/", "%") and not _power(right.constant):
            self.need(f"__{'u' if kind == ULONG else ''}{'div' if op == '/' else 'mod'}di3")
        return Value(Type(INT if op in _COMPARED else kind))

    def _floating(self, op: str, kind: str, left: Value, right: Value) -> Value:
        narrow = kind == DOUBLE and all(
            self.kind(one) == FLOAT or (one.constant is not None and numerals.exact(one.constant))
            for one in (left, right)
        )  # what is done with floats as well, where nobody wants more of it
        if op in _COMPARED:
            if not narrow:
                for value in (left, right):
                    self.convert(value, Type(kind))
                self.need(f"__{_COMPARED[op]}{kind}2")
            return Value(Type(INT))
        if op not in _PLAIN:
            return Value(Type(kind))
        name = _PLAIN[op]
        if name == "div" and _power(right.constant):
            name = "mul"
        elif name == "mul" and 2.0 in (left.constant, right.constant):
            name = "add"
        wanted = {f"__{name}{kind}3"} if 1.0 not in (right.constant,) or name in ("add", "sub") else set()
        if narrow:
            wanted |= {f"__extendsf{kind}2" for one in (left, right) if one.constant is None}
            return Value(Type(kind), None, frozenset(wanted) | left.pending | right.pending)
        for value in (left, right):
            self.convert(value, Type(kind))
        for helper in wanted:
            self.need(helper)
        return Value(Type(kind))

    def convert(self, value: Value, to: Type) -> Value:
        """A value as another type."""
        was, now = self.kind(value), to.kind if not to.depth else ""
        if value.constant is not None or not was or not now:
            return Value(to, value.constant)
        if now == FLOAT and value.pending:
            return Value(to)
        self.used(value)
        if was in _FLOATING and now in _FLOATING:
            if was != now:
                wider = RANKS.index(now) > RANKS.index(was)
                self.need(f"__extend{was}{now}2" if wider else f"__trunc{was}{now}2")
        elif now in _FLOATING:
            self.need(f"__float{'un' if was in (UNSIGNED, SHORT, ULONG) else ''}{_width(was)}{now}")
        elif was in _FLOATING:
            self.need(f"__fix{'uns' if now in (UNSIGNED, SHORT, ULONG) else ''}{was}{_width(now)}")
        return Value(to)

    def used(self, value: Value) -> Value:
        """A value that is wanted as it is."""
        for helper in value.pending:
            self.need(helper)
        return value._replace(pending=frozenset())

    def need(self, helper: str) -> None:
        """Takes down what the library has to do."""
        self.found.setdefault(self.owner, set()).add(helper)

    def kind(self, value: Value) -> str:
        """The kind of a number, "" for a pointer and what else is none."""
        return value.type.kind if not value.type.depth else ""

    def common(self, one: Value, other: Value) -> Type:
        """What both become (C17 6.3.1.8); what is no number leaves the other's."""
        kinds = [kind for value in (one, other) if (kind := self.kind(value))]
        if len(kinds) < 2:
            return NOTHING if one.type.depth or other.type.depth else Type(kinds[0] if kinds else "")
        return Type(max((*kinds, INT), key=RANKS.index))


def _promoted(value: Value) -> Value:
    """What is narrower than an int is one where it is computed with (C17 6.3.1.1)."""
    narrow = value.type.kind == SHORT and not value.type.depth
    return value._replace(type=Type(INT)) if narrow else value


def _folded(op: str, one: float, other: float) -> float:
    """What the compiler works out; some number where it does not matter which."""
    if op in _PLAIN and (op != "/" or other):
        return {"+": one + other, "-": one - other, "*": one * other, "/": one / (other or 1.0)}[op]
    return nan


def _width(kind: str) -> str:
    return "di" if kind in _LONGS else "si"


def _power(value: float | None) -> bool:
    return value is not None and value > 0 and frexp(value)[0] == 0.5
