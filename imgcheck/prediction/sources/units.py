"""What was read of a source file with its headers, and what sets of features change in it?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from imgcheck.prediction.sources.comparison import SourceChange
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.records import Record
from imgcheck.prediction.sources.structure import State as Place


@dataclass(slots=True)
class Unit:
    """A source file under the configuration as it is."""

    path: str
    seeded: bool
    record: Record
    visits: dict[str, list[Visit]] = field(default_factory=dict)
    known: dict[tuple[str, int, Place], Visit] = field(default_factory=dict)
    # All that was ever read of a block from a place: few sets of features make it read otherwise.
    earlier: dict[tuple[str, int, Place], list[Visit]] = field(default_factory=dict)


class Piece(NamedTuple):
    """What a unit says of one file: `told` is what tells it from what other units say of the same header."""

    told: object  # None of the unit's own file
    known: bool  # False: another unit had said the same already, so it was not worked out
    change: SourceChange | None


Pieces = dict[tuple[str, frozenset[str]], tuple[Piece, ...]]  # by unit, and the features that matter to it


class Same:
    """One object for changes that are equal: whoever goes on with one need not do so again."""

    def __init__(self) -> None:
        self._known: dict[str, list[SourceChange]] = {}

    def of(self, change: SourceChange) -> SourceChange:
        """What was found before and is equal, else the change itself."""
        known = self._known.setdefault(change.path, [])
        for one in known:
            if one == change:
                return one
        known.append(change)
        return change
