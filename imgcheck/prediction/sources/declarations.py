"""Reads declarations: how large is what they declare, and what shape do the types have?

Types are those of C on a 32-bit chip (RISC-V psABI, ILP32; others have another `long double`), those of
stdint.h, and structures that the same file declares; what another header declares is taken for one word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from imgcheck.prediction.sources.declarators import ATTRIBUTES, identifier
from imgcheck.prediction.sources.lengths import MOST, NO_NUMBERS, listed, number, times

WORD = 4  # bytes of an int, of a pointer
SIZES = {
    **dict.fromkeys(("char", "bool", "_Bool", "int8_t", "uint8_t"), 1),
    **dict.fromkeys(("short", "int16_t", "uint16_t"), 2),
    **dict.fromkeys(("double", "int64_t", "uint64_t"), 8),
    **dict.fromkeys(("int", "unsigned", "signed", "long", "float", "int32_t", "uint32_t", "size_t"), 4),
}
_SKIPPED = frozenset(
    {"static", "volatile", "register", "inline", "constexpr", "thread_local", "_Thread_local"}
)
_NOT = frozenset({"extern", "typedef", "using", "template", "return", "goto", "case", "friend"})
_TYPES = frozenset({"struct", "union", "class", "enum"})
_DEEPEST = 50  # structures inside of each other: a deeper one is taken for one word
_LONGEST = 40  # tokens of a length
_ALIGNED = frozenset({"aligned", "__aligned__", "_Alignas", "alignas"})


class Room(NamedTuple):
    """What a variable takes, in words; one that is initialised and not `const` takes both."""

    flash: int
    ram: int
    size: int = 0  # its own bytes
    length: int = 0  # elements of an array, in its first dimension


class Shape(NamedTuple):
    """A type's bytes, and the multiple of which its address is."""

    size: int
    align: int


def alignment(head: Sequence[str]) -> int:
    """The alignment that a declaration asks for, 0 for none that is a number."""
    for index, token in enumerate(head[:-2]):
        if token in _ALIGNED and head[index + 1] == "(" and head[index + 2].isdecimal():
            return int(head[index + 2])
    return 0


