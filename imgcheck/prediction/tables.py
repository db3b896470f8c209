"""What becomes of tables that the compiler makes of a switch, and of those that it makes code?

A switch of fewer than five cases is no table (GCC's `case_values_threshold`), and one that loses its first or
last cases is a shorter one. An array that a function walks and nothing changes may be code of that function:
then no section has its name, and its strings are the function's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from imgcheck.prediction.coderows import Row
from imgcheck.prediction.cutting import Loss, Removal, undefined
from imgcheck.prediction.linkage import Cut, Edge, Graph, Node
from imgcheck.prediction.mentions import Change, named, text_of
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.prediction.spans import disjoint, within
from imgcheck.readers.symbolnames import source_name

_VIRTUALS = "_ZTV"  # what the name of a table of virtual functions begins with (Itanium C++ ABI, 5.1.4)
_FEWEST = 5  # cases of a switch that is a table
_WORD = 4  # bytes of an entry
_TESTS = 16  # bytes of the comparisons that take a table's place, and of what loads from it
_AROUND = 16  # bytes of code that is an array, as far as elements that go change it


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, with what tables lose that have no name."""
    nodes, edges, losses = set(removal.cut.nodes), dict(removal.cut.edges or {}), dict(removal.losses)
    for number, origin in origins.items():
        touching = [*concerning(origin, changes).values()]
        removed = {one.path: one.removed_lines - one.added_lines for one in touching}
        going = any(one.removed_lines or one.uncalled for one in touching)
        for index in graph.sections[number] if going and origin.code else ():
            node = graph.nodes[index]
            for table in _tables(graph, node) if index not in nodes else ():
                left = _left(node, table, origin, removed, (nodes, losses))
                if left is None:
                    continue
                if len(left) < _FEWEST and table.whole:
                    nodes.add(index)
                else:
                    loss = losses.get(index, Loss(()))
                    spans = disjoint((*loss.spans, *_spans(node.address, table, left)))
                    losses[index] = loss._replace(spans=spans)
                    cut = {edge for edge in table.jumps if within(node.address + edge.offset, spans)}
                    edges[index] = edges.get(index, frozenset()) | cut
                # Several cases may have one body, and then the table is as long as those make it.
                unsure = _TESTS + (_WORD * len(left) if left else 0)
                for function in {edge.target for edge in table.jumps} - nodes if left else ():
                    loss = losses.get(function, Loss(()))
                    losses[function] = loss._replace(unsure=loss.unsure + unsure)
        here = graph.sections[number]
        for index, lost in _virtual(graph, here, touching):
            loss = losses.get(index, Loss(()))
            starts = (graph.nodes[index].address + edge.offset for edge in lost)
            spans = disjoint((*loss.spans, *((at, at + _WORD) for at in starts)))
            losses[index] = loss._replace(spans=spans)
            edges[index] = edges.get(index, frozenset()) | lost
        for index, lost, unsure in (*_folded(graph, here, touching), *_propagated(graph, here, touching)):
            fewer = lost - edges.get(index, frozenset())
            if index not in nodes and (fewer or unsure):
                loss = losses.get(index, Loss(()))
                losses[index] = loss._replace(unsure=loss.unsure + unsure + _AROUND * len(fewer))
                edges[index] = edges.get(index, frozenset()) | fewer
    return replace(removal, cut=Cut(frozenset(nodes), edges, removal.cut.gained), losses=losses)


class _Table(NamedTuple):
    """Places in code, one word each; `whole` where their section has nothing else."""

    jumps: Sequence[Edge]
    size: int  # bytes
    whole: bool


def _tables(graph: Graph, node: Node) -> Iterator[_Table]:
    """The tables of a section: words without a name, those of one function beside each other.

    Without -fdata-sections an object has one section for the tables of all its functions and its constants.
    """
    if node.code or node.merged or node.retained or not node.edges:
        return
    if not node.symbols and len({edge.target for edge in node.edges}) == 1:
        yield _Table(node.edges, node.raw, True)
        return
    named = disjoint((offset, offset + size) for _, offset, size in node.symbols)
    run: list[Edge] = []
    for edge in sorted(node.edges, key=attrgetter("offset")):
        jump = edge.target >= 0 and graph.nodes[edge.target].code and not within(edge.offset, named)
        if run and not (jump and (edge.offset, edge.target) == (run[-1].offset + _WORD, run[-1].target)):
            yield _Table(run, _WORD * len(run), False)
            run = []
        if jump:
            run.append(edge)
    if run:
        yield _Table(run, _WORD * len(run), False)


