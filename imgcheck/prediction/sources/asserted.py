"""Which checks that a compiler makes do not hold any more: does a source still compile?

`_Static_assert(COUNT == 3, "…")`, and what firmware wrote before C11 had it: an array or a bit-field of a
negative size, a division by 0 in an enum, two equal cases, a call of what is declared an error. What cannot
be worked out, and asks for something that is another number then, is said not to be known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from imgcheck.prediction.sources.compiletime import Known, value
from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.lengths import Numbers
from imgcheck.prediction.sources.reading import Blocks, Visit

_ASSERTS = frozenset({"_Static_assert", "static_assert"})
_MARKS = _ASSERTS | {"-", "/", "case", "error", "__error__"}  # one of these is in every check
_PLAIN = frozenset(["char", "int", "long", "short", "signed", "unsigned", "struct", "typedef", "extern"])
_DECIDES = frozenset({"?", "!", "==", "!=", "<", ">", "<=", ">=", "*"})
_NEAR = 24  # tokens in front of a bracket that its declaration begins in
_LONGEST = 400  # tokens of a check
_PLACED = 50  # checks of a block whose own lines are looked for where macros stand for them


class Checked(NamedTuple):
    """Places (path, line) of checks that do not hold then, and of those of which that is not known."""

    failing: frozenset[tuple[str, int]] = frozenset()
    unsure: frozenset[tuple[str, int]] = frozenset()


NOTHING = Checked()


def merged(one: Checked, other: Checked) -> Checked:
    """What both say."""
    return NOTHING if one == other == NOTHING else Checked(*(a | b for a, b in zip(one, other, strict=True)))


class _Check(NamedTuple):
    """What is asked, and what it must not be: 0 of a condition, less than that of a size."""

    asked: Sequence[str]
    size: bool = False

    def holds(self, found: int | None) -> bool | None:
        """Whether a compiler goes on."""
        return None if found is None else found >= 0 if self.size else found != 0


def found(
    path: str,
    blocks: Blocks,
    both: tuple[Sequence[Visit], Sequence[Visit]],
    whole: tuple[Sequence[Visit], Sequence[Visit]],
    asked: tuple[tuple[Numbers, Numbers], Set[str], int],
) -> Checked:
    """The checks of a file that change; `whole` are all visits of the text that it is in.

    `asked` is what stands for numbers before and after, the names that stand for others, and the size of a
    `long double`.
    """
    numbers, names, wide = asked
    before: Mapping[int, Visit] = {visit.block: visit for visit in both[0]}
    known = [Known(visits, one, wide) for visits, one in zip(whole, numbers, strict=True)]
    failing, unsure = set[tuple[str, int]](), set[tuple[str, int]]()
    for visit in both[1]:
        if visit.reads.isdisjoint(_MARKS):
            continue
        old = before.get(visit.block)
        indirect = bool(names) and "sizeof" in visit.reads  # of a variable that is of a type with such a name
        if indirect or old is None or old.tokens is not visit.tokens or not names.isdisjoint(visit.tokens):
            checks = [*_checks(visit.tokens)]
            earlier = [*_checks(old.tokens)] if old is not None and checks else []
            pairs = earlier if len(earlier) == len(checks) else [None] * len(checks)
            held = [_holds(*one, (known[0], known[1]), names) for one in zip(checks, pairs, strict=True)]
            odd = {nth: holds for nth, holds in enumerate(held) if holds is not True}
            lines = _lines(*blocks.numbered(path, visit.block), checks, [*odd]) if odd else ()
            for holds, line in zip(odd.values(), lines, strict=True):
                (unsure if holds is None else failing).add((path, line))
    return Checked(frozenset(failing), frozenset(unsure)) if failing or unsure else NOTHING


def _holds(check: _Check, was: _Check | None, known: tuple[Known, Known], names: Set[str]) -> bool | None:
    """Whether a check holds then, as it does now; None where it may not."""
    same = was is not None and was == check and names.isdisjoint(check.asked)
    if same and "sizeof" not in check.asked:
        return True
    now = check.holds(value(check.asked, known[1]))
    if was is None:  # nobody could try it so far: whoever wrote it knew what it asks
        return now is not False
    if now is None or not was.holds(value(was.asked, known[0])):
        return True if same else None  # the build holds it now, so this was not understood
    return now


def _checks(tokens: Sequence[str]) -> Iterator[_Check]:
    """The checks among some tokens without macros, in order."""
    errors = {tokens[at] for at in _declared(tokens)}
    for at, token in enumerate(tokens):
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token in _ASSERTS and following == "(":
            yield _Check(_upto(tokens, at + 2, {","}))
        elif token == "[" and "-" in (inner := _upto(tokens, at + 1, set())) and _declares(tokens, at):
            yield _Check(inner, size=True)
        elif token == ":" and "-" in (inner := _upto(tokens, at + 1, {";", ","})):
            if _field(tokens, at) and not _DECIDES.isdisjoint(inner):
                yield _Check(inner, size=True)
        elif token == "/" and list(tokens[at - 2 : at]) == ["=", "1"]:
            if "enum" in tokens[max(at - _NEAR, 0) : at]:
                yield _Check(_upto(tokens, at + 1, {",", ";"}))
        elif token == "case" and list(tokens[at - 3 : at]) == ["case", "0", ":"]:
            yield _Check(_upto(tokens, at + 1, {":"}))
        elif token == "if" and following == "(" and errors:
            inner = _upto(tokens, at + 2, set())
            behind = tokens[at + len(inner) + 3 : at + len(inner) + 5]
            if len(behind) > 1 and behind[0] in errors and behind[1] == "(":
                yield _Check(["!", "(", *inner, ")"])


def _declared(tokens: Sequence[str]) -> Iterator[int]:
    """The functions that are declared to be an error where they are called (GCC's attribute)."""
    for at, token in enumerate(tokens):
        if token in {"error", "__error__"} and tokens[at - 1 : at] == ["("]:
            first = next((i for i in range(at, max(at - _NEAR, 0), -1) if tokens[i] in {";", "{"}), 0)
            yield from (i for i in range(first, at) if tokens[i + 1] == "(" and tokens[i] not in KEYWORDS)


def _upto(tokens: Sequence[str], start: int, ends: Set[str]) -> Sequence[str]:
    """The tokens up to one of these outside of brackets, or to the bracket that closes one further out."""
    depth = 0
    for at in range(start, min(start + _LONGEST, len(tokens))):
        token = tokens[at]
        if not depth and (token in ends or token in CLOSED):
            return tokens[start:at]
        depth += (token in OPEN) - (token in CLOSED)
    return ()


def _declares(tokens: Sequence[str], at: int) -> bool:
    """Whether a bracket is an array's that is declared, or a type's, and no element that is used."""
    before = tokens[at - 1] if at else ""
    if before in _PLAIN:
        return True
    first = next((i + 1 for i in range(at - 1, max(at - _NEAR, -1), -1) if tokens[i] in "{};"), 0)
    return before != "" and identifier(before) and tokens[first] in _PLAIN and at - first > 1


def _field(tokens: Sequence[str], at: int) -> bool:
    """Whether a colon is in front of the width of a bit-field."""
    last = at - 1 if at and tokens[at - 1] in _PLAIN else at - 2
    if last < 1 or tokens[at - 1] in CLOSED:
        return False
    return tokens[last] in _PLAIN or (tokens[last].endswith("_t") and tokens[last - 1] in {"{", ";"})


def _lines(
    tokens: Sequence[str], lines: Sequence[int], checks: Sequence[_Check], odd: Sequence[int]
) -> list[int]:
    """The line of each of the `odd` checks in a block, which a macro may stand for."""
    direct = [at for at, token in enumerate(tokens) if token in _ASSERTS]
    if len(direct) == len(checks):
        return [lines[direct[nth]] for nth in odd]
    found: list[int] = []
    for nth in odd[:_PLACED]:
        asked = {one for one in checks[nth].asked if identifier(one) or one[0].isdigit()}
        score = Counter(line for token, line in zip(tokens, lines, strict=True) if token in asked)
        found.append(max(score, key=lambda line: (score[line], -line)) if score else lines[0])
    return [*found, *(lines[0] for _ in odd[_PLACED:])]
