"""Which of two readings of the sources are the objects compiled from?  By what only one of them leaves there.

A function that other files may know is in its object, whatever becomes of it (C17 6.2.2), and so are the name
of what it calls elsewhere, and its strings. A stretch of statements has code where the function around it has
some. A compiler may leave out each of these: what counts is how many are there, and how many are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from imgcheck.prediction import agreement
from imgcheck.prediction.agreement import Evidence
from imgcheck.prediction.sources.changes import Differences
from imgcheck.prediction.sources.features import NOWHERE
from imgcheck.prediction.sources.macros import Macro, State
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.structure import START
from imgcheck.prediction.sources.walk import walk
from imgcheck.readers.symbolnames import source_name

_HIDDEN = frozenset({"static", "inline", "__inline", "__inline__", "template", "constexpr"})


class Votes(NamedTuple):
    """How much of what only one of two readings leaves in objects is as the other has it, and as the first.

    `lacking` are (source, function) that the first would define, and that are in no object of that source.
    """

    turns: int
    stays: int
    lacking: tuple[tuple[str, str], ...]

    @property
    def net(self) -> int:
        """By how much the other reading fits better."""
        return self.turns - self.stays


class _Traces(NamedTuple):
    """What a source leaves in its object: what it defines for others, what it names, its strings, its code.

    `own` are functions that may be put into others; `stretches` are blocks inside of functions by their first
    line, with that function and the block's lines; `bodies` are the lines of each function.
    """

    defined: frozenset[str]
    own: frozenset[str]
    named: frozenset[str]
    strings: frozenset[bytes]
    stretches: Mapping[int, tuple[str, frozenset[int]]]
    bodies: Mapping[str, frozenset[int]]


class _Had(NamedTuple):
    """What the objects of a source have."""

    names: Set[str]
    strings: Set[bytes]


class Traces:
    """What the objects of a build have of each source, and what its sources would leave there."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._differences = evidence.differences
        self._read: dict[str, _Traces] = {}
        self._had = _objects(evidence)
        self._macros = _left(evidence.differences)

    @cached_property
    def _known(self) -> frozenset[str]:
        """The names that objects may share with each other."""
        nodes = self._evidence.graph.nodes
        used = {edge.symbol for edge in chain.from_iterable(node.edges for node in nodes)}
        defined = chain.from_iterable(node.symbols for node in nodes if not node.local)
        return frozenset(map(source_name, used.union(name for name, _, _ in defined)))

    def votes(self, other: Differences) -> Votes:
        """Whether objects have what only the sources as evaluated leave there, or what only `other` does."""
        near = self._near(other)
        ours = {path: self._of(path) for path in near}
        theirs = {path: _traces(other, path) for path in near}
        code = agreement.code(self._evidence.lines, near)
        counts, lacking = [0, 0], list[tuple[str, str]]()
        for turned, (one, against) in enumerate(((ours, theirs), (theirs, ours))):
            # What nobody asks for is not linked: sources that the build compiled to nothing.
            unlinked = frozenset[str]().union(*(one[path].defined for path in near if path not in self._had))
            for path in near:
                if path not in self._had:
                    continue
                for there, name in self._there(
                    path, one[path], against[path], (unlinked, code.get(path, set()))
                ):
                    counts[there == turned] += 1
                    if name and not turned and not there:
                        lacking.append((path, name))
        return Votes(counts[True], counts[False], tuple(lacking))

    def _there(
        self, path: str, one: _Traces, other: _Traces, asked: tuple[Set[str], Set[int]]
    ) -> Iterator[tuple[bool, str]]:
        """Whether each of the things that only `one` leaves is there, with the name of a function."""
        had, (unlinked, code) = self._had[path], asked
        for name in sorted(one.defined - other.defined):
            yield name in had.names, name
        for name in sorted(one.named - other.named - one.defined):
            if name in unlinked or name in self._known:
                yield name in had.names, ""
        for name in sorted(one.own - other.own):
            if name in had.names or code:
                lines = one.bodies.get(name, frozenset())
                yield name in had.names or not code.isdisjoint(lines), ""
        if had.strings:
            for text in one.strings - other.strings:
                yield text in had.strings, ""
        for first, (owner, lines) in one.stretches.items():
            around = one.bodies.get(owner, frozenset()) & other.bodies.get(owner, frozenset())
            if first not in other.stretches and not code.isdisjoint(around):
                yield not code.isdisjoint(lines), ""

    def _of(self, path: str) -> _Traces:
        if path not in self._read:
            self._read[path] = _traces(self._differences, path)
        return self._read[path]

    def _near(self, other: Differences) -> list[str]:
        """The sources of which other lines count then."""
        here, there = self._macros, _left(other)
        names = {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)}
        users = self._differences.evaluator.leading_to(names)
        tree = self._differences.tree
        return [
            path
            for path in tree.sources()
            if not users.isdisjoint(tree.words(path))
            and self._differences.unit(path).record.active != other.unit(path).record.active
        ]


