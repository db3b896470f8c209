"""Which lines, sizes and values of a block change when code reads a macro that changed?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from imgcheck.prediction.sources.constants import constant, fold
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.macros import Environment
from imgcheck.source import Source

_SILENT = frozenset("{};")


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
    silent = was.quiet | now.quiet | {index for index, token in enumerate(tokens) if token in _SILENT}
    old = {lines[i] for i in range(len(tokens)) if i not in was.dead and i not in silent}
    new = {lines[i] for i in range(len(tokens)) if i not in now.dead and i not in silent}
    partly = {lines[i] for i in was.dead ^ now.dead if i not in silent} & old & new
    sizes, sized = _sizes(tokens, before, after, words)
    reads = {
        (lines[index], token)
        for index, token in enumerate(tokens)
        if token in words and index not in silent and index not in was.dead and index not in sized
    }
    changed = partly | {line for line, _ in reads} | {lines[index] for index in sized}
    calling = [i for i, token in enumerate(tokens[:-1]) if tokens[i + 1] == "(" and _calls(token)]
    called, still = ({lines[i] for i in calling if i not in folded.dead} for folded in (was, now))
    return Changes(
        frozenset(old - new | changed),
        frozenset(new - old | changed),
        frozenset(reads),
        sizes,
        frozenset(changed & (called - still)),
    )


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
