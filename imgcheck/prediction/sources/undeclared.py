"""Which names go while code that stays uses them: enumerators, tags, macros, variables, static functions?

Such a source does not compile, whether anybody calls that code or not. Only what is certain is told: a name
that anything else of the source or its headers could declare is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

from imgcheck.prediction.sources import enumerators
from imgcheck.prediction.sources.declarations import SIZES
from imgcheck.prediction.sources.declarators import KEYWORDS, TYPES, identifier
from imgcheck.prediction.sources.macros import Environment, Exploded, Macro, Maybe, expand
from imgcheck.prediction.sources.reading import Blocks, Visit

VALUE = "= "  # what the names of enumerators begin with, among those of types
_TAGGED = TYPES | {"enum"}
_NO_TYPES = frozenset(
    {"return", "else", "do", "case", "goto", "sizeof", "throw", "new", "delete", "in", "and", "or"}
)
_MEMBERS = frozenset({".", "->", "::"})
_FOLLOW = frozenset({"=", ";", ",", "["})
_PLAIN = SIZES.keys() | {"bool"}
Visits = Sequence[Visit]


def lost(both: tuple[Visits, Visits], words: Set[str]) -> frozenset[str]:
    """The enumerators and tags that a file declares before only; none where it says something else then."""
    before, after = both
    if "enum" not in words and TYPES.isdisjoint(words):
        return frozenset()
    blocks, here = ({visit.block for visit in side} for side in both)
    if blocks <= here or any(visit.tokens and visit.block not in blocks for visit in after):
        return frozenset()
    gone = [visit for visit in before if visit.block not in here]
    found = _tags(gone)
    found = found - _tags(after) if found else found
    # What is between the braces of an enum uses nothing.
    if "enum" in words and any("enum" in one.tokens or not one.uses.names for one in gone):
        meant = enumerators.found(before, after)
        found.update(VALUE + name for name in meant.was.keys() - meant.now.keys())
    return frozenset(found)


def _tags(visits: Visits) -> set[str]:
    found: set[str] = set()
    for visit in visits:
        if not _TAGGED.isdisjoint(visit.tokens):
            tokens = visit.tokens
            found.update(
                f"{tokens[at - 1]} {tokens[at]}"
                for at in range(1, len(tokens) - 1)
                if tokens[at + 1] == "{" and tokens[at - 1] in _TAGGED
            )
    return found


def used(visits: Visits, names: Iterable[str]) -> frozenset[str]:
    """Those of the enumerators and tags that code uses where it has to know them."""
    wanted = {full: full.rpartition(" ")[::2] for full in names}
    places = _places([one.tokens for one in visits], {name for _, name in wanted.values()})
    tags = _tags(visits) if places else set()
    found: set[str] = set()
    for full, (kind, name) in wanted.items():
        here = places.get(name, ())
        if not here or full in tags:
            continue
        if kind != "=":
            if any(_whole(tokens, at, kind) for tokens, at in here):
                found.add(full)
        elif not any(_declares(tokens, at) for tokens, at in here):
            found.add(name)
    return frozenset(found)


def _places(texts: Iterable[Sequence[str]], names: Set[str]) -> dict[str, list[tuple[Sequence[str], int]]]:
    """Where each of these names stands in some code, in one pass."""
    found: dict[str, list[tuple[Sequence[str], int]]] = {}
    for tokens in texts if names else ():
        if not names.isdisjoint(tokens):
            for at, token in enumerate(tokens):
                if token in names:
                    found.setdefault(token, []).append((tokens, at))
    return found


def _whole(tokens: Sequence[str], at: int, kind: str) -> bool:
    """Whether a variable, a parameter or a `sizeof` is of a type with this tag, and no pointer to it."""
    if tokens[at - 1 : at] != [kind] or at + 1 >= len(tokens):
        return False
    behind = tokens[at + 1]
    if behind == ")":
        return at > 3 and tokens[at - 3] == "sizeof"
    return identifier(behind) and behind not in KEYWORDS and tokens[at + 2 : at + 3] in ([";"], ["="], ["["])


def _declares(tokens: Sequence[str], at: int) -> bool:
    """Whether a name may be declared there, or is a member's: anything that is not plainly a value."""
    before = tokens[at - 1] if at else ""
    if before in _MEMBERS or (identifier(before or ";") and before not in _NO_TYPES):
        return True
    if tokens[at + 1 : at + 2] == [":"] and before in {"", ";", "{", "}"}:  # a label
        return True
    return before in {"*", "&"} and at > 1 and (tokens[at - 2] in _PLAIN or tokens[at - 2].endswith("_t"))


