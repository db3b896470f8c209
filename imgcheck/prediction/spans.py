"""Spans of addresses or offsets, as pairs (start, end), the end the first byte behind; and aligned ones."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence


def disjoint(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """These spans, sorted, those that touch as one, without empty ones."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > start:
            merged.append((start, end))
    return tuple(merged)


def within(address: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether an address lies in one of sorted, disjoint spans."""
    at = bisect_right(spans, (address, 1 << 40)) - 1
    return at >= 0 and address < spans[at][1]


def aligned(value: int, align: int) -> int:
    """The first multiple of `align` that is not below a value."""
    return -(-value // align) * align if align > 1 else value
