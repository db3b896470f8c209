"""What do features change in the sources?  Asked of a copy of the process that stays: each alone, then sets.

Which sources were compiled is told by the objects, which take a second to read: meanwhile the copy reads
the sources, as far as that does not depend on it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack

from imgcheck.beside import Staying, Told
from imgcheck.prediction import agreement
from imgcheck.prediction.sources.changes import Differences, SourceChange
from imgcheck.prediction.sources.features import Configuration, knowing, reading
from imgcheck.prediction.sources.readers import Reads
from imgcheck.prediction.sources.units import Same

Changes = dict[frozenset[str], Mapping[str, SourceChange]]
_Relevant = dict[str, frozenset[str]]  # of each source, the features that can matter to it
_Found = tuple[Changes, _Relevant, dict[str, set[int]], Reads]
_Asked = tuple[frozenset[str], frozenset[str]]  # features that are off, sources


class Comparing:
    """Begins with the configuration, goes on when it is `told` the rest; whoever makes one closes it.

    Where nobody does, the copy ends when nobody has this any more.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._open = ExitStack()
        told: Told[tuple[frozenset[str], frozenset[str]]] = self._open.enter_context(Told())
        # Another object: one that the copy's work refers to would never be let go.
        self._sources = _Sources(configuration, told)
        self._compiled: frozenset[str] = frozenset()
        self._relevant: _Relevant = {}
        self._same = Same()
        self._work: Staying[_Found, _Asked, dict[str, SourceChange]] = self._open.enter_context(
            Staying(self._sources.compared, self._sources.changed)
        )

    def __enter__(self) -> Comparing:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def configured(self) -> frozenset[str]:
        """The files that hold the #define of a feature."""
        return self._sources.configuration.evaluator.configured

    def told(self, compiled: frozenset[str], newer: frozenset[str]) -> Differences:
        """Says which sources were compiled, and which of them were written after the build.

        What is given knows of the sources only when the `result` is there.
        """
        self._sources.told.tell((compiled, newer))
        self._compiled = compiled
        differences = Differences(self._sources.configuration)
        self._sources.differences = differences
        return differences

    def result(self) -> tuple[Changes, dict[str, set[int]]]:
        """What each feature alone changes, and the lines that are compiled now."""
        known, self._relevant, active, reads = self._work.result()
        assert self._sources.differences is not None
        self._sources.differences.configuration = knowing(self._sources.configuration, reads)
        return {off: self._once(changes) for off, changes in known.items()}, active

    def changes(
        self, names: Collection[str], sources: Collection[str] | None = None
    ) -> Mapping[str, SourceChange]:
        """What a set of features changes in these sources (None: all that were compiled)."""
        asked = self._compiled if sources is None else sources
        return self._once(self._work.ask((frozenset(names), frozenset(asked))))

    def among(self, names: frozenset[str], source: str) -> frozenset[str]:
        """Those of the features `names` that can matter to a source that was compiled."""
        return names & self._relevant[source]

    def apart(self) -> None:
        """From here on this is asked by a copy of the process that began it."""
        self._work.apart()

    def _once(self, changes: Mapping[str, SourceChange]) -> dict[str, SourceChange]:
        return {path: self._same.of(change) for path, change in changes.items()}


class _Sources:
    """What is compared: in the copy, or here where there is none."""

    def __init__(
        self, configuration: Configuration, told: Told[tuple[frozenset[str], frozenset[str]]]
    ) -> None:
        self.configuration = configuration
        self.told = told
        self.differences: Differences | None = None  # None: nobody has been told yet

    def changed(self, asked: _Asked) -> dict[str, SourceChange]:
        """What features change in sources."""
        assert self.differences is not None
        return self.differences.changes(*asked)

    def compared(self) -> _Found:
        """What each feature changes, what can matter to each source, and the lines that are compiled now."""
        differences = self.differences
        if differences is None:  # in the copy
            differences = Differences(self.configuration)
            for path in differences.tree.sources():  # reads it, and whatever it may include
                differences.relevance.among((), path)
        compiled, newer = self.told.value()
        reads = reading(self.configuration, compiled)
        differences.configuration = knowing(self.configuration, reads)
        self.differences = differences
        names = differences.configuration.features
        known: Changes = {frozenset((name,)): differences.changes((name,), compiled) for name in names}
        relevant = {path: differences.relevance.among(names, path) for path in compiled}
        return known, relevant, agreement.active(differences, compiled, newer), reads
