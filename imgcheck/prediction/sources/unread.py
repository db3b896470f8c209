"""Which statements only set variables that nothing reads any more?  A compiler leaves them out.

Flags that an emptied condition tested, and what a stretch that went was given: `fill[i] = 0;` and
`#if ENABLE_X show(fill); #endif`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from imgcheck.prediction.sources.compiled import CLOSED, CONTROL, LONGEST, OPEN, WRITES, Code
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier

_STARTS = frozenset({"{", "}", ";", ")", "else", ":"})  # what a statement can stand behind
_ROUNDS = 20
_QUALIFIERS = 8  # tokens in front of a name that its declaration may begin with
_PLAIN = frozenset(["bool", "byte", "char", "double", "float", "int", "long", "short", "signed", "unsigned"])
# Somebody else may read these.
_LASTING = frozenset({"static", "extern", "volatile", "_Thread_local", "thread_local"})


def flags(code: Code, empty: int, start: int, end: int) -> bool:
    """Takes out an empty block, its condition, and flags that were set for it; whether one was."""
    return _follow(code, _condition(code, empty), start, end)


def variables(code: Code, gone: Set[str], start: int, end: int) -> bool:
    """Takes out what sets variables of a function that only what is `gone` of it read; whether any."""
    names = {name for name in gone if identifier(name)} - KEYWORDS
    return _follow(code, names, start, end) if names else False


def _follow(code: Code, names: set[str], start: int, end: int) -> bool:
    """Takes out what sets those of `names` that nothing reads, and conditions around that are empty then."""
    found = False
    for _ in range(_ROUNDS):
        due: list[int] = []
        places = _places(code, names, start, end)
        for name in sorted(places):
            for first, last, declared in _written(code, places[name]) or ():
                code.dead.update(range(first, last))
                if not declared:
                    found = True
                    due.append(first)
        braces = [brace for brace in (_around(code, first) for first in due) if brace >= 0]
        if not braces:
            break
        names = {name for brace in braces for name in _condition(code, brace)}
    return found


def _places(code: Code, names: set[str], start: int, end: int) -> dict[str, list[int]]:
    """Where each of these names stands between two braces; of those that a macro has nobody knows."""
    found: dict[str, list[int]] = {}
    for index in range(start + 1, end) if names else ():
        name = code.tokens[index]
        if name in names and index not in code.dead and name not in code.meant:
            found.setdefault(name, []).append(index)
    return found


def _condition(code: Code, brace: int) -> set[str]:
    """The names in the condition of an empty block, when it goes with the block."""
    tokens = code.tokens
    close = code.closing(brace) if tokens[brace] == "{" else code.tokens.index(";", brace)
    if brace < 1 or tokens[brace - 1] != ")" or tokens[close + 1 : close + 2] == ["else"]:
        return set()
    first = code.opening(brace - 1)
    if first < 1 or tokens[first - 1] != "if" or not code.pure(first + 1, brace - 1):
        return set()
    code.dead.update(range(first - 1, close + 1))
    if tokens[first - 2 : first - 1] == ["else"]:
        code.dead.add(first - 2)
    return {token for token in tokens[first + 1 : brace - 1] if identifier(token) and token not in KEYWORDS}


def _around(code: Code, first: int) -> int:
    """Where the body begins of which the dead statement at `first` is the whole, -1 if it is not."""
    at = first - 1
    while at > 0 and at in code.dead:
        at -= 1
    if code.tokens[at] == ")":
        return first
    if code.tokens[at] != "{":
        return -1
    close = code.closing(at)
    return at if close > 0 and all(index in code.dead for index in range(at + 1, close)) else -1


def _written(code: Code, places: Iterable[int]) -> list[tuple[int, int, bool]] | None:
    """(first, end, declared) of the statements that set a local variable, or what is in its array.

    None when one reads it, or it is no local variable.
    """
    tokens = code.tokens
    found: list[tuple[int, int, bool]] = []
    declared = -1  # how many dimensions it has: what is behind a pointer is not its own
    for index in places:
        last = tokens[index - 1]
        after, deep = _behind(code, index)
        first = _declaration(tokens, index)
        if first >= 0 and tokens[after] in {"=", ";", ","}:
            if not _LASTING.isdisjoint(tokens[max(first - _QUALIFIERS, 0) : index]):
                return None
            if code.cplusplus and not (tokens[first] in _PLAIN or tokens[first].endswith("_t")):
                return None  # an object may do anything when it is assigned
            declared = deep
            stop = _until(code, after, {";", ","})
            if tokens[after] == "=" and code.pure(after + 1, stop):
                found.append((index - 1, stop + 1, True))
            continue
        stop = _until(code, after, {";"})
        counts = tokens[after] in {"++", "--"} and stop == after + 1
        plain = last in _STARTS and (counts or tokens[after] in WRITES)
        if not plain or deep != declared or not code.pure(index + 1, after) or not code.pure(after + 1, stop):
            return None
        found.append((index, stop + 1, False))
    return found if declared >= 0 else None


def _declaration(tokens: Sequence[str], index: int) -> int:
    """Where the type ends of which a name may be declared, -1 where it is not: `byte *p`, `struct a p`."""
    at = index - 1
    while tokens[at] in {"*", "const"} and index - at < _QUALIFIERS:
        at -= 1
    if not identifier(tokens[at]) or tokens[at] in CONTROL or tokens[at] in {"else", "goto", "case"}:
        return -1
    before = tokens[at - 1]
    # `a * b` is a product where `a` does not begin a statement, and no type names stand before it.
    if tokens[index - 1] == "*" and before not in _STARTS and not identifier(before):
        return -1
    return at


def _behind(code: Code, index: int) -> tuple[int, int]:
    """The index of the token behind a name and the brackets of its elements, and how many those are."""
    at, deep = index + 1, 0
    while code.tokens[at] == "[" and (close := code.closing(at)) > 0:
        at, deep = close + 1, deep + 1
    return at, deep


def _until(code: Code, start: int, ends: set[str]) -> int:
    depth = 0
    for index in range(start, min(start + LONGEST, len(code.tokens))):
        token = code.tokens[index]
        if not depth and token in ends:
            return index
        depth += (token in OPEN) - (token in CLOSED)
    return start
