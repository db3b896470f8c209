"""Which arrays does a block declare with another length once macros, enumerators or other arrays change?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from imgcheck.prediction.sources.constants import constant
from imgcheck.prediction.sources.declarators import identifier
from imgcheck.prediction.sources.literals import decoded
from imgcheck.prediction.sources.macros import Exploded, Macro, expand

SIZE = "sizeof "  # what the names of sizes of types begin with
MOST = 1 << 20  # bytes: a larger variable is one that was misread
_LONGEST = 40  # tokens of a length
_PUSHED = 500  # tokens of functions that a length is worked out with
_CAST = 8  # of `static_cast<std::size_t>`
_CASTS = frozenset({"int", "unsigned", "size_t"})
_SCOPED = _CASTS | {"::", "static_cast"}
_PLAIN = frozenset("*,[]()}")
_ENDS = frozenset("{};")
_TYPES = frozenset({"struct", "union", "class"})
_NO_TYPES = frozenset({"return", "else", "case", "goto", "sizeof", "throw", "new", "delete", "do", "typedef"})


class Numbers(NamedTuple):
    """What stands for a number where a length is: enumerators, and arrays by how many elements they have.

    `calls` are functions that a compiler works out, as macros.
    """

    names: Mapping[str, int]
    counts: Mapping[str, int]
    calls: Mapping[str, Macro] = {}


NO_NUMBERS = Numbers({}, {})


class Changed(NamedTuple):
    """Lengths before and after, by the names of variables and of members of types."""

    arrays: dict[str, tuple[int, int]]
    members: dict[str, tuple[int, int]]


def changed(
    before: tuple[Sequence[str], Numbers], after: tuple[Sequence[str], Numbers], opened: Sequence[bool] = ()
) -> Changed:
    """The arrays whose length is another one; the tokens have no macros any more.

    `opened` says of each brace that is open in front of them whether it is a type's.
    """
    old, new = (
        {(name, member): found for name, found, member in _declared(*one, opened)} for one in (before, after)
    )
    made = Changed({}, {})
    for name, member in old.keys() & new:
        (one, rest), (other, left) = old[name, member], new[name, member]
        if rest is not None and left is not None and rest != left:
            one, other = one * rest, other * left
        if one != other:
            (made.members if member else made.arrays)[name] = (one, other)
    return made


def number(tokens: Sequence[str], numbers: Numbers) -> int | None:
    """The number that an expression stands for, None where that is not known."""
    made: list[str] = []
    at = 0
    if numbers.calls and not numbers.calls.keys().isdisjoint(tokens):
        try:
            tokens = expand(tokens, numbers.calls, limit=_PUSHED)
        except Exploded:
            return None
    if not _SCOPED.isdisjoint(tokens):
        tokens = _bare(tokens)
    while at < len(tokens):
        token = tokens[at]
        if token == "sizeof":
            value, after = _elements(tokens, at, numbers.counts)
            if value is None:
                value, after = _type(tokens, at, numbers.names)
            at = after
        else:
            value, at = numbers.names.get(token), at + 1
        made += ["(", str(value), ")"] if value is not None and value >= 0 else [token]
        if value is not None and value < 0:
            made[-1:] = ["(", "-", str(-value), ")"]
    return constant(made, {}) if made and not any(map(identifier, made)) else None


def _bare(tokens: Sequence[str]) -> list[str]:
    """An expression without the scopes of names, and without what makes an `int` of an enumerator."""
    made: list[str] = []
    at = 0
    while at < len(tokens):
        if list(tokens[at + 1 : at + 2]) == ["::"]:
            at += 2
        elif tokens[at] == "static_cast" and ">" in tokens[at : at + _CAST]:
            at = tokens.index(">", at) + 1
        elif tokens[at] == "(" and list(tokens[at + 2 : at + 3]) == [")"] and tokens[at + 1] in _CASTS:
            at += 3
        else:
            made.append(tokens[at])
            at += 1
    return made


def _elements(tokens: Sequence[str], at: int, counts: Mapping[str, int]) -> tuple[int | None, int]:
    """What `sizeof a / sizeof a[0]` is, in any of its spellings, and where it ends."""
    first = _operand(tokens, at + 1)
    names = [token for token in tokens[at + 1 : first] if token not in {"(", ")"}]
    if len(names) == 1 and names[0] in counts and list(tokens[first : first + 2]) == ["/", "sizeof"]:
        return counts[names[0]], _operand(tokens, first + 2)
    return None, at + 1


def _type(tokens: Sequence[str], at: int, names: Mapping[str, int]) -> tuple[int | None, int]:
    """What `sizeof(struct record)` is, and where it ends."""
    words = tokens[at + 1 : at + 5]
    inner = words[1 : words.index(")")] if words[:1] == ["("] and ")" in words else []
    name = inner[-1] if inner and (len(inner) == 1 or inner[0] in _TYPES) else ""
    value = names.get(SIZE + name) if name else None
    return (value, at + len(inner) + 3) if value is not None else (None, at + 1)


def _operand(tokens: Sequence[str], at: int) -> int:
    """The index behind what a sizeof is of."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index] in "([") - (tokens[index] in ")]")
        following = tokens[index + 1 : index + 2]
        if depth <= 0 and tokens[index] != "*" and following != ["["]:
            return index + 1
    return len(tokens)


