"""Which names of a file are of types that a small processor cannot compute with: double, 64 bits?"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from imgcheck.prediction.sources.declarators import KEYWORDS, identifier

# Kinds, by GCC's modes: 32 bits signed and unsigned, narrower unsigned ones, 64 bits, the floating types.
INT, UNSIGNED, SHORT, LONG, ULONG, FLOAT, DOUBLE, WIDE = "si", "su", "hu", "di", "du", "sf", "df", "tf"
RANKS = (SHORT, INT, UNSIGNED, LONG, ULONG, FLOAT, DOUBLE, WIDE)
_LARGE = frozenset({LONG, ULONG, FLOAT, DOUBLE, WIDE})
_LONGEST = 200  # tokens of a function's parameters: of more than those nobody wants the types
_DEEPEST = 8  # structures in each other
_BEFORE = """
const volatile static extern register inline auto __volatile__ __const __inline __restrict restrict mutable
constexpr thread_local _Thread_local
"""
_QUALIFIERS = frozenset(_BEFORE.split())
_WORDS = "unsigned signed long int short char float double _Bool bool void __signed__"
_SPECIFIERS = frozenset(_WORDS.split())
_DEFINED = {
    LONG: "int64_t int_least64_t int_fast64_t intmax_t __int64_t off64_t time_t __INT64_TYPE__",
    ULONG: "uint64_t uint_least64_t uint_fast64_t uintmax_t __uint64_t u64 __UINT64_TYPE__",
    UNSIGNED: "uint32_t size_t uintptr_t uint_least32_t u32 __SIZE_TYPE__ __UINT32_TYPE__",
    SHORT: "uint8_t uint16_t byte u8 u16 uint_least8_t uint_least16_t",
    INT: "int32_t int16_t int8_t ssize_t ptrdiff_t intptr_t s32 s16 s8 __INT32_TYPE__",
    FLOAT: "float_t float32_t",
    DOUBLE: "double_t float64_t",
}
_TYPEDEFS = {name: kind for kind, text in _DEFINED.items() for name in text.split()}
_TYPES = _SPECIFIERS | _TYPEDEFS.keys()
_BRACES, _BODIES = frozenset("{}"), frozenset(("struct", "union", "class"))
_WANTED = _TYPES | _BRACES | _BODIES
# What stands in a file where such types matter: their names, and those of functions that give them.
TELLING = frozenset(
    ("double", "float", "long", *(name for name, kind in _TYPEDEFS.items() if kind in _LARGE))
)
_ALONE = """
sin cos tan asin acos atan sinh cosh tanh exp exp2 log log2 log10 sqrt cbrt floor ceil trunc round rint fabs
"""
_PAIRS = "atan2 pow fmod hypot fmin fmax fdim copysign"
_ONES, _TWOS = frozenset(_ALONE.split()), frozenset(_PAIRS.split())
_MATHS = (*_ONES, *_TWOS, "ldexp", "modf", "frexp")
_LIBRARY = {
    **dict.fromkeys((*_MATHS, "atof", "strtod", "difftime"), DOUBLE),
    **dict.fromkeys((f"{one}f" for one in _MATHS), FLOAT),
    **dict.fromkeys(("strtoll", "atoll", "llabs", "llround", "llrint", "time", "mktime"), LONG),
    **{"strtoull": ULONG, "strtof": FLOAT, "strtold": WIDE},
}


class Type(NamedTuple):
    """A kind, "" for none of the above, and how many times it has to be looked through for it."""

    kind: str
    depth: int = 0  # pointers and arrays


NOTHING = Type("")


class Names:
    """What the names of a file are: its variables, those of the function that is read, members of structures.

    `functions` are by what they give, with what they take; `types` are the file's own. `depth` are the braces
    that are open around what is read, `inside` are structures.
    """

    def __init__(self, functions: dict[str, tuple[Type, tuple[Type, ...]]]) -> None:
        self.objects: dict[str, Type] = {}
        self.locals: dict[str, Type] = {}
        self.members: dict[str, Type] = {}
        self.functions = functions
        self.types: dict[str, Type] = {}
        self.depth = self.inside = 0
        self.large = set(functions)  # names that are, or were, of types that take a library to compute with

    def put(self, name: str, kind: Type) -> None:
        """Takes down what is declared where the reading is."""
        (self.locals if self.depth else self.objects)[name] = kind
        if kind.kind in _LARGE:
            self.large.add(name)

    def of(self, name: str) -> Type:
        """The type of a variable, int where nobody knows."""
        return self.locals.get(name) or self.objects.get(name, Type(INT))

    def brace(self, tokens: Sequence[str], at: int) -> None:
        """Goes in or out at a brace; behind a function its variables are no more."""
        if tokens[at] == "}":
            self.depth = max(self.depth - 1, 0)
        elif not _scope(tokens[max(at - 2, 0) : at]):
            self.depth += 1
        if not self.depth:
            self.locals.clear()

    def begin(self, inside: bool) -> None:
        """Goes on where a block begins: in a function, or between two."""
        if inside != bool(self.depth):
            self.depth = int(inside)
        if not inside:
            self.locals.clear()


def known() -> Names:
    """What is known before a file is read: functions of the C library."""
    return Names({name: (Type(kind), _taken(name, kind)) for name, kind in _LIBRARY.items()})


def _taken(name: str, kind: str) -> tuple[Type, ...]:
    plain = name.removesuffix("f") if kind == FLOAT else name
    return (Type(kind),) * (1 if plain in _ONES else 2 if plain in _TWOS else 0)


def _scope(before: Sequence[str]) -> bool:
    """Whether a brace opens no function: `namespace x {`, `extern "C" {`."""
    return "namespace" in before or (len(before) > 1 and before[-2] == "extern")


def declare(tokens: Sequence[str], found: Names) -> None:
    """Adds what tokens declare, in blocks or heads of functions: what is declared last counts."""
    read = 0
    for at, token in enumerate(tokens):
        if at < read or (token not in _WANTED and token not in found.types):
            continue
        if token in _BRACES:
            found.brace(tokens, at)
        elif token in _BODIES:
            read = structure(tokens, at, found)
        else:
            kind, after = specified(tokens, at, found.types)
            before = [one for one in tokens[max(at - 3, 0) : at] if one not in _QUALIFIERS]
            typedef = before[-1:] == ["typedef"]
            read = _declared(tokens, after, kind, found, typedef) if after > at else at + 1


def structure(tokens: Sequence[str], at: int, found: Names) -> int:
    """Takes down the members of a structure that is defined at `at`, if one is; gives where they end."""
    body = next((here for here in (at + 1, at + 2) if tokens[here : here + 1] == ["{"]), -1)
    if body < 0 or found.inside > _DEEPEST:
        return at + 1
    end = closing(tokens, body)
    inner = Names({})
    inner.types, inner.inside = found.types, found.inside + 1
    declare(tokens[body + 1 : end], inner)
    found.members.update({**inner.members, **inner.objects})
    found.large |= inner.large
    return end + 1


def _declared(tokens: Sequence[str], at: int, kind: Type, found: Names, typedef: bool) -> int:
    """Takes down the declarators behind a type; gives where they end."""
    while at < len(tokens):
        depth = kind.depth
        while at < len(tokens) and (tokens[at] in "*&" or tokens[at] in _QUALIFIERS):
            depth += tokens[at] == "*"
            at += 1
        if tokens[at : at + 2] == ["(", "*"] and identifier((*tokens[at + 2 : at + 3], "0")[0]):
            found.functions[tokens[at + 2]] = Type(kind.kind, depth), ()  # a pointer to one
            found.large.add(tokens[at + 2])
            return closing(tokens, at) + 1
        if at >= len(tokens) or not identifier(tokens[at]) or tokens[at] in KEYWORDS:
            return at
        name, after = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
        at += 1
        if typedef:
            found.types[name] = Type(kind.kind, depth)
            found.large.add(name)
        elif after == "(":
            at = function(tokens, at, (name, Type(kind.kind, depth)), found)
        elif after in ("=", ";", ",", ")", "[", ":", ""):
            while at < len(tokens) and tokens[at] == "[":
                depth, at = depth + 1, closing(tokens, at) + 1
            found.put(name, Type(kind.kind, depth))
        if at >= len(tokens) or tokens[at] != ",":
            return at
        at += 1  # another one of the same type, if this is no list of parameters
        if at < len(tokens) and (
            tokens[at] in _TYPES or tokens[at] in found.types or tokens[at] in _QUALIFIERS
        ):
            return at
    return at


def function(tokens: Sequence[str], at: int, what: tuple[str, Type], found: Names) -> int:
    """Takes down a function of which the bracket is at `at`, its parameters if its body follows."""
    end = closing(tokens, at)
    name, given = what
    if not found.depth:
        found.functions[name] = given, tuple(_parameters(tokens, at + 1, found.types))
        if any(one.kind in _LARGE for one in (given, *found.functions[name][1])):
            found.large.add(name)
    if tokens[end + 1 : end + 2] == ["{"] and not found.depth:
        found.locals.clear()
        found.depth = 1
        declare(tokens[at + 1 : end], found)
        found.depth = 0  # its brace is next
    return end + 1


def _parameters(tokens: Sequence[str], at: int, types: Mapping[str, Type]) -> Iterator[Type]:
    """What a function takes, of which the bracket is open."""
    last = min(len(tokens), at + _LONGEST)
    while at < last and tokens[at] not in (")", "...", "."):
        kind, after = specified(tokens, at, types)
        depth, level, at = kind.depth, 0, max(after, at)
        while at < last and (level or tokens[at] not in ",)"):
            level += (tokens[at] == "(") - (tokens[at] == ")")
            depth += tokens[at] in "*["
            at += 1
        yield Type(kind.kind, depth)
        at += at < last and tokens[at] == ","


def specified(tokens: Sequence[str], at: int, types: Mapping[str, Type]) -> tuple[Type, int]:
    """The type that tokens begin with, and where it ends; `at` where they begin with none."""
    words: list[str] = []
    named: Type | None = None
    start = at
    while at < len(tokens):
        token = tokens[at]
        if token in _SPECIFIERS and named is None:
            words.append(token)
        elif token in ("struct", "union", "enum") and not words and named is None:
            named, at = Type(INT if token == "enum" else ""), at + 1
        elif not words and named is None and (token in types or token in _TYPEDEFS):
            named = types.get(token) or Type(_TYPEDEFS[token])
        elif token not in _QUALIFIERS:
            break
        at += 1
    if named is not None:
        return named, at
    return (Type(_of(words)), at) if words else (NOTHING, start)


def _of(words: Sequence[str]) -> str:
    if "double" in words:
        return WIDE if "long" in words else DOUBLE
    if "float" in words or "void" in words:
        return FLOAT if "float" in words else ""
    unsigned = "unsigned" in words
    if words.count("long") > 1:
        return ULONG if unsigned else LONG
    if "_Bool" in words or "bool" in words:
        return SHORT
    if "char" in words or "short" in words:
        return SHORT if unsigned else INT
    return UNSIGNED if unsigned else INT


def closing(tokens: Sequence[str], at: int) -> int:
    """Where the bracket that opens at `at` closes, or the last of all."""
    level = 0
    for here in range(at, len(tokens)):
        level += (tokens[here] in "([{") - (tokens[here] in ")]}")
        if not level:
            return here
    return len(tokens) - 1


def literal(token: str) -> tuple[str, float] | None:
    """The kind and the value of a number, None for what is none."""
    text = token.lower().replace("'", "")
    if not text[:1].isdigit() and not (text[:1] == "." and text[1:2].isdigit()):
        return None
    floating = ("." in text or "p" in text) if text.startswith("0x") else ("." in text or "e" in text)
    try:
        if floating or (text.endswith("f") and not text.startswith("0x")):
            kind = FLOAT if text.endswith("f") else WIDE if text.endswith("l") else DOUBLE
            body = text.rstrip("fl")
            return kind, float.fromhex(body) if body.startswith("0x") else float(body)
        body = text.rstrip("ul")
        octal = len(body) > 1 and body[0] == "0" and body.isdigit()
        value = int(body, 8) if octal else int(body, 0)
    except (ValueError, OverflowError):
        return None
    suffix = text[len(body) :]
    large = suffix.count("l") > 1 or value >> 32
    unsigned = "u" in suffix or value >> 31 == 1
    return (ULONG if "u" in suffix or value >> 63 else LONG) if large else (
        UNSIGNED if unsigned else INT
    ), float(min(value, 1 << 64))


def exact(value: float) -> bool:
    """Whether a float holds the value."""
    try:
        return bool(struct.unpack("<f", struct.pack("<f", value))[0] == value)
    except OverflowError:
        return False