class Reader:
    """Reads the declarations among some tokens."""

    def __init__(self, tokens: Sequence[str], known: dict[str, Shape], wide: int, pack: int = 0) -> None:
        self.tokens = tokens
        self.wide = wide  # bytes of a `long double`
        self.known = known
        self.pack = pack  # the most that members are aligned to; 0 for what they are
        self.at = 0
        self.deep = 0  # structures around this one
        self.open = False  # whether the last declarator leaves its length to the initialisers
        self.length = 0  # of the last declarator's first dimension
        self.numbers = NO_NUMBERS  # what stands for a number where a length is
        self.places: dict[str, dict[str, int]] = {}  # types by name: bytes in front of each member
        self._inside: dict[str, int] = {}  # those of the last one that was read

    def variables(self) -> Iterable[tuple[str, Room]]:
        """Each declared variable, those inside of functions included."""
        tokens = self.tokens
        starts = [0, *(i + 1 for i, token in enumerate(tokens) if token in {";", "{", "}"})]
        for start, end in pairwise([*starts, len(tokens)]):
            if start >= self.at and start < end and tokens[start] not in _NOT:
                self.at = start
                yield from self._declaration()

    def types(self) -> None:
        """Takes in each type that is declared."""
        tokens = self.tokens
        for start in (0, *(i + 1 for i, token in enumerate(tokens) if token in {";", "{", "}"})):
            first = tokens[start] if self.at <= start < len(tokens) else ""
            self.at = max(self.at, start)
            if first == "using" and tokens[start + 2 : start + 3] == ["="]:
                self.at += 3
                shape, _ = self._specifiers()
                if shape is not None:
                    self.known[tokens[start + 1]] = self._declarator(shape, False)[1]
            elif first == "typedef":
                self.at += 1
                self._inside = {}
                shape, _ = self._specifiers()
                name, made, _ = (
                    self._declarator(shape, False) if shape is not None else ("", Shape(0, 1), False)
                )
                if name:
                    self.known[name], self.places[name] = made, self._inside
            elif first in _TYPES:
                self._specifiers()

    def _declaration(self) -> Iterable[tuple[str, Room]]:
        shape, const = self._specifiers()
        while shape is not None and self._token() not in {"", ";", "}"}:
            name, one, constant = self._declarator(shape, const)
            if not name or self._token() not in {",", ";", "="}:
                return
            initialised = self._token() == "="
            start = self.at + 1
            self._skip({",", ";"})
            elements = listed(self.tokens[start : self.at]) if self.open else 1
            exact = one.size * elements
            size = -(-exact // WORD) * WORD
            if 0 < size <= MOST:
                length = elements if self.open else self.length
                yield (
                    name,
                    Room(size if initialised or constant else 0, 0 if constant else size, exact, length),
                )
            if self._token() == ",":
                self.at += 1

    def _token(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _specifiers(self) -> tuple[Shape | None, bool]:
        """The type in front of the declarators, None where none begins here."""
        const, shape, longs, double = False, None, 0, False
        while token := self._token():
            if token == "const":
                const = True
            elif token in ATTRIBUTES:
                self._group()
                continue
            elif token in _TYPES:
                shape = self._tagged()
                continue
            elif token in SIZES:
                longs += token == "long"
                double = double or token == "double"
                narrow = shape is not None and token in {"int", "unsigned", "signed"}
                size = self.wide if longs and double else 8 if longs == 2 else SIZES[token]
                shape = shape if narrow and shape else Shape(size, size)
            elif token not in _SKIPPED:
                following = self.tokens[self.at + 1 : self.at + 2]
                if shape is not None or not identifier(token) or not following:
                    break
                if not (identifier(following[0]) or following[0] == "*"):
                    break
                shape = self.known.get(token, Shape(WORD, WORD))
            self.at += 1
        return shape, const

    def _group(self) -> Sequence[str]:
        """Goes behind an attribute and what it is given, which are returned."""
        start = self.at
        self.at += 1
        if self._token() == "(":
            self._skip({})
            self.at += 1
        return self.tokens[start : self.at]

    def _skip(self, ends: Iterable[str]) -> None:
        """Goes on to one of these tokens outside of brackets, or to the bracket that closes one."""
        depth = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if not depth and token in ends:
                return
            depth += (token in {"(", "[", "{"}) - (token in {")", "]", "}"})
            if depth < 0 or (not depth and not ends):
                return
            self.at += 1

    def _tagged(self) -> Shape:
        """A structure, union or enum, with its members or by its name."""
        kind = self._token()
        self.at += 1
        given: list[str] = []
        while self._token() in ATTRIBUTES:
            given += self._group()
        name = self._token() if identifier(self._token() or ";") else ""
        self.at += bool(name)
        if self._token() == ":" and kind == "enum":
            self.at += 2
        if self._token() != "{":
            return Shape(WORD, WORD) if kind == "enum" else self.known.get(name, Shape(WORD, WORD))
        if kind == "enum" or self.deep >= _DEEPEST:
            self._skip({})
            self.at += 1
            return Shape(WORD, WORD)
        self.deep += 1
        start = self.at
        shape = self._members(kind == "union", self._packed(given))
        while self._token() in ATTRIBUTES:  # they may stand behind it as well
            given += self._group()
        end = self.at
        if self._packed(given) != self.pack:
            self.at = start
            shape = self._members(kind == "union", self._packed(given))
        self.at = end
        self.deep -= 1
        if name:
            self.known[name], self.places[name] = shape, self._inside
        return shape

    def _packed(self, given: Sequence[str]) -> int:
        """The most that members of a type with these attributes are aligned to, 0 for what they are."""
        return 1 if "packed" in given or "__packed__" in given or "__packed" in given else self.pack

    def _members(self, union: bool, pack: int) -> Shape:
        """What stands between the braces of a structure, laid out; bit-fields as if they were packed."""
        self.at += 1
        end, most, inside = 0, 1, dict[str, int]()  # the end in bits
        while self._token() not in {"", "}"}:
            start = self.at
            shape, _ = self._specifiers()
            if shape is None:
                self._skip({";"})
            while shape is not None and self._token() not in {"", ";", "}"}:
                before = self.at
                name, one, _ = self._declarator(shape, False)
                one = Shape(one.size, min(one.align, pack or one.align))
                bits, place = 8 * one.size, 0 if union else end
                if self._token() == ":":
                    width = number(self.tokens[self.at + 1 : self.at + 2], NO_NUMBERS)
                    bits = width if width is not None else bits
                    self._skip({",", ";"})
                else:
                    place = -(-place // (8 * one.align)) * 8 * one.align
                end, most, inside[name] = max(end, place + bits), max(most, one.align), place // 8
                if self._token() not in {",", ";"}:
                    self._skip({",", ";"})
                self.at += self._token() == "," or self.at == before  # what is no declaration is gone over
            self.at += self._token() == ";" or self.at == start
        self.at, self._inside = self.at + 1, inside
        return Shape(min(-(-end // (8 * most)) * most, MOST + most), most)

    def _declarator(self, shape: Shape, const: bool) -> tuple[str, Shape, bool]:
        """A name with the shape of what it declares, and whether that is constant; "" for no variable."""
        name, count, pointer, self.open, self.length, wider = "", 1, False, False, 0, 0
        while token := self._token():
            if token in {"*", "&"}:
                shape, const, pointer = Shape(WORD, WORD), False, True
            elif token == "const":
                const = const or pointer
            elif token in ATTRIBUTES:
                wider = max(wider, alignment(self._group()))
                continue
            elif token == "[":
                start = self.at + 1
                self._skip({})
                inner = self.tokens[start : self.at]
                self.length = self.length or number(inner, self.numbers) or 0
                count = times(count, inner, self.numbers)
                self.open = self.open or not inner
            elif token == "(":
                if name or self.tokens[self.at + 1 : self.at + 2] != ["*"]:
                    return "", shape, const  # a function
                name, several, const = self._pointer()
                shape, count = Shape(WORD, WORD), count * several
            elif identifier(token) and not name:
                name = token
            elif token not in _SKIPPED:
                break
            self.at += 1
        return name, Shape(shape.size * count, max(shape.align, wider)), const

    def _pointer(self) -> tuple[str, int, bool]:
        """`(*name[3])(int)` at its first bracket: name, how many there are, and whether they are constant."""
        start = self.at
        self._skip({})
        inner = self.tokens[start : self.at]
        self.at += 1
        if self._token() == "(":
            self._skip({})
        else:
            self.at -= 1
        self.open = any(pair == ("[", "]") for pair in pairwise(inner))
        names = [one for one in inner if identifier(one) and one not in {"const", "volatile"}]
        count = 1
        for at, token in enumerate(inner):
            stretch = inner[at + 1 : at + 1 + _LONGEST] if token == "[" else ()
            if "]" in stretch:
                count = times(count, stretch[: stretch.index("]")], self.numbers)
        return names[0] if names else "", count, "const" in inner
