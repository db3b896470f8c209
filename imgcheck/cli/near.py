"""What was meant by a word that is none of those known?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def hint(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest, or all."""
    every = list(known)
    close = get_close_matches(word[:80], every, 1, 0.5)
    return f"not known; did you mean {close[0]}?" if close else f"not known; there are {', '.join(every)}"
