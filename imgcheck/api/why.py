"""Why is a symbol, object or archive in the image, and what would go with it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from imgcheck import targets
from imgcheck.api.build import Built, Inputs, build
from imgcheck.builds import artefact
from imgcheck.errors import Need, UndecidedError
from imgcheck.model import Report
from imgcheck.prediction import buildfiles, lacking, linkgraph, retention
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.places import Places
from imgcheck.prediction.retention import Retention
from imgcheck.readers import elf, linkmap
from imgcheck.readers.symbolnames import source_name
from imgcheck.report import why as report
from imgcheck.report.why import Entry

MOST_CHAINS = 1000


@dataclass(frozen=True, slots=True)
class Names:
    """What can be asked for: name -> sections, for symbols, objects and archives."""

    symbols: dict[str, list[int]] = field(default_factory=dict)
    wholes: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # name -> path -> sections


def show(inputs: Inputs, name: str, *, every: bool = False, places: Places | None = None) -> Report:
    """The report of `imgcheck why`: one shortest chain from a root, or with `every` all of them.

    Raises UndecidedError without a map, and for a name that the image does not have.
    """
    made = build(inputs, packed=True)
    held, partial = retained(inputs, made, places or Places())
    names = _names(held)
    found = list(_entries(held, names, name, partial, every))
    if not found:
        known = [*names.symbols, *names.wholes]
        holding = [one for one in known if name.lower() in one.lower()]
        near = [*dict.fromkeys([*get_close_matches(name, known, 5, 0.6), *holding])][:5]
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise UndecidedError(f"{name}: nothing of that name is in the image{hint}")
    return report.build(name, found, made.facts.image.name, len(made.facts.image.binary))


def retained(inputs: Inputs, made: Built, places: Places) -> tuple[Retention, bool]:
    """The chains of a build, and whether some of them are told from the map alone."""
    if made.map is None:
        raise UndecidedError(f"{inputs.firmware}: why needs {lacking.unmapped(made.facts.image)}", Need.MAP)
    linked, links = elf.read(inputs.firmware), linkmap.read(made.map)
    lacking.check_map_tells(made.map, links)
    files = buildfiles.load_objects(
        links, made.map, places.objects or inputs.firmware.absolute().parent, bool(places.objects)
    )
    soc = made.facts.image.soc
    graph = linkgraph.build(files.linked, links, linked, soc)
    prices = made.prices
    if prices is None:
        prices = artefact.image_prices(made.facts.image, made.facts.artefact, targets.find(soc.name))
    return retention.retention(graph, linked.entry, costs(graph, prices)), bool(graph.coarse)


def costs(graph: Graph, prices: Sequence[float]) -> list[float]:
    """What each section costs in the OTA file."""
    last = len(prices) - 1
    return [
        prices[min(node.offset + node.flash, last)] - prices[min(node.offset, last)]
        if node.offset >= 0 and node.flash
        else 0.0
        for node in graph.nodes
    ]


def _names(held: Retention) -> Names:
    made = Names()
    graph = held.graph
    for node in sorted(held.distance):
        one = graph.nodes[node]
        if not one.placed:
            continue
        path = graph.objects[one.object]
        for symbol, _, _ in one.symbols:
            for name in dict.fromkeys((symbol, source_name(symbol))):
                sections = made.symbols.setdefault(name, [])
                if not sections or sections[-1] != node:
                    sections.append(node)
        archive, member = linkmap.parts(path)
        base = archive.rpartition("/")[2]
        file = member.rpartition("/")[2]
        wanted = {path: path, file: path}
        if base:
            wanted |= {f"{base}({file})": path, base: archive, archive: archive}
        for name, whole in wanted.items():
            made.wholes.setdefault(name, {}).setdefault(whole, []).append(node)
    return made


def _entries(held: Retention, names: Names, name: str, partial: bool, every: bool) -> Iterator[Entry]:
    for node in names.symbols.get(name, ()):
        flash, _, ota = held.retained[node]
        yield _entry(held, name, (node,), (flash, ota), partial, every)
    if name in names.symbols:
        return
    for path, nodes in names.wholes.get(name, {}).items():
        flash, _, ota = held.held_by(frozenset(nodes))
        # Shown is the way in: the section of it that is nearest to a root.
        nearest = min(held.distance[node] for node in nodes)
        ways = tuple(node for node in nodes if held.distance[node] == nearest)
        entry = _entry(held, name, ways, (flash, ota), partial, every)
        archive = path not in held.graph.objects
        yield entry._replace(object="") if archive else entry


def _entry(
    held: Retention, name: str, nodes: Sequence[int], sizes: tuple[int, float], partial: bool, every: bool
) -> Entry:
    graph = held.graph
    ways = nodes if every else nodes[:1]
    chains = [
        chain for node in ways for chain in (held.chains(node, MOST_CHAINS) if every else (held.chain(node),))
    ][:MOST_CHAINS]
    first = chains[0][0]
    archive, member = linkmap.parts(graph.objects[graph.nodes[nodes[0]].object])
    told = partial and any(graph.nodes[node].object in graph.coarse for chain in chains for node in chain)
    return Entry(
        name=name,
        object=member.rpartition("/")[2],
        archive=archive.rpartition("/")[2],
        root=title(graph, first),
        root_kind=held.roots[first],
        chains=tuple(tuple(title(graph, node) for node in chain) for chain in chains),
        objects=tuple(tuple(_object(graph, node) for node in chain) for chain in chains),
        retained_flash=sizes[0],
        retained_ota=round(sizes[1]),
        source="map" if told else "graph",
    )


def title(graph: Graph, node: int) -> str:
    """The first symbol of a section, else its own name."""
    one = graph.nodes[node]
    return source_name(one.symbols[0][0]) if one.symbols else one.name


def _object(graph: Graph, node: int) -> str:
    return graph.objects[graph.nodes[node].object].rpartition("/")[2]
