"""What do features change in the sources?  Asked of a copy of the process that stays: each alone, then sets.

What the build was given with -D is told by its ELF, which sources were compiled by the objects, which take
a second to read. Meanwhile the copy reads the sources, as far as that does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from functools import partial

from imgcheck.beside import Staying, Told
from imgcheck.errors import ImgcheckError
from imgcheck.prediction import agreement
from imgcheck.prediction.sources.changes import Differences, SourceChange
from imgcheck.prediction.sources.features import Configuration, knowing, reading
from imgcheck.prediction.sources.readers import Reads
from imgcheck.prediction.sources.tree import Tree
from imgcheck.prediction.sources.units import Same

Changes = dict[frozenset[str], Mapping[str, SourceChange]]
_Relevant = dict[str, frozenset[str]]  # of each source, the features that can matter to it
_Found = tuple[Changes, _Relevant, dict[str, set[int]], Reads]
_Asked = tuple[frozenset[str], frozenset[str]]  # features that are off, sources
Configure = Callable[[Mapping[str, str]], Configuration]  # with what the build was given with -D
Read = Callable[[], tuple[Tree, Configure]]


class Comparing:
    """Begins with the configuration, goes on when it is `told` the rest; whoever makes one closes it.

    Where nobody does, the copy ends when nobody has this any more. One that is `begun` reads the sources
    before it is known what was `given`, in the copy alone.
    """

    def __init__(self, configuration: Configuration | None, read: Read | None = None) -> None:
        self._open = ExitStack()
        # Another object: one that the copy's work refers to would never be let go.
        self._sources = _Sources(configuration, read)
        self._open.enter_context(self._sources.given)
        self._open.enter_context(self._sources.told)
        self._compiled: frozenset[str] = frozenset()
        self._relevant: _Relevant = {}
        self._same = Same()
        self._work: Staying[_Found, _Asked, dict[str, SourceChange]] = self._open.enter_context(
            Staying(self._sources.compared, self._sources.changed)
        )

    @classmethod
    def begun(cls, read: Read) -> Comparing:
        """One that reads the sources meanwhile, and is told later what was `given`."""
        return cls(None, read)

    def given(self, configuration: Configuration, defines: Mapping[str, str]) -> None:
        """Says what the build was given with -D, and what the configuration comes to."""
        self._sources.given.tell(dict(defines))
        self._sources.configuration = configuration

    def __enter__(self) -> Comparing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the copy; what is asked from here on is answered here."""
        self._open.close()

    @property
    def configured(self) -> frozenset[str]:
        """The files that hold the #define of a feature."""
        return self._sources.configured.evaluator.configured

    def told(self, compiled: frozenset[str], newer: frozenset[str]) -> Differences:
        """Says which sources were compiled, and which of them were written after the build.

        What is given knows of the sources only when the `result` is there.
        """
        self._sources.told.tell((compiled, newer))
        self._compiled = compiled
        differences = Differences(self._sources.configured)
        self._sources.differences = differences
        return differences

    def result(self) -> tuple[Changes, dict[str, set[int]]]:
        """What each feature alone changes, and the lines that are compiled now."""
        known, self._relevant, active, reads = self._work.result()
        assert self._sources.differences is not None
        self._sources.differences.configuration = knowing(self._sources.configured, reads)
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

    def __init__(self, configuration: Configuration | None, read: Read | None) -> None:
        self.configuration = configuration
        self.given: Told[dict[str, str]] = Told()
        self.told: Told[tuple[frozenset[str], frozenset[str]]] = Told()
        self.differences: Differences | None = None  # None: nobody has been told yet
        self._read = read

    @property
    def configured(self) -> Configuration:
        """The configuration, which is known by now; in the copy it may have to be waited for."""
        if self.configuration is None:
            assert self._read is not None
            tree, configure = self._read()
            for path in tree.files:
                if self.given.ready():
                    break
                with suppress(ImgcheckError):  # nobody may compile it
                    tree.source(path)
                    tree.words(path)
            self.configuration = configure(self.given.value())
        return self.configuration

    def changed(self, asked: _Asked) -> dict[str, SourceChange]:
        """What features change in sources."""
        assert self.differences is not None
        return self.differences.changes(*asked)

    def compared(self) -> _Found:
        """What each feature changes, what can matter to each source, and the lines that are compiled now."""
        differences = self.differences
        if differences is None:  # in the copy
            differences = Differences(self.configured)
            self._ahead(differences)
        compiled, newer = self.told.value()
        reads = reading(self.configured, compiled)
        differences.configuration = knowing(self.configured, reads)
        self.differences = differences
        names = differences.configuration.features
        known: Changes = {frozenset((name,)): differences.changes((name,), compiled) for name in names}
        relevant = {path: differences.relevance.among(names, path) for path in compiled}
        return known, relevant, agreement.active(differences, compiled, newer), reads

    def _ahead(self, differences: Differences) -> None:
        """Reads the sources, whatever each may include, and what of them is compiled, until it is told."""
        relevance = differences.relevance
        for known in (partial(relevance.among, ()), differences.unit):
            for path in differences.tree.sources():
                if self.told.ready():
                    return
                with suppress(ImgcheckError):  # nobody may compile it
                    known(path)
