"""What was read of a source file with its headers, and what sets of features change in it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from imgcheck.prediction.sources.comparison import SourceChange
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.records import Record
from imgcheck.prediction.sources.structure import State as Place

Visits = dict[str, list[Visit]]  # by file
JOINED = ""  # among visits by file: those of all files that are pieces of each other, in order


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
    groups: tuple[frozenset[str], ...] = ()  # files that are one text, see `fragments`

    def whole(self, paths: Iterable[str]) -> frozenset[str]:
        """These files, and those that are one text with them: they are read together or not at all."""
        found = frozenset(paths)
        return found.union(*(group for group in self.groups if not group.isdisjoint(found)))

    def grouped(self, path: str) -> bool:
        """Whether a file is a part of such a text."""
        return any(path in group for group in self.groups)

    def together(self, one: str, other: str) -> bool:
        """Whether two files are parts of one text."""
        return any(one in group and other in group for group in self.groups)

    def own(self, path: str) -> bool:
        """Whether what a file says is this unit's alone, and no other one's who includes it too."""
        return path == self.path or self.grouped(path)


Told = tuple[str, object, frozenset[str]]  # a header's path, and what tells its changes from others


class Piece(NamedTuple):
    """What a unit says of one file: `told` is what tells it from what other units say of the same header."""

    told: Told | None  # None of the unit's own file
    known: bool  # False: another unit had said the same already, so it was not worked out
    change: SourceChange | None


Pieces = dict[tuple[str, frozenset[str]], tuple[Piece, ...]]  # by unit, and the features that matter to it


class Seen:
    """What units say of headers, each header compared once for all that see it alike."""

    def __init__(self) -> None:
        self.compared: dict[object, bool] = {}  # and whether it differs
        self._where: dict[str, set[str]] = {}  # the units that a header is another one for

    def of(self, unit: Unit, pieces: Iterable[Piece]) -> Iterator[SourceChange]:
        """The changes of a unit; of headers those that nobody had yet."""
        for one in pieces:
            if one.told is None or one.told not in self.compared:
                if one.told is not None:
                    self.compared[one.told] = one.change is not None
                if one.change is not None:
                    yield one.change
            if one.told is not None and self.compared[one.told]:
                self._where.setdefault(one.told[0], set()).add(unit.path)

    def narrowed(self, change: SourceChange, units: Iterable[Unit]) -> SourceChange:
        """The same change, knowing its units where others go on with the header as it was."""
        where = self._where.get(change.path)
        if where is None or all(unit.path in where for unit in units if change.path in unit.record.files):
            return change
        return change._replace(units=frozenset(where))


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


def joined_of(unit: Unit, paths: Iterable[str], both: tuple[Visits, Visits]) -> tuple[Visits, Visits]:
    """The visits of these files: of each that is a piece of a text, that whole text's."""
    before, after = (
        {path: one.get(JOINED if unit.grouped(path) else path, []) for path in paths} for one in both
    )
    return before, after
