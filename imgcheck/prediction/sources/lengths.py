"""Which arrays does a block declare with another length once a macro stands for another number?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgcheck.prediction.sources.constants import constant
from imgcheck.prediction.sources.declarators import identifier

_LONGEST = 40  # tokens of a length
_PLAIN = frozenset("*,[]()}")
_TYPES = frozenset({"struct", "union", "class"})
_NO_TYPES = frozenset({"return", "else", "case", "goto", "sizeof", "throw", "new", "delete", "do", "typedef"})


def changed(before: Sequence[str], after: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The arrays whose length is another one, with both; the tokens have no macros any more."""
    was, now = dict(_declared(before)), dict(_declared(after))
    return {name: (was[name], now[name]) for name in was.keys() & now if was[name] != now[name]}


def _declared(tokens: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Arrays with their first length, where that is a number; of a structure's members no array is one."""
    types: list[bool] = []  # of each brace that is open whether it is a type's
    head: list[str] = []  # the declaration so far
    for index, token in enumerate(tokens):
        if token == "{":
            types.append(not _TYPES.isdisjoint(head) and "(" not in head)
            head = []
        elif token == "}":
            head = ["}"] if types and types.pop() else []
        elif token == ";":
            head = []
        elif token == "[":
            if len(head) > 1 and True not in types and identifier(head[-1]) and _typed(head):
                inner = _inside(tokens, index)
                length = constant(inner, {}) if inner and not any(map(identifier, inner)) else None
                if length is not None and length >= 0:
                    yield head[-1], length
            head.append(token)
        else:
            head.append(token)


def _typed(head: Sequence[str]) -> bool:
    """Whether a head ends in a name with its type in front: an element that is accessed has none."""
    before, first = head[-2], head[0]
    starts = (identifier(first) and first not in _NO_TYPES) or first == "}"
    plain = all(token in _PLAIN or identifier(token) or token[0].isdigit() for token in head)
    closed = head.count("(") == head.count(")")
    return starts and plain and closed and (before in {"*", ",", "}"} or identifier(before))


def _inside(tokens: Sequence[str], at: int) -> list[str]:
    """What stands between the bracket at `at` and the one that closes it."""
    depth = 0
    for index in range(at, min(at + _LONGEST, len(tokens))):
        depth += (tokens[index] == "[") - (tokens[index] == "]")
        if not depth:
            return list(tokens[at + 1 : index])
    return []
