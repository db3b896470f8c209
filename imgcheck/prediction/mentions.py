"""What do the functions and objects of a section no longer mention in the source?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Set
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple, Protocol

from imgcheck.prediction.coderows import Row
from imgcheck.prediction.linkage import Edge, Graph, Node
from imgcheck.prediction.sources.arrivals import Arrivals
from imgcheck.prediction.sources.counting import Counts
from imgcheck.prediction.sources.instead import Instead
from imgcheck.prediction.sources.redeclared import Redeclared
from imgcheck.prediction.sources.storage import Shape
from imgcheck.readers.symbolnames import source_name

_WORD = 4  # bytes that may be between two constants


class Change(Protocol):
    """What this analysis reads of a source that changed (see configuration.SourceChange)."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def units(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def removed_lines(self) -> frozenset[int]: ...  # noqa: D102
    @property
    def added_lines(self) -> frozenset[int]: ...  # noqa: D102
    @property
    def added_code(self) -> Mapping[int, int]: ...  # noqa: D102
    @property
    def members(self) -> frozenset[int]: ...  # noqa: D102
    @property
    def resized(self) -> Mapping[tuple[int, str], tuple[int, int]]: ...  # noqa: D102
    @property
    def silenced(self) -> frozenset[bytes]: ...  # noqa: D102
    @property
    def users(self) -> Mapping[str, frozenset[str]]: ...  # noqa: D102
    @property
    def narrowed(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def uncalled(self) -> frozenset[int]: ...  # noqa: D102
    @property
    def types(self) -> Mapping[str, tuple[Shape, Shape]]: ...  # noqa: D102
    @property
    def counts(self) -> Mapping[str, Counts]: ...  # noqa: D102
    @property
    def redeclared(self) -> Redeclared: ...  # noqa: D102
    @property
    def vanished(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def vanished_definitions(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def vanished_in(self) -> Mapping[str, frozenset[str]]: ...  # noqa: D102
    @property
    def arrivals(self) -> Arrivals: ...  # noqa: D102
    @property
    def strings_in(self) -> Mapping[str, tuple[bytes, ...]]: ...  # noqa: D102
    @property
    def elements(self) -> Mapping[str, tuple[int, int]]: ...  # noqa: D102
    @property
    def flagged(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def constants(self) -> Mapping[str, int | None]: ...  # noqa: D102
    @property
    def instead(self) -> Instead: ...  # noqa: D102


class Unused(NamedTuple):
    """What a section's function or object named in the source before a change, and does not after it."""

    names: frozenset[str]
    strings: frozenset[bytes]
    still: frozenset[str] = frozenset()  # what code that goes names, and other code of it as well
    folded: Mapping[
        str, frozenset[str]
    ] = {}  # what the compiler put into others names no more: of which files
    parts: tuple[
        tuple[int, int, Unused], ...
    ] = ()  # of functions and objects that share a section, by offset

    def at(self, offset: int) -> Unused:
        """What the function or object at this offset of the section no longer mentions.

        One of several in a section (without -ffunction-sections) may go on with what another one drops.
        """
        found = bisect_right(self.parts, offset, key=_START) - 1
        if found >= 0 and offset < self.parts[found][1]:
            return self.parts[found][2]
        return self


_START = itemgetter(0)
_NOTHING = Unused(frozenset(), frozenset())


class Silent:
    """What the functions and objects of one object file no longer mention; most mention what they did."""

    def __init__(self, changes: Iterable[Change], nodes: Iterable[Node]) -> None:
        self._changes = changes = [c for c in changes if c.vanished_in or c.strings_in or c.arrivals.still]
        self._owners = frozenset(
            owner for one in changes for owner in (*one.vanished_in, *one.strings_in, *one.arrivals.still)
        )

        # What nobody mentions any more went, too, with those that the compiler put into others.
        known = frozenset().union(*(named(node) for node in nodes if node.placed))
        folded: dict[str, set[str]] = {}
        for change in changes:
            for owner, names in change.vanished_in.items():
                for name in names & change.vanished if owner not in known else ():
                    folded.setdefault(name, set()).add(change.path)
        self.folded = {name: frozenset(paths) for name, paths in folded.items()}

    def unused(self, node: Node) -> Unused:
        """What the functions and objects of a section no longer mention in the source."""
        if not self._owners:
            return _NOTHING
        found = self._of(symbol for symbol, _, _ in node.symbols)
        ranges: dict[tuple[int, int], list[str]] = {}
        for symbol, offset, size in node.symbols if found is not _NOTHING else ():
            if size:
                ranges.setdefault((offset, offset + size), []).append(symbol)
        if len(ranges) < 2:
            return found
        parts = ((start, end, self._of(symbols)) for (start, end), symbols in sorted(ranges.items()))
        return found._replace(parts=tuple(parts))

    def _of(self, symbols: Iterable[str]) -> Unused:
        here = [owner for symbol in symbols for owner in owners(symbol) if owner in self._owners]
        if not here and not self.folded:
            return _NOTHING
        names: set[str] = set()
        still: set[str] = set()
        strings: set[bytes] = set()
        for change in self._changes:
            for owner in here:
                names |= change.vanished_in.get(owner, frozenset())
                still |= change.arrivals.still.get(owner, frozenset())
                strings.update(change.strings_in.get(owner, ()))
        return Unused(frozenset(names), frozenset(strings), frozenset(still), self.folded)


def unused_anywhere(changes: Iterable[Change]) -> Unused:
    """What a whole source no longer mentions: all that can be said of an object that was not read."""
    return Unused(frozenset().union(*(change.vanished for change in changes)), frozenset())


@lru_cache(1 << 16)
def owners(symbol: str) -> tuple[str, ...]:
    """What the source may call a symbol: with all its scopes, with its class, alone."""
    full = source_name(symbol)
    scopes = full.split("::")
    return tuple(dict.fromkeys((full, "::".join(scopes[-2:]), scopes[-1])))


def named(node: Node) -> frozenset[str]:
    """What the source may call a section: every owner of its symbols."""
    return frozenset(owner for symbol, _, _ in node.symbols for owner in owners(symbol))


def nameless(node: Node) -> bool:
    """Whether data has more in it than what has names: a switch's table, initialisers of locals.

    Without -fdata-sections those are in one section with constants that have names.
    """
    sizes = [size for _, _, size in node.symbols]
    return not node.code and all(sizes) and sum(sizes) + _WORD * len(sizes) < node.raw


def text_of(graph: Graph, edge: Edge) -> bytes | None:
    """The string or constant that a reference is to, without its null; None where it is to none."""
    return graph.elements[edge.element].content.rstrip(b"\0") if edge.element >= 0 else None


def names_unused(graph: Graph, edge: Edge, unused: Unused) -> bool:
    """Whether a reference is to what the source no longer mentions."""
    if edge.symbol and source_name(edge.symbol).rsplit("::", 1)[-1] in unused.names:
        return True
    return bool(unused.strings) and text_of(graph, edge) in unused.strings


def folded_away(edge: Edge, unused: Unused, sources: frozenset[str], path: str) -> bool:
    """Whether a reference of an object made from `sources` is to what code in others no longer names.

    `path` is the file that the line table gives the reference to, "" where there is none: what a header's
    functions name no more may the source's own functions name all the same.
    """
    paths = unused.folded.get(source_name(edge.symbol).rsplit("::", 1)[-1], ()) if edge.symbol else ()
    return path in paths or (not path and not sources.isdisjoint(paths))


def shared(graph: Graph, node: Node, cut: Set[Edge], unused: Unused) -> frozenset[Edge]:
    """References that go with a line although another one makes them too: the compiler made them one.

    One to an anchor among several variables (-fsection-anchors) is to any of them.
    """
    if not unused.still:
        return frozenset()
    left = {(edge.symbol, edge.target) for edge in node.edges if edge not in cut}
    return frozenset(
        edge
        for edge in cut
        if (edge.symbol, edge.target) not in left and not unused.still.isdisjoint(_meant(graph, edge, unused))
    )


def named_itself(
    node: Node,
    source: tuple[frozenset[str], frozenset[str], frozenset[str]],
    rows: Iterable[Row],
    cut: Set[Edge],
) -> frozenset[Edge]:
    """References that go with a header's line, though the source names what they are to as well.

    The compiler takes an address once for both. `source` has its paths, its words and those of them that it
    names no more; that a word is in a function that does not do so costs nothing: its own reference holds
    what it is to.
    """
    if not cut:
        return frozenset()
    paths, words, vanished = source
    left = {(edge.symbol, edge.target) for edge in node.edges if edge not in cut}
    return frozenset(
        edge
        for edge in cut
        if (edge.symbol, edge.target) not in left
        and (name := source_name(edge.symbol)) in words
        and name not in vanished
        and any(row.offset <= edge.offset < row.offset_end and row.path not in paths for row in rows)
    )


def _meant(graph: Graph, edge: Edge, unused: Unused) -> Iterable[str]:
    """What the source calls that which a reference may be to."""
    if edge.symbol:
        *scopes, name = source_name(edge.symbol).split("::")
        return () if unused.names.intersection(scopes) else (name,)  # another one of that name stays
    data = edge.target >= 0 and not graph.nodes[edge.target].code
    return (source_name(name) for name, _, _ in graph.nodes[edge.target].symbols) if data else ()