def _declared(
    tokens: Sequence[str], numbers: Numbers, opened: Sequence[bool]
) -> Iterator[tuple[str, tuple[int, int | None], bool]]:
    """Arrays with their first length, where that is a number, and the product of those behind it.

    The last value says whether it is a member of a type.
    """
    if True not in opened and _TYPES.isdisjoint(tokens):
        for begin, at in _brackets(tokens):
            if (found := _array(tokens, tokens[begin:at], at, numbers)) is not None:
                yield (*found, False)
        return
    types = [*opened]  # of each brace that is open whether it is a type's
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
            if (found := _array(tokens, head, index, numbers)) is not None:
                yield (*found, True in types)
            head.append(token)
        else:
            head.append(token)


def _brackets(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each `[` is, and where the statement begins that it is in: few declare anything."""
    begin = at = 0
    for _ in range(tokens.count("[")):
        last, at = at, tokens.index("[", at)
        begin = next((here + 1 for here in range(at - 1, last - 1, -1) if tokens[here] in _ENDS), begin)
        yield begin, at
        at += 1


def _array(
    tokens: Sequence[str], head: Sequence[str], at: int, numbers: Numbers
) -> tuple[str, tuple[int, int | None]] | None:
    """The array that a bracket at `at` behind this head declares, with its lengths."""
    if len(head) < 2 or not identifier(head[-1]) or not _typed(head):
        return None
    inner = _inside(tokens, at)
    length = number(inner, numbers)
    if length is None or length < 0:
        return None
    return head[-1], (length, _rest(tokens, at + len(inner) + 2, numbers))


def _rest(tokens: Sequence[str], at: int, numbers: Numbers) -> int | None:
    """The product of the lengths behind the first one, None where one of them is not known."""
    product = 1
    while tokens[at : at + 1] == ["["]:
        inner = _inside(tokens, at)
        length = number(inner, numbers)
        if length is None:
            return None
        product *= length
        at += len(inner) + 2
    return product


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


def times(count: int, length: Sequence[str], numbers: Numbers) -> int:
    """A count of elements times a length; not more than what is too many, whatever is written there."""
    found = number(length, numbers)
    return min(count * found, MOST + 1) if found is not None and found > 0 else count


def listed(tokens: Sequence[str]) -> int:
    """How many elements an initialiser gives."""
    if tokens[:1] != ["{"]:
        return 1 + sum(len(decoded(token)) for token in tokens if token[-1] == '"')
    depth, count, fresh = 0, 0, False
    for token in tokens:
        if fresh and token not in {",", "}"}:
            count, fresh = count + 1, False
        depth += (token in {"(", "[", "{"}) - (token in {")", "]", "}"})
        fresh = (depth == 1 and token in {"{", ","}) or (fresh and depth == 1)
    return count
