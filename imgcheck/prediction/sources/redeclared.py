"""What is declared otherwise while its body stays: `inline`, `const`, a section, another type?

Nothing of such a function comes or goes, and yet it is another one: what it takes is an estimate, and said to
be one. Of a variable the declarations tell how large it is, and where it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarations import alignment
from imgcheck.prediction.sources.declarators import ATTRIBUTES, identifier
from imgcheck.prediction.sources.grammar import Head
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.storage import rooms
from imgcheck.source import Source

_LONGEST = 200  # tokens of a typedef
_QUIET = frozenset({"once", "message", "warning", "error", "region", "endregion", "mark"})


class Redeclared(NamedTuple):
    """What is declared otherwise.

    `functions` have the lines of their bodies, empty where a macro makes them; names of types are among them,
    as what code makes of another type nobody knows. `leaving` are those that no
    attribute puts into a section any more. `sizes` are the bytes of variables before and after, `ram` what
    those that keep their size take more of it (less, if negative).
    """

    functions: Mapping[str, frozenset[int]] = {}
    leaving: frozenset[str] = frozenset()
    sizes: Mapping[str, tuple[int, int]] = {}
    ram: Mapping[str, int] = {}
    aligned: Mapping[str, int] = {}  # variables that are aligned otherwise, and the wider alignment


NOTHING = Redeclared()


def found(
    path: str,
    blocks: Blocks,
    both: tuple[Sequence[Visit], Sequence[Visit]],
    whole: tuple[Sequence[Visit], Sequence[Visit]],
    wide: int,
) -> Redeclared:
    """What a file declares otherwise; `both` are the visits that it loses and gains, `whole` all of them.

    `wide` is the size of a `long double` in bytes.
    """
    was, now = _heads(both[0]), _heads(both[1])
    other = {
        key: (was[key], now[key])
        for key in was.keys() & now.keys()
        if was[key] != now[key] and _kind(was[key]) != _kind(now[key])
    }
    old_types, new_types = _typedefs(both[0]), _typedefs(both[1])
    functions = {
        name: frozenset[int]()
        for name in old_types.keys() & new_types.keys()
        if old_types[name] != new_types[name]
    }
    # Another branch of an #if may have the whole definition.
    whole_again = {name for _, name in was} & {name for _, name in now} - {name for _, name in other}
    whole_again -= {name for key in was.keys() & now.keys() for name in key[1:]}
    again = {
        name for (_, name), head in (*was.items(), *now.items()) if name in whole_again and not _opens(head)
    }
    if not other and not again:
        return Redeclared(functions) if functions else NOTHING
    leaving: set[str] = set()
    for (block, name), (before, after) in other.items():
        if _opens(before):
            functions[name] = frozenset(_body(blocks, path, block, name))
            if "section" in "".join(_kind(before)) and "section" not in "".join(_kind(after)):
                leaving.add(name)
    names = frozenset([*again, *(name for _, name in other)]) - functions.keys()
    there, here = (rooms(visits, names, wide) for visits in whole)
    sizes: dict[str, tuple[int, int]] = {}
    ram: dict[str, int] = {}
    for name in sorted(there.keys() & here):
        old, new = there[name].size, here[name].size
        if old != new:
            sizes[name] = (old, new)
        elif there[name].ram != here[name].ram:
            ram[name] = here[name].ram - there[name].ram
    aligned = {
        name: max(alignment(before), alignment(after))
        for (_, name), (before, after) in other.items()
        if not _opens(before) and alignment(before) != alignment(after)
    }
    return Redeclared(functions, frozenset(leaving), sizes, ram, aligned)


def first_pragma(source: Source, active: tuple[Sequence[int], Sequence[int]]) -> int | None:
    """The first #pragma that counts in one of two walks of a file only, of which these blocks are active."""
    was, now = active
    if was == now:
        return None
    return next(
        (
            index
            for index, one in enumerate(source.directives)
            if one.kind == "pragma" and was[index + 1] != now[index + 1] and not _quiet(one.text)
        ),
        None,
    )


def behind(source: Source, blocks: Blocks, first: int, after: Iterable[Visit]) -> dict[str, frozenset[int]]:
    """The functions behind a directive, with the lines of their bodies.

    `#pragma GCC optimize` and `pack` hold from there on, and what one of a compiler's own does nobody knows.
    """
    return {
        name: frozenset(_body(blocks, source.path, visit.block, name))
        for visit in after
        if visit.block > first
        for name, head in visit.uses.heads.items()
        if _opens(head)
    }


def _quiet(text: str) -> bool:
    """Whether a #pragma says nothing of the code behind it."""
    words = text.split()
    return not words or words[0] in _QUIET or words[:2] == ["GCC", "diagnostic"]


def _heads(visits: Iterable[Visit]) -> dict[tuple[int, str], Head]:
    """What stands in front of each definition, by the block that it is in."""
    return {(one.block, name): head for one in visits for name, head in one.uses.heads.items()}


def _typedefs(visits: Iterable[Visit]) -> dict[str, Head]:
    """The names of types, with what each stands for where one block says all of it.

    Not those of structures: their members are told one by one.
    """
    found: dict[str, Head] = {}
    for tokens in (one.tokens for one in visits if "typedef" in one.tokens):
        for start, token in enumerate(tokens):
            depth = 0
            rest = tokens[start : start + _LONGEST] if token == "typedef" else ()
            for end, one in enumerate(rest):
                depth += (one in OPEN) - (one in CLOSED)
                if one == ";" and not depth:
                    if identifier(rest[end - 1]) and "{" not in rest[:end]:
                        found[rest[end - 1]] = tuple(rest[:end])
                    break
    return found


def _opens(head: Head) -> bool:
    """Whether a function's parameters are in a head, as its attributes are no parameters."""
    return "(" in _parts(head)[1]


def _kind(head: Head) -> Head:
    """A head without the parameters of a function, whose change its lines tell."""
    attributes, plain = _parts(head)
    return (*attributes, *(plain[: plain.index("(")] if "(" in plain else plain))


def _parts(head: Head) -> tuple[Head, Head]:
    """The attributes in a head with what they are given, and the rest."""
    attributes: list[str] = []
    plain: list[str] = []
    depth, given = 0, False
    for token in head:
        if token in ATTRIBUTES and not depth:
            given = True
        elif given and not depth and token != "(":
            given = False
        (attributes if given else plain).append(token)
        if given:
            depth += (token == "(") - (token == ")")
            given = depth > 0 or token in ATTRIBUTES
    return tuple(attributes), tuple(plain)


def _body(blocks: Blocks, path: str, block: int, name: str) -> Iterable[int]:
    """The lines of a function's body in the block that it begins in."""
    tokens, lines = blocks.numbered(path, block)
    plain = name.rsplit("::", 1)[-1]
    for at, token in enumerate(tokens[:-1]):
        if token == plain and tokens[at + 1] == "(":
            start = next((i for i in range(at, len(tokens)) if tokens[i] in {"{", ";"}), len(tokens))
            if tokens[start : start + 1] == ["{"]:
                return {lines[index] for index in range(start, _closed(tokens, start))}
    return ()


def _closed(tokens: Sequence[str], start: int) -> int:
    """The index behind the bracket that closes the one at `start`, or behind all tokens."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] in OPEN) - (tokens[index] in CLOSED)
        if not depth:
            return index + 1
    return len(tokens)
