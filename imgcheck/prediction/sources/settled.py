"""Which variables have one value for good once the code that gave them another is gone?

`bool want = false; #if ENABLE_X … want = true; … #endif if (want) { … }`: without the feature the compiler
knows what `want` is, and drops what its conditions never lead to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from imgcheck.prediction.sources.compiled import EFFECTS, Code
from imgcheck.prediction.sources.constants import constant, fold
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.macros import Macro, State

NAMED = {"false": 0, "FALSE": 0, "NULL": 0, "nullptr": 0, "true": 1, "TRUE": 1}
_OPERANDS = frozenset({")", "]"})  # what a binary & can stand behind, beside names and numbers
_LONGEST = 20  # tokens of a first value
_MEMBERS = frozenset({".", "->"})


def dead(code: Code, gone: Sequence[str], start: int, end: int) -> Iterator[int]:
    """The tokens between two braces that nothing leads to without the stretch `gone`, their conditions too.

    `gone` stood between these braces, `code` is what is left.
    """
    here = code.tokens[start:end]
    values = {name: value for name in _set(gone) if (value := _value(code, name, here)) is not None}
    if not values:
        return
    known: Mapping[str, State | None] = {
        **code.macros, **{name: Macro(name, None, (str(value),)) for name, value in values.items()}
    }  # fmt: skip
    found = fold(here, values.keys(), known)
    yield from (start + index for index in found.dead | found.quiet)


def _set(tokens: Sequence[str]) -> set[str]:
    """The names that a stretch may give a value."""
    return {
        name
        for index, name in enumerate(tokens)
        if identifier(name) and name not in KEYWORDS and _changes(tokens, index)
    }


def _changes(tokens: Sequence[str], index: int) -> bool:
    """Whether what is named there may have another value afterwards: it is set, or its address is taken."""
    before = tokens[index - 1] if index else ""
    if before in _MEMBERS:
        return False
    if tokens[index + 1 : index + 2] and tokens[index + 1] in EFFECTS:
        return True
    if before == "&":
        last = tokens[index - 2] if index > 1 else ""
        operand = last in _OPERANDS or last[:1].isalnum() or last[:1] == "_"
        return not operand or last == "return"
    return before in {"++", "--"}


def _value(code: Code, name: str, tokens: Sequence[str]) -> int | None:
    """The value that a variable is declared with and always has, None where that is not so."""
    value: int | None = None
    for index in _places(name, tokens):
        if index and tokens[index - 1] in _MEMBERS:
            continue
        before, after = tokens[index - 1], tokens[index + 1 : index + 2]
        declares = index > 0 and (before == "*" or (identifier(before) and before not in {"return", "else"}))
        if not (declares and after == ["="]):
            if _changes(tokens, index):
                return None
            continue
        if value is not None or "volatile" in tokens[max(index - 4, 0) : index]:
            return None
        value = _first(code, tokens[index + 2 : index + 2 + _LONGEST])
        if value is None:
            return None
    return value


def _places(name: str, tokens: Sequence[str]) -> Iterator[int]:
    at = -1
    with suppress(ValueError):
        while True:
            at = tokens.index(name, at + 1)
            yield at


def _first(code: Code, tokens: Sequence[str]) -> int | None:
    end = next((index for index, token in enumerate(tokens) if token in {";", ","}), -1)
    inner = tokens[: max(end, 0)]
    if len(inner) == 1 and inner[0] in NAMED:
        return NAMED[inner[0]]
    if not inner or any(identifier(token) and token not in code.macros for token in inner):
        return None
    return constant(inner, code.macros)
