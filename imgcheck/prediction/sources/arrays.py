"""What do the initialisers of an array say: its elements one by one, or its characters in a string?"""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.prediction.sources.grammar import Array
from imgcheck.prediction.sources.lengths import NO_NUMBERS, number

_CHARACTERS = frozenset({"char", "char8_t", "int8_t", "uint8_t"})
_MOST = 1 << 20  # elements: a longer array is one that was misread


def array(head: Sequence[str]) -> Array | None:
    """What array the declaration in front of an initialiser is of, None for none (C17 6.7.9)."""
    if "[" not in head:
        return None
    inner = head[head.index("[") + 1 : head.index("]") if "]" in head else len(head)]
    plain = "*" not in head
    given = number(inner, NO_NUMBERS)
    return Array(
        open=not inner,
        given=given if given is not None and 0 < given <= _MOST else 0,
        flat=head.count("[") == 1,
        texts=plain,
        characters=plain and not _CHARACTERS.isdisjoint(head),
    )
