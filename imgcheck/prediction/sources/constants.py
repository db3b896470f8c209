"""What is the value of a constant expression in code, and does a condition hold?"""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.prediction.sources.expressions import Malformed, evaluate
from imgcheck.prediction.sources.macros import Environment

OPEN, CLOSED = frozenset("([{"), frozenset(")]}")
_WEAKER = ("&&", "||", "|", "^", "?", ":", ",", "=")  # operators that bind less than `&`


def constant(tokens: Sequence[str], macros: Environment) -> int | None:
    """The value of a constant expression, None where it is none or not known."""
    try:
        return evaluate(list(tokens), macros, lambda _: False, set())
    except Malformed:
        return None


def truth(tokens: list[str], macros: Environment) -> bool | None:
    """Whether a condition holds, None where that is not known: one side of it may decide."""
    try:
        found = evaluate(tokens, macros, lambda _: False, set())
        return _masked(tokens, macros) if found is None else bool(found)
    except Malformed:
        pass  # `X && p->ready`: no constant as a whole, but one side may decide
    for operator, deciding in (("||", True), ("&&", False)):
        parts = _parts(tokens, operator)
        if len(parts) > 1:
            values = [truth(part, macros) for part in parts]
            if deciding in values:
                return deciding
            return None if None in values else not deciding
    if tokens[:1] == ["("] and closing(tokens, 0) == len(tokens) - 1:
        return truth(tokens[1:-1], macros)
    return _masked(tokens, macros)


def _masked(tokens: list[str], macros: Environment) -> bool | None:
    """False of `flags & FLAG_X` with a flag that is 0, None of anything else."""
    if tokens[:1] == ["("] and closing(tokens, 0) == len(tokens) - 1:
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


def closing(tokens: Sequence[str], start: int) -> int:
    """The index of the bracket that closes the one at `start`, or of the end."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] in OPEN) - (tokens[index] in CLOSED)
        if not depth:
            return index
    return len(tokens)