def _left(differences: Differences) -> dict[str, Sequence[str] | None]:
    """What the configuration header and what was given leave every macro as; None where it is none."""
    known = differences.configuration
    states: dict[str, State | None] = known.start(known.path)
    walk(known.evaluator, known.path, states, NOWHERE)
    return {name: state.tokens if isinstance(state, Macro) else None for name, state in states.items()}


def _objects(evidence: Evidence) -> dict[str, _Had]:
    """What the objects of each source have, those left out that could not be read."""
    graph = evidence.graph
    found: dict[str, tuple[set[str], set[bytes]]] = {}
    for number, origin in evidence.origins.items():
        if number in graph.coarse:
            continue
        for path in origin.sources:
            names, strings = found.setdefault(path, (set(), set()))
            for node in map(graph.nodes.__getitem__, graph.sections[number]):
                names.update(name for name, _, _ in node.symbols)
                names.update(edge.symbol for edge in node.edges)
                strings.update(graph.elements[element].content for element, _ in node.holds)
    return {path: _Had(_plain(names), strings) for path, (names, strings) in found.items()}


def _plain(symbols: Set[str]) -> frozenset[str]:
    """What these symbols are called in a source, with their class and without."""
    named = frozenset(map(source_name, symbols))
    return named | {name.rpartition("::")[2] for name in named}


def _traces(differences: Differences, path: str) -> _Traces:
    unit = differences.unit(path)
    visits = differences.before(unit, frozenset((path,)))[path]
    source = differences.tree.source(path)
    defined, own, named, strings = set[str](), set[str](), set[str](), set[bytes]()
    stretches: dict[int, tuple[str, frozenset[int]]] = {}
    bodies: dict[str, set[int]] = {}
    place = START
    for one in visits:
        for name, shown in _functions(one):
            (defined if shown else own).add(name)
        named.update(*one.uses.names.values())
        strings.update(text + b"\0" for found in one.uses.strings.values() for text in found)
        lines = frozenset(source.lines(one.block))
        for owner in one.uses.names:
            bodies.setdefault(owner, set()).update(lines)
        after = one.uses.after
        inside = place.owner == after.owner and place.owner in defined | own
        if lines and inside and ";" in one.tokens:
            stretches[min(lines)] = place.owner, lines
        place = after
    return _Traces(
        frozenset(defined),
        frozenset(own),
        frozenset(named),
        frozenset(strings),
        stretches,
        {owner: frozenset(lines) for owner, lines in bodies.items() if owner},
    )


def _functions(visit: Visit) -> Iterator[tuple[str, bool]]:
    """The functions of a block, with whether other files may refer to them.

    Those in the body of a class are inline, and whether one is compiled says nothing.
    """
    for name, head in visit.uses.heads.items():
        if "(" in head and ("::" in head or "::" not in name):
            yield name, _HIDDEN.isdisjoint(head)
