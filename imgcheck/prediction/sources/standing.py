"""Which functions and constants stand for another value, and what do conditions on them leave out then?

`static inline bool wanted(void) { return ENABLE_X; }`, `static const int wanted = ENABLE_X;`: a compiler puts
the value where the name is, and drops what `if (wanted())` never leads to, as with a macro.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from imgcheck.prediction.sources import values
from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.enumerators import CALL, Meanings
from imgcheck.prediction.sources.folding import fold
from imgcheck.prediction.sources.lengths import NO_NUMBERS, number
from imgcheck.prediction.sources.macros import Macro, State
from imgcheck.prediction.sources.reading import Blocks, Visit

_NEAR = 48  # tokens in front of what changed and behind it: a head, a brace, a `return`
_SIDES = 2  # blocks there
_LONGEST = 24  # tokens of a value
_MOST_BLOCKS = 64  # of one file that are looked at
_CONSTANT = frozenset({"const", "constexpr"})
_NO_CONSTANT = frozenset({"volatile", "extern", "*", "&", "[", "(", "typedef", "using"})
_APART = frozenset({"noinline", "__noinline__", "noipa", "weak", "__weak__", "virtual"})
_TRAILERS = frozenset({"const", "noexcept", "override", "final"})
_BOOLEAN = {"true": "1", "false": "0", "TRUE": "1", "FALSE": "0", "nullptr": "0", "NULL": "0"}
_ENDS = frozenset({";", "{", "}"})


class Lines(NamedTuple):
    """Lines that go and come, and those that change and call nothing any more."""

    removed: frozenset[int]
    added: frozenset[int]
    uncalled: frozenset[int]


NOTHING = Lines(frozenset(), frozenset(), frozenset())


def found(before: Sequence[Visit], after: Sequence[Visit]) -> Meanings:
    """The values of a file's functions and constants that are written in what differs, or beside it."""
    was, now = ({visit.block: visit.tokens for visit in side} for side in (before, after))
    blocks = sorted(block for block in was.keys() | now.keys() if was.get(block) is not now.get(block))
    blocks = blocks[:_MOST_BLOCKS]
    return Meanings(dict(_read(was, blocks)), dict(_read(now, blocks)))


def _read(visits: Mapping[int, list[str]], blocks: Sequence[int]) -> Iterator[tuple[str, int | None]]:
    numbers = sorted(visits) if blocks else []
    for block in blocks:
        at = bisect_left(numbers, block)
        behind = at + (block in visits)
        text = [token for one in numbers[max(at - _SIDES, 0) : at] for token in visits[one]][-_NEAR:]
        start = len(text)
        text += visits.get(block, ())
        end = len(text)
        text += [token for one in numbers[behind : behind + _SIDES] for token in visits[one][:_NEAR]]
        if "return" in text:
            yield from _functions(text, start, end)
        if not _CONSTANT.isdisjoint(text):
            yield from _constants(text)


def _functions(text: Sequence[str], start: int, end: int) -> Iterator[tuple[str, int | None]]:
    """What the functions return whose beginning or end lies in a stretch, None for what is not known."""
    for at in _places(text, "{"):
        close = at - 1
        while close > 0 and text[close] in _TRAILERS:
            close -= 1
        if at > end or text[close] != ")":
            continue
        opening = _opening(text, close)
        name = text[opening - 1] if opening > 1 else ";"
        typed = identifier(text[opening - 2]) or text[opening - 2] == "*" if opening > 1 else False
        if not identifier(name) or name in KEYWORDS or not typed or text[opening - 2] in {"else", "return"}:
            continue
        head = next((i for i in range(opening - 1, -1, -1) if text[i] in _ENDS), -1)
        stop, value = _returned(text, at + 1)
        if stop >= start and _APART.isdisjoint(text[head + 1 : at]):
            yield CALL + name, value


def _returned(text: Sequence[str], at: int) -> tuple[int, int | None]:
    """Where a body first returns, and what, if it does nothing before."""
    while list(text[at : at + 3]) == ["(", "void", ")"] and text[at + 4 : at + 5] == [";"]:
        at += 5
    if at >= len(text) or text[at] != "return":
        return len(text), None
    end = _end(text, at + 1)
    return end, _value(text[at + 1 : end])


Written = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]  # parameters, and what is returned


