"""Which lines, sizes and values of a block change when code reads a macro that changed?"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from imgcheck.prediction.sources.constants import constant
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.folding import Folded, fold
from imgcheck.prediction.sources.macros import Environment
from imgcheck.source import Source

_SILENT = frozenset("{};")
_CHECKS = frozenset({"_Static_assert", "static_assert"})  # they make no code, see `asserted`


class Changes(NamedTuple):
    """Lines that go and come (both: they change), lines that are not followed, and lengths of arrays.

    Lines `uncalled` change, and call nothing any more.
    """

    removed: frozenset[int]
    added: frozenset[int]
    reads: frozenset[tuple[int, str]]
    sizes: dict[str, tuple[int, int]]
    uncalled: frozenset[int] = frozenset()


def changes(
    source: Source, block: int, before: Environment, after: Environment, words: frozenset[str]
) -> Changes:
    """What changes in a block whose code reads the macros `words` when they change."""
    rows = source.numbered(source.block(block))
    first = source.directives[block - 1].end_line if block else 1
    tokens = [token for token, _ in rows]
    lines = [first + newlines for _, newlines in rows]
    was, now = fold(tokens, words, before), fold(tokens, words, after)
    silent = _silent(tokens, (was, now))
    old, new = (_compiled(lines, one, silent) for one in (was, now))
    partly = {lines[i] for i in was.dead ^ now.dead if i not in silent} & old & new
    sizes, sized = _sizes(tokens, before, after, words)
    reads = {
        (lines[index], token)
        for index, token in enumerate(tokens)
        if token in words and index not in silent and index not in was.dead and index not in sized
    }
    changed = partly | {line for line, _ in reads} | {lines[index] for index in sized}
    return Changes(
        frozenset(old - new | changed),
        frozenset(new - old | changed),
        frozenset(reads),
        sizes,
        _uncalled(tokens, lines, (was, now), changed),
    )


def left_out(
    tokens: Sequence[str], lines: Sequence[int], both: tuple[Folded, Folded]
) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """The lines that go and come where conditions leave out something else, and those without calls then."""
    left = [one.dead | _silent(tokens, (one,)) for one in both]
    old, new = (frozenset(lines[i] for i in range(len(tokens)) if i not in one) for one in left)
    other = (both[0].dead ^ both[1].dead) - _silent(tokens, both)
    partly = frozenset(lines[i] for i in other) & old & new
    return old - new | partly, new - old | partly, _uncalled(tokens, lines, both, partly)


def _silent(tokens: Sequence[str], every: Sequence[Folded]) -> frozenset[int]:
    """Tokens that make no code, or only that of conditions which are decided."""
    quiet = frozenset().union(*(one.quiet for one in every))
    return quiet | _checking(tokens) | {i for i, token in enumerate(tokens) if token in _SILENT}


def _checking(tokens: Sequence[str]) -> frozenset[int]:
    """The tokens of checks that a compiler makes."""
    found: set[int] = set()
    for at in (i for i, token in enumerate(tokens) if token in _CHECKS):
        found.update(range(at, tokens.index(";", at) if ";" in tokens[at:] else len(tokens)))
    return frozenset(found)


def _compiled(lines: Sequence[int], folded: Folded, silent: Set[int]) -> set[int]:
    return {lines[i] for i in range(len(lines)) if i not in folded.dead and i not in silent}


def _uncalled(
    tokens: Sequence[str], lines: Sequence[int], both: tuple[Folded, Folded], changed: Set[int]
) -> frozenset[int]:
    """Those lines of `changed` that call something before and nothing after."""
    calling = [i for i, token in enumerate(tokens[:-1]) if tokens[i + 1] == "(" and _calls(token)]
    called, still = ({lines[i] for i in calling if i not in folded.dead} for folded in both)
    return frozenset(changed & (called - still))


def _calls(token: str) -> bool:
    return identifier(token) and token not in KEYWORDS


def _sizes(
    tokens: Sequence[str], before: Environment, after: Environment, words: frozenset[str]
) -> tuple[dict[str, tuple[int, int]], set[int]]:
    """Arrays whose length is such a value, with both lengths, and the tokens that say so."""
    found: dict[str, tuple[int, int]] = {}
    seen: set[int] = set()
    for index, token in enumerate(tokens):
        if token != "[" or not index or not identifier(tokens[index - 1]):
            continue
        end = tokens.index("]", index) if "]" in tokens[index:] else index
        inner = tokens[index + 1 : end]
        # An element that is accessed is no length: a declaration has its type in front.
        if (
            words.isdisjoint(inner)
            or index < 2
            or not (identifier(tokens[index - 2]) or tokens[index - 2] == "*")
        ):
            continue
        was, now = constant(inner, before), constant(inner, after)
        if was is not None and now is not None and was > now >= 0:
            found[tokens[index - 1]] = (was, now)
            seen.update(range(index + 1, end))
    return found, seen
