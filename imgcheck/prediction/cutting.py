"""Which sections, references and bytes does a change of the sources take out of each object?

A reference goes with the line that makes it (the object's line table, inlined calls included); where an
object has no line table, with the identifier that the source no longer uses. A section goes when what it is
named after is no longer defined. An array goes shorter by the initialisers that went.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from imgcheck.prediction import added_lines
from imgcheck.prediction.coderows import Code, Inline, Row, touched
from imgcheck.prediction.linkage import Cut, Edge, Graph, Node
from imgcheck.prediction.mentions import (
    Change,
    Silent,
    Unused,
    folded_away,
    named_itself,
    nameless,
    names_unused,
    owners,
    shared,
    unused_anywhere,
)
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.prediction.spans import disjoint, within
from imgcheck.readers.symbolnames import source_name

_FEW, _LOOP = 2, 48  # elements that a loop is made into code for, bytes of the loops over them
_HARDLY = 24  # bytes that loops over one element more may be more or less
_QUIET = 16  # bytes of a function that may be compiled otherwise without lines that have no code
_SAVED = 8  # bytes that save and restore two registers over a call
_AROUND = 32  # bytes around a call of which no line says whether they go with it


class Shortened(NamedTuple):
    """An array that loses elements: where it lies, its bytes and elements before and after."""

    start: int
    size: int
    before: int
    left: int
    after: int


class Loss(NamedTuple):
    """What a surviving section loses: run addresses of its bytes, and bytes that take their place."""

    spans: tuple[tuple[int, int], ...]
    added: int = 0
    unsure: int = 0  # bytes of lines that change in a way that is not followed
    elsewhere: int = 0  # of those added, code that is not in the section and takes no RAM
    compiled: int = 0  # of those added, bytes of objects that are there
    shortened: Shortened | None = None  # what code that knows the array's length has to say instead


_NONE = Loss(())


@dataclass(frozen=True, slots=True)
class Removal:
    """What a set of features takes out of a build before the linker looks at it.

    `texts` are string literals that functions and tables have anew, with their null, `ram` the bytes of
    variables that come in, `members` objects of archives with their bytes of flash, `missing` names that
    nobody at hand defines.
    """

    cut: Cut
    losses: Mapping[int, Loss]
    texts: frozenset[bytes] = frozenset()
    ram: int = 0
    members: Mapping[str, int] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()


def removal(graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change]) -> Removal:
    """What these changes of the sources, by path, take out of the objects, by number."""
    gone: set[int] = set()
    edges: dict[int, frozenset[Edge]] = {}
    losses: dict[int, Loss] = {}
    for number, origin in origins.items():
        touching = [*concerning(origin, changes).values()]
        if touching:
            _object(graph, graph.sections[number], origin, touching, (gone, edges, losses))
    return Removal(Cut(frozenset(gone), edges), losses)


def _object(
    graph: Graph,
    indices: Sequence[int],
    origin: Origin,
    changes: Sequence[Change],
    found: tuple[set[int], dict[int, frozenset[Edge]], dict[int, Loss]],
) -> None:
    gone, edges, losses = found
    removed = {change.path: change.removed_lines - change.added_lines for change in changes}
    changed = {change.path: change.added_lines & change.removed_lines for change in changes}
    added = {change.path: change.added_lines - change.removed_lines for change in changes}
    least = {(change.path, line): size for change in changes for line, size in change.added_code.items()}
    gone_names = undefined(changes)
    code = origin.code
    around = code is not None and touched(code.everywhere(), removed, changed, added)
    calling = {change.path: removed[change.path] | change.uncalled for change in changes}
    inlined = [c for c in code.inlined if c.line in calling.get(c.path, ())] if code and around else []
    own = added_lines.by_gap(code, indices, added) if code and around else {}
    shorter = [change for change in changes if change.elements]
    silent = Silent(changes, [graph.nodes[index] for index in indices])
    vanished = frozenset().union(*(change.vanished for change in changes if change.path in origin.sources))
    here: set[int] = set()
    for index in indices:
        node = graph.nodes[index]
        rows = code.rows.get(index, ()) if code else ()
        if gone_names and _is_undefined(node, gone_names):
            here.add(index)
            continue
        near = rows and around and code and (inlined or touched(code.lines(index), removed, changed, added))
        if node.code and near:
            spans = _lost(rows, removed, inlined)
            lost = sum(end - start for start, end in spans)
            if lost and lost >= max(node.flash, node.ram) and node.placed:
                here.add(index)
                continue
            new = added_lines.size(rows, own, least)
            unsure = sum(row.end - row.start for row in rows if row.line in changed.get(row.path, ()))
            if lost or new or unsure:
                losses[index] = Loss(spans, new, unsure)
        unused = silent.unused(node) if node.section >= 0 else unused_anywhere(changes)
        cut = _cut_edges(graph, node, (origin, rows), removed, losses.get(index), unused)
        cut -= named_itself(node, (origin.sources, origin.words, vanished), rows, cut)
        if unsure := _kept(node, cut, silent.folded, losses.get(index)):
            loss = losses.get(index, _NONE)
            losses[index] = loss._replace(unsure=loss.unsure + unsure)
        if not node.code and shorter:
            loss, more = _array(graph, node, shorter, unused)
            cut |= more
            if loss.spans:
                losses[index] = loss
        if cut:
            edges[index] = cut
    if not here and not any(index in losses or index in edges for index in indices):
        losses.update((index, Loss((), unsure=_QUIET)) for index in _quiet(graph, indices, code, changes))
    gone |= here
    # A list of functions that the linker keeps (.init_array) goes with the last function in it.
    for index in indices:
        node = graph.nodes[index]
        if node.retained and node.edges and all(edge.target in here for edge in node.edges):
            gone.add(index)


def _kept(node: Node, cut: Iterable[Edge], folded: Mapping[str, object], loss: Loss | None) -> int:
    """Bytes of a function that may go with calls which it does not make any more, as far as no line says."""
    if not node.code or not cut:
        return 0
    if loss is None:
        return _AROUND * sum(source_name(edge.symbol) in folded for edge in cut)
    return _SAVED if loss.unsure else 0


def _quiet(
    graph: Graph, indices: Iterable[int], code: Code | None, changes: Iterable[Change]
) -> Iterator[int]:
    """Functions that lose lines in the source which have no code: a case of a switch that does nothing."""
    lost = frozenset().union(*(one.arrivals.still for one in changes))
    for index in indices if lost and code else ():
        node = graph.nodes[index]
        if node.code and node.placed and any(lost & set(owners(name)) for name, _, _ in node.symbols):
            yield index


def undefined(changes: Iterable[Change]) -> frozenset[str]:
    """What is not defined any more, by another name neither."""
    return frozenset().union(*(one.vanished_definitions - one.instead.renamed.keys() for one in changes))


def _is_undefined(node: Node, names: frozenset[str]) -> bool:
    gone = bool(node.symbols) and all(source_name(name) in names for name, _, _ in node.symbols)
    return gone and not nameless(node)


def _lost(
    rows: Iterable[Row], removed: Mapping[str, frozenset[int]], inlined: Iterable[Inline]
) -> tuple[tuple[int, int], ...]:
    """The bytes of removed lines, merged into disjoint spans."""
    low = min(row.start for row in rows)
    high = max(row.end for row in rows)
    spans = [(r.start, r.end) for r in rows if r.end > r.start and r.line in removed.get(r.path, ())]
    spans.extend((max(c.start, low), min(c.end, high)) for c in inlined if c.start < high and c.end > low)
    found = disjoint(spans)
    return disjoint((*found, *_lineless(rows, found))) if found else found


def _lineless(rows: Iterable[Row], lost: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Code of line 0 with code that is lost on both sides.

    It is of no line in particular (DWARF 5, section 6.2.2): clang has none for what cases of a switch share
    and for the jumps there, which go with the cases.
    """
    between: list[tuple[int, int]] = []
    last = False
    for row in sorted((row for row in rows if row.end > row.start), key=attrgetter("start")):
        going = within(row.start, lost)
        if not row.line and not going:
            between.append((row.start, row.end))
            continue
        if going and last:
            yield from between
        between, last = [], going