def _spans(at: int, table: _Table, left: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The run addresses that a table in a section at `at` loses, which has the words at `left` left."""
    first = at if table.whole else at + table.jumps[0].offset
    if len(left) < _FEWEST:
        yield first, first + table.size
    else:
        yield first, at + left[0]
        yield at + left[-1] + _WORD, first + table.size


def _left(
    node: Node,
    table: _Table,
    origin: Origin,
    removed: Mapping[str, frozenset[int]],
    lost: tuple[Set[int], Mapping[int, Loss]],
) -> list[int] | None:
    """Offsets of the cases that a table has left, None where it stays as long as it is.

    `lost` are the sections that go, and what others lose: a table of its own goes unasked with its function.
    The place where most words lead is that of values which no case names.
    """
    rows = origin.code.rows if origin.code else {}
    nodes, losses = lost
    gone = {
        edge.offset
        for edge in table.jumps
        if (edge.target in nodes and not table.whole)
        or (edge.target in losses and _is_lost(edge, rows.get(edge.target, ()), removed, losses[edge.target]))
    }
    whole = table.size == _WORD * len(table.jumps) and node.placed
    if not gone or (len(gone) < len(table.jumps) and not whole):
        return None
    places = Counter((edge.target, edge.place) for edge in table.jumps if edge.offset not in gone)
    default, times = places.most_common(1)[0] if places else ((-1, -1), 0)
    left = sorted(
        edge.offset
        for edge in table.jumps
        if edge.offset not in gone and (times < 2 or (edge.target, edge.place) != default)
    )
    first = table.jumps[0].offset if not table.whole else 0
    ends = (first, first + table.size - _WORD)
    return None if len(left) >= _FEWEST and (left[0], left[-1]) == ends else left


def _is_lost(edge: Edge, rows: Sequence[Row], removed: Mapping[str, frozenset[int]], loss: Loss) -> bool:
    """Whether the code that a reference points at goes."""
    for row in rows:
        if row.offset <= edge.place < row.offset_end:
            return row.line in removed.get(row.path, ()) or within(row.start, loss.spans)
    return False


def _virtual(
    graph: Graph, sections: Iterable[int], changes: Iterable[Change]
) -> Iterator[tuple[int, frozenset[Edge]]]:
    """Entries of tables of virtual functions that no class has any more."""
    gone = undefined(changes)
    for index in sections if gone else ():
        node = graph.nodes[index]
        if node.placed and any(name.startswith(_VIRTUALS) for name, _, _ in node.symbols):
            lost = frozenset(edge for edge in node.edges if edge.symbol and source_name(edge.symbol) in gone)
            if lost:
                yield index, lost


def _propagated(
    graph: Graph, sections: Iterable[int], changes: Iterable[Change]
) -> Iterator[tuple[int, frozenset[Edge], int]]:
    """References of code that only elements of an array make which go: of few elements a loop is none.

    The array may have its section all the same, for others. What no code of the source names any more is no
    function's own.
    """
    owned: dict[str, tuple[frozenset[str], frozenset[bytes]]] = {}
    for one in changes:
        for array, (was, now) in one.elements.items():
            names = one.vanished_in.get(array, frozenset()) & one.vanished
            texts = frozenset(one.strings_in.get(array, ())) & one.silenced
            for user in one.users.get(array, ()) if now < was else ():
                more, said = owned.get(user, (frozenset(), frozenset()))
                owned[user] = (names | more, texts | said)
    for index in sections if owned else ():
        node = graph.nodes[index]
        for user in named(node) & owned.keys() if node.code and node.placed else ():
            names, texts = owned[user]
            found = frozenset(
                edge
                for edge in node.edges
                if (edge.symbol and source_name(edge.symbol) in names) or text_of(graph, edge) in texts
            )
            if found:
                yield index, found, 0


def _folded(
    graph: Graph, sections: Iterable[int], changes: Iterable[Change]
) -> Iterator[tuple[int, frozenset[Edge], int]]:
    """Code that has arrays which no section is named after: references that go, bytes that are unsure."""
    concerned = [one for one in changes if one.elements or one.silenced]
    if not concerned:
        return
    called = {index: named(graph.nodes[index]) for index in sections if graph.nodes[index].placed}
    known = frozenset().union(*called.values())
    texts = frozenset(
        text
        for one in concerned
        for owner, said in one.strings_in.items()
        if owner not in known
        for text in said
        if text in one.silenced
    )
    elements: dict[str, int] = {}  # arrays that are code of each function, and change
    for one in concerned:
        for array, (was, now) in one.elements.items():
            for owner in one.users.get(array, ()) if array not in known else ():
                elements[owner] = elements.get(owner, 0) + (was != now)
    for index, names in called.items() if texts or elements else ():
        if graph.nodes[index].code:
            going = frozenset(edge for edge in graph.nodes[index].edges if text_of(graph, edge) in texts)
            yield index, going, _AROUND * sum(elements.get(name, 0) for name in names)
