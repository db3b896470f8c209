"""What changes in a file of a unit?  Remembered: most sets of features leave it as some other set does."""

from __future__ import annotations

from typing import NamedTuple

from imgcheck.prediction.sources import emptied, handed, resized, retyped, settled, standing, undeclared
from imgcheck.prediction.sources.comparison import SourceChange, compare
from imgcheck.prediction.sources.enumerators import NOTHING, Meanings
from imgcheck.prediction.sources.evaluation import Evaluator
from imgcheck.prediction.sources.macros import State
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.records import Record
from imgcheck.prediction.sources.storage import Types
from imgcheck.prediction.sources.units import JOINED, Unit, Visits


class Other(NamedTuple):
    """What a unit's files are compared by: its walk now and one without some features.

    `concerned` names are defined otherwise, `wide` is the size of a `long double`.
    """

    walks: tuple[Visits, Visits]
    records: tuple[Record, Record]
    concerned: frozenset[str]
    meanings: Meanings
    wide: int


class Compared:
    """Compares files of units, each once for all walks that read it alike."""

    def __init__(self, blocks: Blocks, evaluator: Evaluator, types: Types) -> None:
        self._blocks = blocks
        self._evaluator = evaluator
        self._types = types
        # With the visits: what is known by its identity must stay.
        self._known: dict[object, tuple[list[Visit], SourceChange | None]] = {}
        self._packs: dict[str, bool] = {}

    def of(self, unit: Unit, path: str, other: Other) -> SourceChange | None:
        """What changes in one file, None for nothing."""
        if path not in self._packs:
            self._packs[path] = retyped.packs(self._evaluator.tree.source(path))
        if unit.grouped(path) or self._packs[path]:  # that depends on more than the blocks that are read
            return self._compared(unit, path, other)
        key = self._key(unit, path, other)
        if key not in self._known:
            self._known[key] = other.walks[1].get(path, []), self._compared(unit, path, other)
        return self._known[key][1]

    def _key(self, unit: Unit, path: str, other: Other) -> object:
        """What a change depends on: how the file is read now depends on nothing but the unit."""
        after = other.walks[1].get(path, [])
        concerned, meanings = other.concerned, other.meanings
        read = tuple([(visit.block, id(visit.uses), id(visit.tokens)) for visit in after])
        # Macros that are no concern stand for the same in all walks.
        restated = tuple([
            (visit.block, name, id(visit.macros[name]))
            for visit in after
            if not concerned.isdisjoint(visit.macros)
            for name in sorted(visit.macros.keys() & concerned)
        ])  # fmt: skip
        sized = () if meanings is NOTHING else (*meanings.was.items(), None, *meanings.now.items())
        return (
            unit.path,
            path,
            read,
            restated,
            concerned & self._blocks.words(path),
            sized,
            self._evaluator.switches,
            other.wide,
        )

    def _compared(self, unit: Unit, path: str, other: Other) -> SourceChange | None:
        all_, concerned = other.walks, other.concerned
        both = all_[0].get(path, []), all_[1].get(path, [])
        whole = (all_[0].get(JOINED, []), all_[1].get(JOINED, [])) if unit.grouped(path) else both
        source, switches = self._evaluator.tree.source(path), self._evaluator.switches
        change = compare(
            source, self._blocks, both, whole, concerned=concerned, switches=switches, wide=other.wide
        )
        ends = tuple(_at_the_end(one, concerned) for one in other.records) if change is not None else ({}, {})
        if change is not None:
            change = emptied.extended(change, self._blocks, *both, concerned - switches, (ends[0], ends[1]))
        change = resized.extended(
            path, change, self._blocks, both, other.meanings, whole=whole, wide=other.wide
        )
        if change is not None:
            stand = standing.macros(other.meanings)
            change = settled.extended(change, self._blocks, both, concerned, stand)
            known = (
                {**ends[0], **_named(both[0]), **stand[0]},
                {**ends[1], **_named(both[1]), **stand[1]},
            )
            change = handed.extended(change, self._blocks, both, (concerned, stand[1].keys()), known)
            if path == unit.path:
                elsewhere = lambda name: self._elsewhere(other.records[1], path, name)  # noqa: E731
                names = undeclared.unknown(
                    path, self._blocks, both, (concerned, (ends[0], ends[1])), elsewhere
                )
                change = change._replace(unknown=names) if names else change
            elif gone := undeclared.lost(both, self._blocks.words(path)):
                change = change._replace(untyped=gone)
        if change is not None and unit.own(path) and path != unit.path:
            change = change._replace(units=frozenset((unit.path,)))
        return retyped.extended(change, source, both, other.records, (self._types, other.wide))

    def _elsewhere(self, record: Record, path: str, name: str) -> bool:
        """Whether other files of a source have a name in their code, those that are there then."""
        tree = self._evaluator.tree
        others = (one for one in record.files if one != path and name in tree.words(one))
        return any(name in self._blocks.words(one) for one in others)


def _at_the_end(record: Record, names: frozenset[str]) -> dict[str, State | None]:
    """What a walk leaves these names as: a block knows but those that it names itself."""
    first = record.children.get(-1)
    every = [*([first.effects] if first else []), record.effects]
    return {name: one[name] for one in every for name in names & one.keys()}


def _named(visits: list[Visit]) -> dict[str, State | None]:
    """The macros that code names, with what they stand for."""
    return {name: state for visit in visits for name, state in visit.macros.items()}
