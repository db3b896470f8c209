"""What is an expression that a compiler works out: with `sizeof` and `offsetof`, of what a file declares?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from imgcheck.prediction.sources.constants import CLOSED, closing
from imgcheck.prediction.sources.declarations import SIZES, WORD, Reader, Room, Shape
from imgcheck.prediction.sources.lengths import SIZE, Numbers, number
from imgcheck.prediction.sources.literals import decoded
from imgcheck.prediction.sources.reading import Visit

_TYPES = frozenset({"struct", "union", "class", "enum"})
_QUALIFIERS = frozenset({"const", "volatile"})
_OFFSETS = frozenset({"offsetof", "__builtin_offsetof"})
_BOOLEAN = {"true": "1", "false": "0"}


class Known:
    """What the visits of a file declare, read when first asked for."""

    def __init__(self, visits: Sequence[Visit], numbers: Numbers, wide: int) -> None:
        self._visits = visits
        self.numbers = numbers
        self._wide = wide

    @cached_property
    def _reader(self) -> Reader:
        sizes = ((name, size) for name, size in self.numbers.names.items() if name.startswith(SIZE))
        types = {name.removeprefix(SIZE): Shape(size, WORD) for name, size in sizes}
        reader = Reader([token for one in self._visits for token in one.tokens], types, self._wide)
        reader.numbers = self.numbers
        reader.types()
        return reader

    @cached_property
    def _rooms(self) -> dict[str, Room]:
        reader = Reader(self._reader.tokens, self._reader.known, self._wide)
        reader.numbers = self.numbers
        return dict(reader.variables())

    def offset(self, inner: Sequence[str]) -> int | None:
        """The bytes in front of a member, by what stands between the brackets of `offsetof`."""
        if len(inner) < 3 or inner[-2] != ",":
            return None
        return self._reader.places.get(inner[-3], {}).get(inner[-1])

    def members(self, name: str) -> Sequence[str]:
        """The members of a type in their order."""
        return [*self._reader.places.get(name, ())]

    def length(self, name: str) -> int | None:
        """How many elements an array has."""
        room = self._rooms.get(name)
        return room.length if room is not None and room.length else None

    def size(self, inner: Sequence[str]) -> int | None:
        """What `sizeof` gives of a type, or of what is declared."""
        inner = [token for token in inner if token not in _QUALIFIERS]
        while inner[:1] == ["("] and closing(inner, 0) == len(inner) - 1:
            inner = inner[1:-1]
        if not inner:
            return None
        if inner[-1] == "*":
            return WORD
        if all(token in SIZES for token in inner):
            shape = next((room for _, room in Reader([*inner, "x", ";"], {}, self._wide).variables()), None)
            return shape.size if shape is not None else None
        if len(inner) == 1 and inner[0][-1] == '"':
            return len(decoded(inner[0])) + 1
        if len(inner) == 1 + (inner[0] in _TYPES) and inner[-1] in self._reader.known:
            return self._reader.known[inner[-1]].size
        element = inner[0] == "*" or "[" in inner
        name = [token for token in inner[: inner.index("[") if "[" in inner else None] if token not in "*()"]
        room = self._rooms.get(name[0]) if len(name) == 1 and inner.count("[") < 2 else None
        if room is None or not element:
            return room.size if room is not None else None
        return room.size // room.length if room.length else None


def value(tokens: Sequence[str], known: Known) -> int | None:
    """The value of an expression, None where it is not known."""
    tokens = _whole(tokens)
    plain = number(tokens, known.numbers)
    if plain is not None:
        return plain
    made: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token == "sizeof":
            end = _operand(tokens, at + 1)
            size = known.size(tokens[at + 1 : end])
        elif token in _OFFSETS and tokens[at + 1 : at + 2] == ["("]:
            end = closing(tokens, at + 1) + 1
            size = known.offset(tokens[at + 2 : end - 1])
        elif token == "size" and tokens[at - 1] == "::" and tokens[at + 3 : at + 4] == [")"]:
            end, size = at + 4, known.length(tokens[at + 2])
            made = made[:-2]
        elif token == "(" and (close := closing(tokens, at)) > at + 1 and _cast(tokens, at, close):
            at = close + 1
            continue
        else:
            made.append(_BOOLEAN.get(token, token))
            at += 1
            continue
        if size is None:
            return None
        made.append(f"{size}u")
        at = end
    return number(made, known.numbers)


def _whole(tokens: Sequence[str]) -> Sequence[str]:
    """The same without operators whose right side was left out, as the left one decides (`reading`)."""
    return [
        token
        for token, after in zip(tokens, (*tokens[1:], ")"), strict=True)
        if token not in {"&&", "||"} or after != ")"
    ]


def _cast(tokens: Sequence[str], at: int, close: int) -> bool:
    """Whether what is in brackets there makes a number of another number."""
    behind = tokens[close + 1] if close + 1 < len(tokens) else ")"
    return all(token in SIZES for token in tokens[at + 1 : close]) and behind not in CLOSED


def _operand(tokens: Sequence[str], at: int) -> int:
    """The index behind what a `sizeof` is of."""
    while tokens[at : at + 1] == ["*"]:
        at += 1
    at = closing(tokens, at) + 1 if tokens[at : at + 1] == ["("] else at + 1
    while tokens[at : at + 1] == ["["]:
        at = closing(tokens, at) + 1
    return at
