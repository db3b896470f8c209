"""Which lines of a block have code that a macro makes?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from imgcheck.prediction.sources.compiled import CONTROL, EFFECTS
from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.macros import Environment, Macro, State
from imgcheck.source import Source

_ACTS = re.compile(r"\w\s*\(|\+\+|--|(?<![=!<>])=(?!=)")  # a call, an assignment

_LEAVES = frozenset({"return", "break", "continue", "goto"})
_LONGEST = 200  # tokens of an invocation


def lines(source: Source, block: int, words: frozenset[str], macros: Environment) -> frozenset[int]:
    """The lines of block `block` that invoke one of the macros `words`, as far as that makes code."""
    return frozenset(
        line for line, name, rest in _places(source, block, words) if _generates(macros.get(name), rest)
    )


def shared(tokens: Sequence[str], numbers: Sequence[int], words: Set[str]) -> frozenset[int]:
    """The lines that do something else than invoke these macros: `if (x) { LOG("x"); return f(x); }`.

    A condition alone is nothing else: it goes with what hangs on it. The tokens stand in the lines `numbers`.
    """
    found: set[int] = set()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token in words:
            at = _behind(tokens, at + 1)
            continue
        called = tokens[at + 1 : at + 2] == ["("] and identifier(token) and token not in KEYWORDS
        if token in _LEAVES or token in EFFECTS or (called and token not in CONTROL):
            found.add(numbers[at])
        at += 1
    return frozenset(found)


def _behind(tokens: Sequence[str], at: int) -> int:
    """The index behind what a macro is handed, if it is."""
    depth = 0
    for index in range(at, min(at + _LONGEST, len(tokens))):
        depth += (tokens[index] in OPEN) - (tokens[index] in CLOSED)
        if depth <= 0:
            return index + (index > at)
    return at


def _places(source: Source, block: int, words: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """The lines that have one of these words, with it and what stands behind it in its line."""
    text = source.block(block)
    line = source.directives[block - 1].end_line if block else 1
    counted = 0
    for name, offset in source.places(text):
        if name in words:
            line += text.count("\n", counted, offset)
            counted = offset
            yield line, name, text[offset + len(name) :].partition("\n")[0]


def _generates(state: State | None, rest: str) -> bool:
    """Whether a macro makes code; of one that discards its arguments those do that are more than a value."""
    if not isinstance(state, Macro):
        return True
    alone = state.discarding and rest.rstrip().endswith(";") and not _ACTS.search(rest)
    return not (state.empty or alone)
