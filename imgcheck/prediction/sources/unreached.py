"""What does nothing lead to any more behind a `return` or `goto` that comes in?

The compiler drops it as it drops what stands between #if and #endif.
"""

from __future__ import annotations

from collections.abc import Iterable

from imgcheck.prediction.sources.compiled import CLOSED, LONGEST, OPEN, Code
from imgcheck.prediction.sources.declarators import identifier

LEAVING = frozenset({"return", "goto", "break", "continue"})
_STARTS = frozenset({"{", "}", ";", ":"})  # what a statement stands behind that no condition is in front of


def dead(code: Code, blocks: Iterable[int]) -> dict[str, tuple[int, int]]:
    """Takes out what stands behind statements of these blocks that leave; gives functions, with braces."""
    found: dict[str, tuple[int, int]] = {}
    for block in blocks:
        for at in code.places(block, LEAVING):
            if at and code.tokens[at - 1] in _STARTS and at not in code.dead:
                start, end = _behind(code, at)
                function = code.function(at) if end > start else None
                if function is not None:
                    code.dead.update(range(start, end))
                    found[function[0]] = function[1:]
    return found


def _behind(code: Code, at: int) -> tuple[int, int]:
    """From behind the statement at `at` to the end of its block, or to the next place with a label."""
    tokens = code.tokens
    start, depth = 0, 0
    for index in range(at, min(at + LONGEST, len(tokens))):
        token = tokens[index]
        if not start:
            start = index + 1 if token == ";" else 0
            continue
        depth += (token in OPEN) - (token in CLOSED)
        if depth < 0 or (not depth and token in {"case", "default"}):
            return start, index
        if (
            tokens[index + 1 : index + 2] == [":"]
            and identifier(token)
            and tokens[index - 1] in {";", "}", "{"}
        ):
            return (start, index) if not depth else (start, start)  # one inside of a loop leads to all of it
    return at, at
