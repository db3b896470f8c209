"""How many bytes of each box could go, and what they are, by leaf of the atlas."""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.model import Waste
from imgcheck.report.atlas import Ground

KINDS = {
    "ram-constants": "constants that are copied into RAM",
    "ram-data": "data that is in flash and in RAM",
    "strings": "a string that is there before",
    "tables": "a table that is there before",
    "kept": "kept because its object is one section",
    "unread": "a table that nobody reads",
    "double": "arithmetic of doubles in software",
    "text": "text conversion of the C library",
}
_NAMES = tuple(KINDS)


def columns(
    wastes: Sequence[Waste], ground: Ground, leaves: int
) -> tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]:
    """What kinds are called, and of each leaf the kind (-1 for none) and bytes that have most of it."""
    found: list[dict[int, int]] = [{} for _ in range(leaves)]
    for waste in wastes:
        kind = _NAMES.index(waste.kind)
        for start, size in waste.places:
            for leaf, part in ground.within(start, start + size):
                found[leaf][kind] = found[leaf].get(kind, 0) + part
    most = [max(one.items(), key=lambda row: row[1]) if one else (-1, 0) for one in found]
    return tuple(KINDS.values()), tuple(kind for kind, _ in most), tuple(size for _, size in most)
