"""How many bytes do the lines of an `#else` put into a function that is there already?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from imgcheck.prediction.coderows import Code, Row


def by_gap(
    code: Code, indices: Iterable[int], added: Mapping[str, frozenset[int]]
) -> Mapping[tuple[str, int], int]:
    """The added lines, with the least distance between two lines of a function that each lies between.

    Bodies from elsewhere that are inlined make the lines of a function reach far around others.
    """
    found: dict[tuple[str, int], int] = {}
    for index in indices:
        for path, lines in code.lines(index).items() if code.rows.get(index) else ():
            if added.get(path):
                for line, gap in _gaps(sorted(lines), added[path]):
                    found[path, line] = min(gap, found.get((path, line), gap))
    return found


def _gaps(known: Sequence[int], lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The lines that lie between two of the `known`, and how far those are apart."""
    for line in lines:
        at = bisect_right(known, line - 1)
        if at and at < len(known) and known[at] != line:
            yield line, known[at] - known[at - 1]


def size(
    rows: Sequence[Row], own: Mapping[tuple[str, int], int], least: Mapping[tuple[str, int], int]
) -> int:
    """Bytes that an `#else` puts into a function: its new lines, at what its lines take on average.

    A line is the function's whose lines are the closest around it (`own`). Lines of a function are those from
    its first to its last one, blank ones and comments included. What a line calls and which strings it hands
    over take the `least` that it can be.
    """
    found = 0.0
    for path in {path for path, _ in own}:
        here = [row for row in rows if row.path == path and row.line]  # line 0 is no line
        known = sorted({row.line for row in here})
        gaps = _gaps(known, (line for at, line in own if at == path))
        lines = [line for line, gap in gaps if gap == own[path, line]]
        if lines:
            density = sum(row.end - row.start for row in here) / (known[-1] - known[0] + 1)
            found += sum(max(density, least.get((path, line), 0)) for line in lines)
    return round(found)
