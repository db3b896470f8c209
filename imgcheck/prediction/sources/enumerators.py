"""Which numbers do enumerators stand for (C17 6.7.2.2), and which arrays are as long as one of them?

`enum { A, B, N }; static int last[N];`: without the line of B the array is shorter, in files that mention
neither the feature nor a macro of its.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import identifier
from imgcheck.prediction.sources.lengths import SIZE, Numbers, number
from imgcheck.prediction.sources.reading import Visit

CALL = "call "  # what the names of functions that return a value begin with
_LONGEST_HEAD = 16  # tokens between `enum` and its brace
_NO_COUNTS: Mapping[str, tuple[int, int]] = {}
_MOST = 4096  # enumerators of one enum: beyond those a script wrote it


class Meanings(NamedTuple):
    """What enumerators stand for before and after a change; None is no number that is known.

    `sizeof record` is what a type of that name takes, `call wanted` what a function returns.
    """

    was: Mapping[str, int | None]
    now: Mapping[str, int | None]

    @property
    def names(self) -> frozenset[str]:
        """Those that stand for another number, and are there both times; functions that had none, too."""
        return frozenset(
            name.removeprefix(SIZE).removeprefix(CALL)
            for name, value in self.was.items()
            if (value is not None or name.startswith(CALL)) and self.now.get(name, value) not in {value, None}
        )

    def before(self) -> dict[str, int]:
        """What is known of before."""
        return {name: value for name, value in self.was.items() if value is not None}

    def after(self) -> dict[str, int]:
        """What is known of after."""
        return {name: value for name, value in self.now.items() if value is not None}

    def key(self, names: Iterable[str]) -> tuple[tuple[str, int | None, int | None], ...]:
        """What is said of some of them."""
        every = (key for name in sorted(names) for key in (name, SIZE + name, CALL + name))
        return tuple((name, self.was.get(name), self.now.get(name)) for name in every)


NOTHING = Meanings({}, {})


def united(meanings: Iterable[Meanings]) -> Meanings:
    """What several files say; a name that stands for several numbers is not known."""
    was, now = dict[str, int | None](), dict[str, int | None]()
    for one in meanings:
        for found, more in ((was, one.was), (now, one.now)):
            found.update(
                (name, value if found.get(name, value) == value else None) for name, value in more.items()
            )
    return Meanings(was, now)


def found(
    before: Sequence[Visit],
    after: Sequence[Visit],
    known: Meanings = NOTHING,
    counts: Mapping[str, tuple[int, int]] = _NO_COUNTS,
) -> Meanings:
    """What the enumerators of a file stand for; `known` are those of others, `counts` elements of arrays."""
    elements = [{name: both[side] for name, both in counts.items()} for side in (0, 1)]
    was = _read(before, Numbers(known.before(), elements[0]))
    return Meanings(was, _read(after, Numbers(known.after(), elements[1])))


class _Reading(NamedTuple):
    """What is known while a file is read: its `own` enumerators are put in front of those of others."""

    own: dict[str, int]
    known: Numbers


def _read(visits: Sequence[Visit], numbers: Numbers) -> dict[str, int | None]:
    """The enumerators of all that was visited: an enum may go through several blocks."""
    found: dict[str, int | None] = {}
    own: dict[str, int] = {}
    reading = _Reading(own, Numbers(ChainMap(own, dict(numbers.names)), numbers.counts))
    tokens: list[str] = []
    for visit in visits:
        if not tokens and "enum" not in visit.tokens:
            continue
        tokens += visit.tokens
        tokens = _enums(tokens, found, reading)
    return found


def _enums(tokens: list[str], found: dict[str, int | None], reading: _Reading) -> list[str]:
    """Adds the enums among these tokens; gives those of an enum that is not closed yet."""
    at = 0
    while (start := _index(tokens, "enum", at)) >= 0:
        head = tokens[start : start + _LONGEST_HEAD]
        stop = next((i for i, token in enumerate(head) if token in "{;)=,"), -1)
        if stop < 0 and len(head) < _LONGEST_HEAD:
            return tokens[start:]
        if stop < 0 or head[stop] != "{":
            at = start + 1
            continue
        close = _index(tokens, "}", start + stop)
        if close < 0:
            return tokens[start:]
        _values(tokens[start + stop + 1 : close], found, reading)
        at = close
    return []


def _values(tokens: Sequence[str], found: dict[str, int | None], reading: _Reading) -> None:
    """Adds the enumerators between the braces of one enum."""
    last: int | None = -1
    for one in _entries(tokens):
        if not identifier(one[0]):
            return
        if "=" in one:
            last = number(one[one.index("=") + 1 :], reading.known)
        elif last is not None:
            last += 1
        found[one[0]] = value = last if found.get(one[0], last) == last else None
        if value is None:
            reading.own.pop(one[0], None)
        else:
            reading.own[one[0]] = value


def _index(tokens: list[str], token: str, start: int) -> int:
    """Where a token is from `start` on, -1 for nowhere: without a copy, of a file there may be thousands."""
    try:
        return tokens.index(token, start)
    except ValueError:
        return -1


def _entries(tokens: Sequence[str]) -> list[list[str]]:
    """What stands between the commas of an enum."""
    made: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token in OPEN) - (token in CLOSED)
        if token == "," and not depth:
            made.append([])
        else:
            made[-1].append(token)
    return [one for one in made[:_MOST] if one]