def _cut_edges(
    graph: Graph,
    node: Node,
    made: tuple[Origin, Sequence[Row]],
    removed: Mapping[str, frozenset[int]],
    loss: Loss | None,
    unused: Unused,
) -> frozenset[Edge]:
    """References of a surviving section that are not made any more; `made` is its origin, and its rows.

    What functions name that the compiler put into another one, that one need not name.
    """
    if not unused.names and not unused.strings and not unused.folded and loss is None:
        return frozenset()
    (origin, rows), code = made, made[0].code
    ordered = sorted(rows, key=lambda row: row.offset)
    starts = [row.offset for row in ordered]
    wanted = {offset for _, offset, size in node.symbols if size}
    first = {(row.path, row.line) for row in rows if row.offset in wanted and row.end > row.start}
    cut: set[Edge] = set()
    for edge in node.edges:
        at = bisect_right(starts, edge.offset) - 1
        # Several rows may start at one offset; the one with bytes is the last of them.
        row = ordered[at] if at >= 0 and edge.offset < max(ordered[at].offset_end, starts[at] + 1) else None
        if (
            (
                names_unused(graph, edge, unused.at(edge.offset))
                and not (row and code and code.put_in(row, first))
            )
            or (node.code and folded_away(edge, unused, origin.sources, row.path if row else ""))
            or (
                loss is not None
                and row is not None
                and (row.line in removed.get(row.path, ()) or within(row.start, loss.spans))
            )
        ):
            cut.add(edge)
    return frozenset(cut - shared(graph, node, cut, unused))


