"""Is the condition of an #if true, false, or not to be known (C17 6.10.1, with a third value)?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from imgcheck.prediction.sources.macros import Environment, Exploded, Macro, Maybe, expand

INTEGER = re.compile(r"(0[xX][0-9a-fA-F']+|0[bB][01']+|0[0-7']*|[1-9][0-9']*)([uUlLzZ]*)\Z")
CHARACTER = re.compile(r"(?:u8|[LuU])?'(.*)'\Z", re.DOTALL)
ESCAPES = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|(.))|(.)", re.DOTALL)
PRECEDENCE = {
    "*": 11, "/": 11, "%": 11, "+": 10, "-": 10, "<<": 9, ">>": 9, "<": 8, ">": 8, "<=": 8, ">=": 8,
    "==": 7, "!=": 7, "&": 6, "^": 5, "|": 4, "&&": 3, "||": 2,
}  # fmt: skip
UNARY = {"+": "unary +", "-": "unary -", "!": "unary !", "~": "unary ~"}
ALTERNATIVE = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "bitand": "&",
    "bitor": "|",
    "xor": "^",
    "compl": "~",
    "not_eq": "!=",
}
# Words that C++ reads as something else than a name without definition, if no macro has their name.
WORDS = {**ALTERNATIVE, "true": "1", "false": "0"}
LIMIT = 100_000  # tokens of one condition


class Number(NamedTuple):
    """A value of type intmax_t or, if not `signed`, uintmax_t."""

    value: int
    signed: bool = True


class Malformed(Exception):
    """A condition that is no constant expression; says why."""


def evaluate(
    tokens: list[str],
    macros: Environment,
    owned: Callable[[str], bool],
    reads: set[str],
    cplusplus: bool = False,
) -> int | None:
    """The value of a condition, None when it depends on something unknown.

    A name without definition is 0 if it is `owned`, unknown otherwise. Adds the names it looked at to
    `reads`. Raises Malformed.
    """
    try:
        tokens = expand(tokens, macros, reads, condition=True)
    except Exploded as error:
        raise Malformed(f"{error} expands without end") from None
    if len(tokens) > LIMIT:
        raise Malformed("too long")
    if not tokens:
        return None  # `#define X` with `#if X`: the compiler refuses it, so nobody builds it
    if cplusplus:
        tokens = [WORDS.get(token, token) for token in tokens]
    value = _reduce_all(tokens, macros, owned)
    return None if value is None else value.value


def _reduce_all(tokens: list[str], macros: Environment, owned: Callable[[str], bool]) -> Number | None:
    """Dijkstra's shunting yard: no recursion, so nothing can nest too deeply."""
    values: list[Number | None] = []
    operators: list[str] = []
    operand = True  # an operand is due
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if operand:
            if token in UNARY:
                operators.append(UNARY[token])
            elif token == "(":
                operators.append(token)
            else:
                value, index = _operand(token, tokens, index, macros, owned)
                values.append(value)
                operand = False
        elif token == ")":
            while operators and operators[-1] != "(":
                _reduce(values, operators.pop())
            if not operators:
                raise Malformed("')' without '('")
            operators.pop()
        elif token == "?":
            while operators and _binds(operators[-1]) > 1:
                _reduce(values, operators.pop())
            operators.append("?")
            operand = True
        elif token == ":":
            while operators and operators[-1] not in {"?", "("}:
                _reduce(values, operators.pop())
            if not operators or operators[-1] != "?":
                raise Malformed("':' without '?'")
            operators[-1] = "?:"
            operand = True
        elif token in PRECEDENCE:
            while operators and _binds(operators[-1]) >= PRECEDENCE[token]:
                _reduce(values, operators.pop())
            operators.append(token)
            operand = True
        else:
            raise Malformed(f"'{token}' where an operator should be")
    if operand:
        raise Malformed("it ends where a value should be")
    while operators:
        _reduce(values, operators.pop())
    return values[0]


def _binds(operator: str) -> int:
    if operator in {"(", "?"}:
        return 0
    if operator == "?:":
        return 1
    return PRECEDENCE.get(operator, 12)


