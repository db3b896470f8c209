"""Which lines of a block have code that a macro makes?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from imgcheck.prediction.sources.macros import Environment, Macro, State
from imgcheck.source import Source

_ACTS = re.compile(r"\w\s*\(|\+\+|--|(?<![=!<>])=(?!=)")  # a call, an assignment


def lines(source: Source, block: int, words: frozenset[str], macros: Environment) -> frozenset[int]:
    """The lines of block `block` that invoke one of the macros `words`, as far as that makes code."""
    return frozenset(
        line for line, name, rest in _places(source, block, words) if _generates(macros.get(name), rest)
    )


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
