"""Which copies of code did the compiler make for a flag that nothing reads any more?

Where a flag is set on one way into a switch and not on another, GCC follows each way on its own (jump
threading): the switch and its tables are there twice. Two tables that one line reads and whose entries go
together alike are such copies; without the flag there is one, with the code that only it leads to. Without
tables a switch compares, and its line has each number twice: two places lead to each of them once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise

from imgcheck.prediction import flow
from imgcheck.prediction.bounds import constant
from imgcheck.prediction.coderows import Row
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut, Edge, Graph
from imgcheck.prediction.mentions import Change, named
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.spans import disjoint

_ALIKE = 0.75  # of a table's entries, or of the numbers that a switch compares with
_FEWEST = 5  # cases of a switch that is there twice: of fewer, numbers tell nothing


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], binary: bytes, found: Removal
) -> Removal:
    """The same removal, with the second copies of what was there once for each value of a flag."""
    flagged = {path: change.flagged for path, change in changes.items() if change.flagged}
    if not flagged:
        return found
    losses, edges = dict(found.losses), dict(found.cut.edges or {})
    for number, origin in origins.items():
        flags = frozenset[str]().union(*(flagged[path] for path in origin.sources & flagged.keys()))
        if not flags or origin.code is None:
            continue
        for index in graph.sections[number]:
            node, rows = graph.nodes[index], origin.code.rows.get(index, ())
            names = named(node)
            if not node.code or node.offset < 0 or not rows or names.isdisjoint(flags):
                continue
            for table in graph.sections[number]:
                cut = _second(graph, index, table, sorted(rows), binary)
                for which, spans, gone in cut:
                    loss = losses.get(which, Loss(()))
                    more = sum(end - start for start, end in spans) if which == index else 0
                    losses[which] = Loss(disjoint((*loss.spans, *spans)), loss.added, loss.unsure + more)
                    edges[which] = edges.get(which, frozenset()) | gone
            compared, unsure = _compared(node.address, rows, binary[node.offset : node.offset + node.flash])
            if compared:
                loss = losses.get(index, Loss(()))
                merged = disjoint((*loss.spans, *compared))
                losses[index] = loss._replace(spans=merged, unsure=loss.unsure + unsure)
    return replace(found, cut=Cut(found.cut.nodes, edges), losses=losses)


class _Table:
    """The words of one switch: its bytes in the section, its references, where they lead, who reads them."""

    def __init__(self, start: int, end: int, edges: Sequence[Edge], rows: Sequence[Row], line: int) -> None:
        self.start, self.end, self.edges, self.line = start, end, edges, line
        places = [edge.place for edge in edges]
        self.pattern = [places.index(place) for place in places]  # where each was first led to
        found = [(_row(rows, place), place) for place in places]
        self.targets = frozenset(row.start + place - row.offset for row, place in found)

    def copies(self, other: _Table) -> bool:
        """Whether both are of one switch: the same line reads them, the same entries lead together."""
        if self.line != other.line or not self.edges or len(self.pattern) != len(other.pattern):
            return False
        same = sum(a == b for a, b in zip(self.pattern, other.pattern, strict=True))
        return same >= _ALIKE * len(self.pattern)


def _row(rows: Sequence[Row], offset: int) -> Row:
    return rows[max(bisect_right(rows, offset, key=lambda row: row.offset) - 1, 0)]


def _second(
    graph: Graph, index: int, table: int, rows: Sequence[Row], binary: bytes
) -> Iterator[tuple[int, list[tuple[int, int]], frozenset[Edge]]]:
    """(section, its bytes, its references) of second copies of tables, and of what only they lead to."""
    node, data = graph.nodes[index], graph.nodes[table]
    if data.code or data.symbols or not data.edges or any(edge.target != index for edge in data.edges):
        return
    lines = {edge.place: _row(rows, edge.offset).line for edge in node.edges if edge.target == table}
    starts = (*sorted(lines), data.raw)
    tables = [
        _Table(start, end, [edge for edge in data.edges if start <= edge.offset < end], rows, lines[start])
        for start, end in pairwise(starts)
    ]
    copies: list[_Table] = []
    for number, one in enumerate(tables):
        if any(other not in copies and one.copies(other) for other in tables[:number]):
            copies.append(one)
    if not copies:
        return
    code = binary[node.offset : node.offset + node.flash]
    steps = flow.steps(code)
    leads = {
        at: [to for to in (step.end if step.falls else -1, step.target) if to >= 0]
        for at, step in steps.items()
    }
    every = {at - node.address for one in copies for at in one.targets}
    kept = {at - node.address for one in tables if one not in copies for at in one.targets}
    kept |= flow.entries(steps) - every
    only = (flow.following(every, leads) - flow.following(kept, leads)) & steps.keys()
    spans = [(node.address + at, node.address + steps[at].end) for at in sorted(only)]
    yield index, spans, frozenset()
    for one in copies:
        yield table, [(data.address + one.start, data.address + one.end)], frozenset(one.edges)


def _compared(address: int, rows: Sequence[Row], code: bytes) -> tuple[list[tuple[int, int]], int]:
    """Run addresses of the second copies of switches that compare, and how many bytes less that may be.

    The compiler keeps one copy, as large as either: the larger one is taken.
    """
    steps = flow.steps(code)
    lines = {
        at: (row.path, row.line) for row in rows for at in range(row.start - address, row.end - address, 2)
    }
    numbers: dict[tuple[str, int], dict[int, int]] = {}  # of each line, by where they are made
    for at in steps.keys() & lines.keys() if rows else ():
        one = constant(at, int.from_bytes(code[at : steps[at].end], "little"))
        if one is not None and (one.compares or not one.source):
            numbers.setdefault(lines[at], {})[at] = one.value
    spans: list[tuple[int, int]] = []
    unsure = 0
    for line, made in numbers.items():
        if not _mostly(Counter(made.values()), 2):
            continue
        found = sorted(_halves(steps, {at for at in steps if lines.get(at) == line}, made), key=len)
        if found:
            going = [(address + at, address + steps[at].end) for at in found[-1]]
            least = found[0] if len(found) > 1 else ()
            unsure += sum(end - start for start, end in going) - sum(steps[at].end - at for at in least)
            spans += going
    return spans, unsure


def _mostly(numbers: Mapping[int, int], times: int) -> bool:
    """Whether enough numbers for a switch are there, and most of them `times` times."""
    often = sum(count == times for count in numbers.values())
    return len(numbers) >= _FEWEST and often >= _ALIKE * len(numbers)


def _halves(
    steps: Mapping[int, flow.Step], line: Set[int], made: Mapping[int, int]
) -> Iterator[frozenset[int]]:
    """The instructions that one place of a line alone leads to, where they make each of its numbers once."""
    leads = {
        at: [to for to in (step.end if step.falls else -1, step.target) if to in steps]
        for at, step in steps.items()
    }
    into = {to for at in steps.keys() - line for to in leads[at]}
    starts = flow.entries(steps)
    every = flow.following(starts, leads)
    for entry in sorted(into & line):
        others = {at: () if at == entry else to for at, to in leads.items()}
        only = (every - flow.following(starts - {entry}, others)) | {entry}
        if _mostly(Counter(number for at, number in made.items() if at in only), 1):
            yield frozenset(only)
