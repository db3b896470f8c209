"""What does a function lose with its references where no line table says which code is whose (-g0)?

The code that makes a reference lies around it. What two references of a function that both go have between
them goes too; how far the code in front of the first and behind the last reaches is told by what the function
takes for a reference on average, and is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from imgcheck.model import Diagnostic
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Edge, Graph, Node
from imgcheck.prediction.mentions import Change, named
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.spans import disjoint
from imgcheck.readers import linkmap

_HALF = 4  # bytes of an instruction that holds an address or a part of it
_LINE = 8  # bytes of code of a line, blank ones and comments included: 6 to 8 in most sources
_SURE = 2  # half of what is unsure widens the bar, but of this nothing was counted
_RETURN = 2  # what is left of a function all of whose references go
_MOST = 3  # objects that the finding names


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], removal: Removal
) -> Removal:
    """The same removal, with what functions without lines lose around the references that are cut.

    What the lines of a source that go take beyond that and whole functions is nobody's, and widens the bar.
    """
    losses = dict(removal.losses)
    for index, cut in (removal.cut.edges or {}).items():
        node = graph.nodes[index]
        if index not in losses and index not in removal.cut.nodes and cut and _unlined(node, index, origins):
            spans = disjoint(_around(node, cut))
            losses[index] = Loss(spans, unsure=sum(end - start for start, end in spans))
    for number, origin in origins.items():
        unlined = origin.code is not None and not origin.code.rows
        for path in sorted(origin.sources & changes.keys()) if unlined else ():
            index, size = _untold(graph, number, changes[path], replace(removal, losses=losses))
            if size > 0:
                loss = losses.get(index, Loss(()))
                losses[index] = loss._replace(unsure=loss.unsure + _SURE * size)
            for index, size in _flagged(graph, number, changes[path]):
                loss = losses.get(index, Loss(()))
                # Which half of it the compiler made for a flag no line tells; that is what widens the bar.
                losses[index] = loss._replace(unsure=loss.unsure + size)
    return replace(removal, losses=losses)


def _flagged(graph: Graph, number: int, change: Change) -> Iterator[tuple[int, int]]:
    """The functions of an object that had a flag which nothing reads any more, with their tables' bytes.

    Half of those may be there for the flag: a switch twice, once for each of its values.
    """
    for index in graph.sections[number] if change.flagged else ():
        node = graph.nodes[index]
        if node.code and node.placed and not named(node).isdisjoint(change.flagged):
            tables = {
                target
                for target in graph.targets[index]
                if graph.targets[target] == (index,) and not graph.nodes[target].symbols
            }
            yield index, sum(graph.nodes[one].flash for one in (index, *tables))


def _untold(graph: Graph, number: int, change: Change, removal: Removal) -> tuple[int, int]:
    """A section of the object that stays, and the bytes that the lines which go take beyond what is known."""
    code = [n for n in graph.sections[number] if graph.nodes[n].code and graph.nodes[n].placed]
    stay = [n for n in code if n not in removal.cut.nodes]
    whole = sum(graph.nodes[n].flash for n in code if n in removal.cut.nodes)
    lost = (removal.losses[n].spans for n in graph.sections[number] if n in removal.losses)
    part = sum(end - start for spans in lost for start, end in spans)
    lines = len(change.removed_lines - change.added_lines)
    return (stay[0], _LINE * lines - whole - part) if stay else (-1, 0)


def said(graph: Graph, origins: Mapping[int, Origin]) -> tuple[Diagnostic, ...]:
    """That some objects with code which features are in have no line table; nothing where all have one."""
    names = sorted(
        linkmap.parts(graph.objects[number])[1].rsplit("/", 1)[-1]
        for number, origin in origins.items()
        if origin.code is not None
        and any(_unlined(graph.nodes[index], index, origins) for index in graph.sections[number])
        and not origin.code.rows
    )
    if not names:
        return ()
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return (
        Diagnostic(
            "lines-missing",
            "warning",
            f"{', '.join(names[:_MOST])}{more} {'has' if len(names) == 1 else 'have'} no line table: what "
            "features take out of functions that stay there is an estimate",
            help="Compile them with -g; it changes no byte of the image.",
            subject="lines",
        ),
    )


def _unlined(node: Node, index: int, origins: Mapping[int, Origin]) -> bool:
    """Whether a section is code that was read, and no line of it is known."""
    origin = origins.get(node.object)
    known = origin is not None and origin.code is not None and not origin.code.rows.get(index)
    return known and node.code and node.placed and node.section >= 0 and node.raw > 0


def _around(node: Node, cut: Set[Edge]) -> Iterator[tuple[int, int]]:
    """Run addresses of the code around each row of references that go."""
    edges = sorted(node.edges, key=lambda edge: edge.offset)
    size = max(node.flash, node.ram)
    each = node.raw / len(edges)
    low = first = 0
    going = 0  # references of the row that ends here
    for place, edge in enumerate(edges):
        if edge not in cut:
            low = edge.offset + _HALF
            continue
        if not going:
            first = edge.offset
        going += 1
        follows = edges[place + 1] if place + 1 < len(edges) else None
        if follows is not None and follows in cut:
            continue
        high = follows.offset if follows is not None else node.raw - _RETURN
        least = edge.offset + _HALF - first
        length = min(max(each * going, least), high - low)
        start = min(max(low, first - (length - least) / 2), high - length)
        going = 0
        if length > 0:
            begin, end = (int(at * size / node.raw) & ~1 for at in (start, start + length))
            yield node.address + begin, node.address + end