def written(visits: Sequence[Visit]) -> Written:
    """The functions of a file that are `constexpr` and no more than a value."""
    text = [token for visit in visits for token in visit.tokens]
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for at in _places(text, "constexpr"):
        first = next((i for i in range(at, min(at + _LONGEST, len(text))) if text[i] in {"(", "=", ";"}), at)
        close = text.index(")", first) if text[first] == "(" and ")" in text[first:] else -1
        brace = next((i for i in range(close + 1, close + 4) if text[i : i + 1] == ["{"]), -1)
        if close < 0 or brace < 0 or text[brace + 1 : brace + 2] != ["return"]:
            continue
        inner = " ".join(text[first + 1 : close]).split(",")
        names = tuple(one.split()[-1] for one in inner if one.split())
        value = text[brace + 2 : _end(text, brace + 2)]
        body = [part for token in value for part in (("(", token, ")") if token in names else (token,))]
        found[text[first - 1]] = names, ("(", *body, ")")
    return found


def _constants(text: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    """The constants that are declared with a value."""
    for at in _places(text, "="):
        name = text[at - 1] if at else ";"
        head = next((i for i in range(at - 1, max(at - _LONGEST, -1), -1) if text[i] in _ENDS), -1)
        words = frozenset(text[head + 1 : at - 1])
        shared = "static" in words or "constexpr" in words  # no function's own, which another one may name
        if shared and identifier(name) and words & _CONSTANT and words.isdisjoint(_NO_CONSTANT):
            yield name, _value(text[at + 1 : _end(text, at + 1)])


def _value(tokens: Sequence[str]) -> int | None:
    if len(tokens) > _LONGEST:
        return None
    return number([_BOOLEAN.get(token, token) for token in tokens], NO_NUMBERS)


def _places(text: Sequence[str], token: str) -> Iterator[int]:
    at = -1
    for _ in range(text.count(token)):
        at = text.index(token, at + 1)
        yield at


def _end(text: Sequence[str], at: int) -> int:
    return next((i for i in range(at, min(at + _LONGEST + 1, len(text))) if text[i] in ";,"), len(text))


def _opening(text: Sequence[str], close: int) -> int:
    """The bracket that the one at `close` closes, 0 for none."""
    depth = 0
    for index in range(close, max(close - _NEAR, -1), -1):
        depth += (text[index] in CLOSED) - (text[index] in OPEN)
        if not depth:
            return index
    return 0


def folded(path: str, blocks: Blocks, pairs: Sequence[tuple[Visit, Visit]], meanings: Meanings) -> Lines:
    """What conditions on these leave out in a file that is compiled both times."""
    names = meanings.names
    before, after = macros(meanings)
    lines = NOTHING
    for one, other in pairs:
        if names.isdisjoint(one.tokens):
            continue
        tokens, numbers = blocks.numbered(path, one.block)
        tokens = _unscoped(tokens, names) if "::" in tokens else tokens
        was = fold(tokens, names, {**one.macros, **before})
        now = fold(tokens, names, {**other.macros, **after})
        if was != now:
            new = now.quiet - was.quiet - was.dead  # conditions that had code
            if any(_calls(tokens, index) and tokens[index] not in names for index in new):
                was = was._replace(quiet=was.quiet | new)  # which what they call still has
            seen = values.left_out(tokens, numbers, (was, now))
            lines = Lines(*(a | b for a, b in zip(lines, seen, strict=True)))
    return lines


def _calls(tokens: list[str], at: int) -> bool:
    return tokens[at + 1 : at + 2] == ["("] and identifier(tokens[at]) and tokens[at] not in KEYWORDS


def _unscoped(tokens: Sequence[str], names: frozenset[str]) -> list[str]:
    """The same tokens with unary pluses for scopes of these names: they leave values as they are."""
    made = [*tokens]
    for at in _places(tokens, "::"):
        if at and made[at + 1 : at + 2] and made[at + 1] in names:
            made[at - 1 : at + 1] = ["+", "+"]
    return made


def macros(meanings: Meanings) -> tuple[dict[str, State | None], dict[str, State | None]]:
    """Macros that stand for what these names do, before and after."""
    was, now = dict[str, State | None](), dict[str, State | None]()
    for made, side in ((was, meanings.was), (now, meanings.now)):
        for name in meanings.names:
            for key, parameters in ((name, None), (CALL + name, ("...",))):
                if (value := side.get(key)) is not None:
                    made[name] = Macro(name, parameters, (str(value),) if value >= 0 else ("-", str(-value)))
    return was, now
