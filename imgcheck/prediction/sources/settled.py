"""Which variables have one value for good once the code that gave them another is gone?

`bool want = false; #if ENABLE_X … want = true; … #endif if (want) { … }`: without the feature the compiler
knows what `want` is, and drops what its conditions never lead to. Likewise `bool want = ENABLE_X;`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress

from imgcheck.prediction.sources import values
from imgcheck.prediction.sources.arrivals import united
from imgcheck.prediction.sources.comparison import SourceChange
from imgcheck.prediction.sources.compiled import EFFECTS, Code
from imgcheck.prediction.sources.constants import constant
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.folding import fold
from imgcheck.prediction.sources.macros import Environment, Macro, State
from imgcheck.prediction.sources.reading import Blocks, Visit

NAMED = {"false": 0, "FALSE": 0, "NULL": 0, "nullptr": 0, "true": 1, "TRUE": 1}
_OPERANDS = frozenset({")", "]"})  # what a binary & can stand behind, beside names and numbers
_LONGEST = 20  # tokens of a first value
_MOST = 64  # variables of a file that are one of the macros: for each its function is read
_MEMBERS = frozenset({".", "->"})
_STOPS = frozenset({"=", ";", "{", "}"})  # what a first value may begin behind, or what is none


def dead(code: Code, gone: Sequence[str], start: int, end: int) -> Iterator[int]:
    """The tokens between two braces that nothing leads to without the stretch `gone`, their conditions too.

    `gone` stood between these braces, `code` is what is left.
    """
    here = code.tokens[start:end]
    known = {name: one for name in _set(gone) if (one := value(code.macros, name, here)) is not None}
    if not known:
        return
    macros: Mapping[str, State | None] = {
        **code.macros, **{name: Macro(name, None, (str(one),)) for name, one in known.items()}
    }  # fmt: skip
    found = fold(here, known.keys(), macros)
    yield from (start + index for index in found.dead | found.quiet)


def extended(
    change: SourceChange,
    blocks: Blocks,
    both: tuple[Sequence[Visit], Sequence[Visit]],
    concerned: Set[str],
    standing: tuple[Environment, Environment] = ({}, {}),
) -> SourceChange:
    """The change of a file, with what variables leave out that are one of the macros `concerned` for good.

    Or what is `standing` for values before and after, as if it were one.
    """
    before, after = both
    concerned = concerned | standing[1].keys()
    reading = [
        visit.block
        for visit in after
        if "=" in visit.tokens
        and (visit.macros.keys() & concerned or not standing[1].keys().isdisjoint(visit.tokens))
    ]
    if not reading:
        return change
    code = Code(blocks, change.path, sorted({visit.block for visit in after}), after)
    code.macros = {**code.macros, **standing[1]}
    old = {**{name: state for visit in before for name, state in visit.macros.items()}, **standing[0]}
    seen = set[tuple[str, str]]()
    for at in (at for block in reading for at in code.places(block, concerned)):
        equals = next((i for i in range(at, max(at - _LONGEST, 1), -1) if code.tokens[i] in _STOPS), 1)
        name = code.tokens[equals - 1]
        if code.tokens[equals] != "=" or not identifier(name):
            continue
        function = code.function(at)
        if function is None or (function[0], name) in seen or len(seen) >= _MOST:
            continue
        seen.add((function[0], name))
        change = _left_out(change, code, name, function, _first(old, code.tokens[equals + 1 :][:_LONGEST]))
    return change


def _left_out(
    change: SourceChange, code: Code, name: str, function: tuple[str, int, int], was: int | None
) -> SourceChange:
    """A change with what goes from a function as one of its variables, which was that, has another value."""
    now = value(code.macros, name, code.tokens[slice(*function[1:])])
    if now is None or now == was:
        return change
    sides = [
        {**code.macros, name: Macro(name, None, (str(one),))} if one is not None else {} for one in (was, now)
    ]
    return decided(change, code, function, {name}, (sides[0], sides[1]))


def decided(
    change: SourceChange,
    code: Code,
    function: tuple[str, int, int],
    names: Set[str],
    both: tuple[Environment, Environment],
) -> SourceChange:
    """A change with what goes from a function where conditions on these names are decided otherwise.

    `both` is what names stand for before and after.
    """
    owner, start, end = function
    here, lines = code.tokens[start:end], code.lines[start:end]
    was, now = (fold(here, names, one) for one in both)
    if was == now:
        return change
    removed, added, uncalled = values.left_out(here, lines, (was, now))
    if lines[0] in removed:  # in which the function begins, and goes on to
        added |= {lines[0]}
    gone = now.dead | now.quiet
    left = frozenset(token for index, token in enumerate(here) if index not in gone and identifier(token))
    unused = frozenset(here[index] for index in gone if identifier(here[index])) - left - KEYWORDS
    still = {**change.arrivals.still, owner: left - KEYWORDS}
    return change._replace(
        removed_lines=change.removed_lines | removed,
        # What is left of a line is nothing, whatever else changed in it.
        added_lines=change.added_lines - (removed - added) | added,
        uncalled=change.uncalled | uncalled,
        vanished_in=united(change.vanished_in, {owner: unused}) if unused else change.vanished_in,
        arrivals=change.arrivals._replace(still=still),
    )


def _set(tokens: Sequence[str]) -> set[str]:
    """The names that a stretch may give a value."""
    return {
        name
        for index, name in enumerate(tokens)
        if identifier(name) and name not in KEYWORDS and changes(tokens, index)
    }


def changes(tokens: Sequence[str], index: int) -> bool:
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


def value(macros: Environment, name: str, tokens: Sequence[str]) -> int | None:
    """The value that a variable is declared with and always has, None where that is not so."""
    found: int | None = None
    for index in _places(name, tokens):
        if index and tokens[index - 1] in _MEMBERS:
            continue
        before, after = tokens[index - 1], tokens[index + 1 : index + 2]
        declares = index > 0 and (before == "*" or (identifier(before) and before not in {"return", "else"}))
        if not (declares and after == ["="]):
            if changes(tokens, index):
                return None
            continue
        if found is not None or "volatile" in tokens[max(index - 4, 0) : index]:
            return None
        found = _first(macros, tokens[index + 2 : index + 2 + _LONGEST])
        if found is None:
            return None
    return found


def _places(name: str, tokens: Sequence[str]) -> Iterator[int]:
    at = -1
    with suppress(ValueError):
        while True:
            at = tokens.index(name, at + 1)
            yield at


def _first(macros: Environment, tokens: Sequence[str]) -> int | None:
    end = next((index for index, token in enumerate(tokens) if token in {";", ","}), -1)
    inner = tokens[: max(end, 0)]
    if len(inner) == 1 and inner[0] in NAMED:
        return NAMED[inner[0]]
    if not inner or any(identifier(token) and token not in macros for token in inner):
        return None
    return constant(inner, macros)
