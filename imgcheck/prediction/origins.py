"""Where did each object come from, and which changes of the sources concern it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from imgcheck.prediction.coderows import Code
from imgcheck.prediction.mentions import Change


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object came from: its source, all source files of its line table, its code if that matters.

    `words` are the identifiers of the source, where the code is there. `others` are further sources of
    an object that was linked of several (`ld -r`).
    """

    source: str
    files: frozenset[str]
    code: Code | None = None
    words: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    @property
    def sources(self) -> frozenset[str]:
        """All sources that were compiled for it."""
        return self.others | {self.source} if self.source else self.others


def concerning(origin: Origin, changes: Mapping[str, Change]) -> dict[str, Change]:
    """The changes that an object's sources have: a header may change for one source and not for another.

    A piece of a table has no line, and no line table names it: its change says whose it is.
    """
    own, sources = origin.files, origin.sources
    found = [
        (path, change)
        for path, change in changes.items()
        if (not sources.isdisjoint(change.units) if change.units else path in sources or path in own)
    ]
    return dict(sorted(found) if len(found) > 1 else found)