def _operand(
    token: str, tokens: list[str], index: int, macros: Environment, owned: Callable[[str], bool]
) -> tuple[Number | None, int]:
    """The value of the operand `token`, and the index of what follows it."""
    if token == "defined":
        name = tokens[index] if index < len(tokens) else ""
        index += 1
        if name == "(":
            name = tokens[index] if index < len(tokens) else ""
            index += 2
            if index > len(tokens) or tokens[index - 1] != ")":
                raise Malformed("'defined(' without ')'")
        if not name or not (name[0].isalpha() or name[0] in "_$"):
            raise Malformed("'defined' without a name")
        known = defined(name, macros, owned)
        return (None if known is None else Number(int(known))), index
    first = token[0]
    if first.isdigit():
        number = INTEGER.match(token)
        if not number:
            raise Malformed(f"'{token}' is no integer")
        digits = number[1].replace("'", "")
        octal = len(digits) > 1 and digits.isdigit() and digits[0] == "0"
        if len(digits) > 100:
            raise Malformed("an integer of more than 100 digits")
        value = int(digits, 8 if octal else 0)
        return _wrapped(value, "u" not in number[2].lower() and value < 1 << 63), index
    if token[-1] == "'" and (character := CHARACTER.match(token)):
        return _character(character[1]), index
    if first.isalpha() or first in "_$":
        if index < len(tokens) and tokens[index] == "(":
            # A function-like macro that nobody here defines, or __has_include(<x>).
            return None, _closing(tokens, index)
        state = macros.get(token)
        if isinstance(state, Maybe) or (state is None and not owned(token)):
            return None, index
        return Number(0), index
    raise Malformed(f"'{token}' where a value should be")


def _closing(tokens: list[str], index: int) -> int:
    depth = 0
    for position in range(index, len(tokens)):
        depth += (tokens[position] == "(") - (tokens[position] == ")")
        if not depth:
            return position + 1
    raise Malformed("'(' without ')'")


def defined(name: str, macros: Environment, owned: Callable[[str], bool]) -> bool | None:
    """Whether `name` is defined, None when that is unknown."""
    state = macros.get(name)
    if isinstance(state, Macro):
        return True
    if isinstance(state, Maybe):
        return None if None in state.alternatives else True
    if state is None:
        return False if owned(name) else None
    return False


def _character(text: str) -> Number:
    value = 0
    for hexadecimal, octal, escape, plain in ESCAPE.findall(text[:40]):
        if hexadecimal:
            code = int(hexadecimal, 16)
        elif octal:
            code = int(octal, 8)
        else:
            code = ESCAPES.get(escape, ord(escape)) if escape else ord(plain)
        value = value << 8 | code & 0xFF
    if len(text) and value < 256:
        value = (
            value - 256 if value > 127 else value
        )  # riscv gcc's char is unsigned, but cpp's is not asked often
    return Number(value)


def _wrapped(value: int, signed: bool) -> Number:
    value &= (1 << 64) - 1
    return Number(value - (1 << 64) if signed and value >> 63 else value, signed)


def _reduce(values: list[Number | None], operator: str) -> None:
    if operator == "(":
        raise Malformed("'(' without ')'")
    if operator == "?":
        raise Malformed("'?' without ':'")
    right = values.pop()
    if operator.startswith("unary"):
        values.append(None if right is None else _unary(operator[-1], right))
        return
    left = values.pop()
    if operator == "?:":
        condition = values.pop()
        if condition is None:
            values.append(left if left == right else None)
        else:
            chosen = left if condition.value else right
            mixed = left is not None and right is not None and left.signed != right.signed
            values.append(_wrapped(chosen.value, False) if mixed and chosen is not None else chosen)
        return
    values.append(_binary(operator, left, right))


def _unary(operator: str, operand: Number) -> Number:
    if operator == "!":
        return Number(int(not operand.value))
    value = {"-": -operand.value, "~": ~operand.value}.get(operator, operand.value)
    return _wrapped(value, operand.signed)


def _binary(operator: str, left: Number | None, right: Number | None) -> Number | None:
    if operator in {"&&", "||"}:
        deciding = operator == "||"
        for side in (left, right):
            if side is not None and bool(side.value) is deciding:
                return Number(int(deciding))
        return None if left is None or right is None else Number(int(not deciding))
    if left is None or right is None:
        return None
    a, b = left.value, right.value
    if operator in {"<<", ">>"}:
        if b < 0:
            operator, b = (">>" if operator == "<<" else "<<"), -b
        b = min(b, 64)
        return _wrapped(a << b if operator == "<<" else a >> b, left.signed)
    signed = left.signed and right.signed
    if not signed:
        a, b = a & (1 << 64) - 1, b & (1 << 64) - 1
    compared = {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "==": a == b, "!=": a != b}
    if operator in compared:
        return Number(int(compared[operator]))
    if operator in {"/", "%"}:
        if not b:
            return None
        quotient = abs(a) // abs(b)
        quotient = quotient if (a < 0) == (b < 0) else -quotient
        return _wrapped(quotient if operator == "/" else a - quotient * b, signed)
    result = {"*": a * b, "+": a + b, "-": a - b, "&": a & b, "^": a ^ b, "|": a | b}[operator]
    return _wrapped(result, signed)
