"""How much code do the lines of a block take at least: its calls, and the strings that they are handed?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from imgcheck.source import Source

_CALL, _ADDRESS = 4, 8  # bytes: a jump that reaches 1 MiB; both halves of a string's address
_NO_CALLS = frozenset({"if", "while", "for", "switch", "return", "sizeof", "defined", "do", "else", "case"})


def of(source: Source, blocks: Iterable[int]) -> dict[int, int]:
    """What the lines of several blocks take at least."""
    return {line: size for block in blocks for line, size in least(source, block).items()}


def least(source: Source, block: int) -> dict[int, int]:
    """Bytes by line number; a line without a call takes none."""
    first = source.directives[block - 1].end_line if block else 1
    found: dict[int, int] = {}
    depth = 0
    for (before, _), (token, newlines) in pairwise([(";", 0), *source.numbered(source.block(block))]):
        size = 0
        if token == "(":
            named = (before[0].isalpha() or before[0] == "_") and before not in _NO_CALLS
            depth += 1
            size = _CALL if named else 0
        elif token == ")":
            depth = max(depth - 1, 0)
        elif (
            depth and token.endswith('"') and not before.endswith('"')
        ):  # what follows another is one with it
            size = _ADDRESS
        if size:
            line = first + newlines
            found[line] = found.get(line, 0) + size
    return found