def unknown(
    path: str,
    blocks: Blocks,
    both: tuple[Visits, Visits],
    names: tuple[Set[str], tuple[Environment, Environment]],
    elsewhere: Callable[[str], bool],
) -> frozenset[str]:
    """What a file uses that goes from it, or as a macro.

    `names` are macros that stand for something else, and what they stand for in the end; `elsewhere` says
    whether another file of the source has a name in its code.
    """
    before, after = both
    found = {*used(after, lost(both, blocks.words(path)))}
    found |= set(_macros(path, blocks, both, *names))
    gone = {visit.block for visit in before} - {visit.block for visit in after}
    new = {visit.block for visit in after} - {visit.block for visit in before}
    dropped = [visit for visit in before if visit.block in gone]
    if declared := {name for visit in dropped for name in (*_locals(visit), *_statics(visit))}:
        found |= set(_dropped(declared, [one for one in after if one.block not in new], after))
    if found and "enum" in blocks.words(path):
        found -= enumerators.found((), after).now.keys()
    return frozenset(name for name in found if not elsewhere(name.rpartition(" ")[2]))


def _macros(
    path: str,
    blocks: Blocks,
    both: tuple[Visits, Visits],
    names: Set[str],
    ends: tuple[Environment, Environment],
) -> Iterator[str]:
    """Macros that are none any more, in blocks that use them both times."""
    old: Mapping[int, Visit] = {visit.block: visit for visit in both[0]}
    for visit in both[1]:
        was = old.get(visit.block)
        named = names & was.macros.keys() if was is not None else ()
        if was is None or not named:
            continue
        gone = {
            name
            for name in named
            if isinstance(was.macros[name], Macro) and not isinstance(visit.macros.get(name), Macro | Maybe)
        }
        if not gone:
            continue
        tokens = blocks.block(path, visit.block).tokens
        try:
            now = expand(tokens, {**ends[1], **visit.macros})
            then = expand(tokens, {**ends[0], **was.macros})
        except Exploded:
            continue
        more = Counter(now) - Counter(then)
        gone = gone & more.keys()
        said = _places([one.tokens for one in both[1]] + [now], gone)
        yield from (name for name in gone if not any(_declares(*place) for place in said[name]))


def _dropped(names: Set[str], stay: Visits, after: Visits) -> Iterator[str]:
    """Those of variables and static functions that nobody declares any more which code uses that stays."""
    used = frozenset[str]().union(*(inner for one in stay for inner in one.uses.names.values()))
    missed = frozenset(names & used).difference(*(one.uses.definitions for one in after))
    said = _places([one.tokens for one in after], missed)
    yield from (name for name in missed if not any(_declares(*place) for place in said.get(name, ())))


def _statics(visit: Visit) -> Iterator[str]:
    return (name for name, head in visit.uses.heads.items() if "static" in head and "::" not in name)


def _locals(visit: Visit) -> Iterator[str]:
    """The variables that a block in a function declares outside of brackets of its own."""
    if not visit.uses.after.owner or visit.uses.heads:
        return
    depth = 0
    tokens = visit.tokens
    for at, token in enumerate(tokens[:-1]):
        depth += (token == "{") - (token == "}")
        if depth or not at or not identifier(token) or token in KEYWORDS or tokens[at + 1] not in _FOLLOW:
            continue
        if tokens[at - 1] in _PLAIN and (at == 1 or tokens[at - 2] in {";", "{", "}", "unsigned", "const"}):
            yield token
