"""What does each feature alone change in the sources?  Asked of a copy of the process before all is known.

Which sources were compiled is told by the objects, which take a second to read: meanwhile the copy reads
the sources, as far as that does not depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from imgcheck.beside import Beside, Told
from imgcheck.prediction import agreement
from imgcheck.prediction.sources.changes import Differences, Pieces, SourceChange
from imgcheck.prediction.sources.features import Configuration, reading

Changes = dict[frozenset[str], Mapping[str, SourceChange]]
_Found = tuple[Changes, Pieces, dict[str, set[int]]]


class Comparing:
    """Begins with the configuration, goes on when it is `told` the rest; whoever makes one closes it."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._open = ExitStack()
        self._told: Told[tuple[frozenset[str], frozenset[str]]] = self._open.enter_context(Told())
        self._differences: Differences | None = None  # None: nobody has been told yet
        self._work = self._open.enter_context(Beside(self._compared))

    def __enter__(self) -> Comparing:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def configured(self) -> frozenset[str]:
        """The files that hold the #define of a feature."""
        return self._configuration.evaluator.configured

    def told(self, compiled: frozenset[str], newer: frozenset[str]) -> Differences:
        """Says which sources were compiled, and which of them were written after the build."""
        self._told.tell((compiled, newer))
        self._differences = Differences(reading(self._configuration, compiled))
        return self._differences

    def result(self) -> tuple[Changes, dict[str, set[int]]]:
        """What each feature alone changes, and the lines that are compiled now; the rest is kept."""
        known, pieces, active = self._work.result()
        assert self._differences is not None
        self._differences.pieces = pieces
        return known, active

    def _compared(self) -> _Found:
        differences = self._differences
        if differences is None:  # in the copy
            differences = Differences(self._configuration)
            for path in differences.tree.sources():  # reads it, and whatever it may include
                differences.relevance.among((), path)
        compiled, newer = self._told.value()
        if self._differences is None:
            differences.configuration = reading(self._configuration, compiled)
        names = differences.configuration.features
        known: Changes = {frozenset((name,)): differences.changes((name,), compiled) for name in names}
        return known, differences.pieces, agreement.active(differences, compiled, newer)