def _array(
    graph: Graph, node: Node, changes: Sequence[Change], unused: Unused
) -> tuple[Loss, frozenset[Edge]]:
    """Elements that an array loses: their bytes and their references.

    Which ones go is told by what they refer to; where they refer to nothing, only their number is known and
    the last ones are taken for them.
    """
    spans: list[tuple[int, int]] = []
    cut: set[Edge] = set()
    shortened: list[Shortened] = []
    for symbol, offset, size in node.symbols:
        before, after = next(
            (one.elements[name] for one in changes for name in owners(symbol) if name in one.elements), (0, 0)
        )
        total = size or node.raw
        step, rest = divmod(total, before) if before > after else (0, 0)
        if rest or step == 0:  # a fixed length, or initialisers that are not elements: nothing to compute
            continue
        held: dict[int, list[Edge]] = {}
        for edge in node.edges:
            if offset <= edge.offset < offset + total:
                held.setdefault((edge.offset - offset) // step, []).append(edge)
        gone = unused.at(offset)
        going = [i for i, edges in held.items() if any(names_unused(graph, edge, gone) for edge in edges)]
        named = set(going)
        going += [i for i in reversed(range(before)) if i not in named]
        dropped = sorted(going[: before - after])
        base = node.address + offset
        spans += disjoint((base + i * step, base + (i + 1) * step) for i in dropped)
        shortened.append(Shortened(base, total, before, step * after, after))
        cut.update(edge for i in dropped for edge in held.get(i, ()))
    # Code that knows the length of one of several in a section is not followed.
    known = shortened[0] if len(shortened) == 1 else None
    # A loop over so few is none any more: the elements become code, and the array goes.
    few = sum(
        one.left + _LOOP if one.after <= _FEW else _HARDLY for one in shortened if one.after <= _FEW + 1
    )
    return Loss(disjoint(spans), unsure=2 * few if node.local else 0, shortened=known), frozenset(cut)
