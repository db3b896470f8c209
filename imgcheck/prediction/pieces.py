"""What goes with a feature, what only shrinks, and why does what else it uses of those objects stay?"""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.model import Piece
from imgcheck.prediction.effects import Build, Effect, packed
from imgcheck.prediction.linkage import Graph
from imgcheck.readers.symbolnames import source_name


def pieces(base: Build, found: Effect, prices: Sequence[float]) -> tuple[Piece, ...]:
    """The sections and strings behind a saving, largest first; then what they use and what stays."""
    graph = base.graph

    def cost(start: int, end: int) -> float:
        return packed(prices, [(start, end)])

    rows: list[Piece] = []
    for index in found.gone:
        node = graph.nodes[index]
        if not node.merged:
            ota = cost(node.offset, node.offset + node.flash) if node.offset >= 0 else 0.0
            where = graph.objects[node.object]
            rows.append(Piece(_title(graph, index), where, node.flash, node.ram, ota, "gone"))
    for index, loss in found.losses.items():
        node = graph.nodes[index]
        if not loss.spans and not loss.added:
            continue
        size = sum(b - a for a, b in loss.spans) - loss.added
        shift = node.offset - node.address
        ota = sum(cost(a + shift, b + shift) for a, b in loss.spans) if node.offset >= 0 else 0.0
        flash, ram = (size if node.flash else 0), (size if node.ram else 0)
        where = graph.objects[node.object]
        rows.append(Piece(_title(graph, index), where, flash, ram, ota, "shrinks"))
    for index, (start, end) in found.elements.items():
        holder = graph.nodes[base.pools.places[index].holder]
        # The map counts the padding behind a section's last string to nobody.
        size = min(end, holder.offset + holder.flash) - start
        rows.append(
            Piece(_text(graph, index), graph.objects[holder.object], size, 0, cost(start, end), "gone")
        )
    rows.sort(key=lambda piece: (-max(piece.flash, piece.ram), piece.name))
    return tuple(rows) + _staying(base, found)


def _text(graph: Graph, index: int) -> str:
    """A string as it reads, a constant as its bytes."""
    element = graph.elements[index]
    if graph.pools[element.pool].strings:
        return f'"{element.content.rstrip(bytes(1)).decode("utf-8", "backslashreplace")}"'
    return f"constant {element.content.hex(' ')}"


def _staying(base: Build, found: Effect) -> tuple[Piece, ...]:
    """What the feature uses of objects that lose other sections, each with one that still refers to it."""
    graph = base.graph
    gone = set(found.gone)
    used = {edge.target for index in found.gone for edge in graph.nodes[index].edges}
    losing = {graph.nodes[i].object for i in found.gone}
    referrers: dict[int, int] = {}
    for index in base.reach.nodes:
        if index in gone:
            continue
        for edge in graph.nodes[index].edges:
            if edge.target >= 0 and graph.nodes[edge.target].object in losing:
                outside = graph.nodes[index].object != graph.nodes[edge.target].object
                if edge.target not in referrers or outside:
                    referrers[edge.target] = index
    rows = []
    for index, node in enumerate(graph.nodes):
        if (
            index not in used
            or node.object not in losing
            or index in gone
            or node.merged
            or not node.placed
            or not node.symbols
        ):
            continue
        if not max(node.flash, node.ram):
            continue
        by = referrers.get(index)
        why = "kept by the linker script"
        if by is not None:
            why = f"{_title(graph, by)} of {graph.objects[graph.nodes[by].object]}"
        where = graph.objects[node.object]
        rows.append(
            Piece(
                name=_title(graph, index),
                object=where,
                flash=node.flash,
                ram=node.ram,
                ota=0.0,
                effect="stays",
                why=why,
            )
        )
    rows.sort(key=lambda piece: (-max(piece.flash, piece.ram), piece.name))
    return tuple(rows)


def _title(graph: Graph, index: int) -> str:
    node = graph.nodes[index]
    return source_name(node.symbols[0][0]) if node.symbols else node.name
