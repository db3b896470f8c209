"""What would --gc-sections keep?  A graph of input sections, its roots, and what is reached from them.

Follows GNU ld: an archive member is linked when a linked object refers to a symbol that it defines
(bfd/linker.c, `_bfd_generic_link_add_archive_symbols`); of what is linked, a section stays when a root
refers to it, however indirectly (bfd/elflink.c, `bfd_elf_gc_sections`); of mergeable sections each
distinct element is placed once, and a string that ends another one lies inside it (bfd/merge.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from imgcheck.model import Calibration
from imgcheck.prediction.spans import aligned
from imgcheck.prediction.suffixes import hosts_of

_TOLERANCE = 0.001  # of the placed bytes: beyond it the graph does not describe this link


class Edge(NamedTuple):
    """A reference from `offset` of a section, as the object has it (before relaxation)."""

    offset: int
    target: int  # index of the node referred to, -1 for none (a string only)
    symbol: str  # "" for a local label
    element: int  # index of the string or constant referred to, -1 for none
    place: int = 0  # offset in the target, as the object has it


class Output(NamedTuple):
    """An output section that takes room; `load` is the image offset of its first byte, -1 for none."""

    name: str
    address: int
    size: int
    align: int
    load: int
    aligned: tuple[tuple[int, int], ...] = ()  # addresses inside that the script aligned, and to what


class Node(NamedTuple):
    """One input section; sizes are what the linker placed, after relaxation."""

    object: int
    section: int  # its index in the object, -1 when the object could not be read
    name: str
    output: str  # output section that holds it; "" when the linker dropped it
    address: int  # run address; 0 when the linker dropped it
    offset: int  # of its bytes in the image, -1 when it has none there
    flash: int
    ram: int
    raw: int  # bytes in the object, before relaxation
    align: int
    code: bool
    placed: bool
    retained: bool  # by its type or flags: init arrays, SHF_GNU_RETAIN
    merged: bool  # its bytes are in a pool of shared elements, not its own
    symbols: tuple[tuple[str, int, int], ...]  # name, offset, size of what it defines
    edges: tuple[Edge, ...] = ()
    group: tuple[int, ...] = ()  # nodes that stay with it
    holds: tuple[tuple[int, int], ...] = ()  # of a merged section: element, how many edges name it here
    bits: bool = True  # it has bytes in its object, and would have them in the image
    local: bool = False  # nothing that it defines is known outside its object
    hidden: frozenset[str] = frozenset()  # of data, and several symbols, those that are not known outside
    row: int = 0  # of a placed merged section: its turn in the map; those without room lie at one address


class Element(NamedTuple):
    """A string or constant of a mergeable section, and the pool where the linker shares it."""

    content: bytes
    align: int
    pool: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Elements that the linker may share: same output section, element size and alignment."""

    section: str
    strings: bool
    flash: bool
    ram: bool
    placed: int  # bytes that the map shows for it, each row rounded up to the alignment
    start: int  # run address of its first row
    align: int


@dataclass(frozen=True, slots=True)
class Graph:
    """All linked objects of a build.

    `needs[o]` are the archive members that object o's references pulled in, by symbol; `given` are the
    objects that were linked without being asked for by a symbol.
    """

    nodes: tuple[Node, ...]
    objects: tuple[str, ...]
    sections: tuple[tuple[int, ...], ...]  # nodes of each object
    targets: tuple[tuple[int, ...], ...]  # of each node's edges, each once
    elements: tuple[Element, ...]
    pools: tuple[Pool, ...]
    needs: tuple[Mapping[str, int], ...]
    given: frozenset[int]
    roots: frozenset[int]
    collected: bool  # the linker dropped unreferenced sections
    outputs: tuple[Output, ...]  # by run address
    coarse: frozenset[int]  # objects that could not be read: their references come from the map
    # Objects with the symbols that they may be linked without: __attribute__((weak)) of what they only use.
    optional: frozenset[tuple[int, str]] = frozenset()
    # Of an inline function, template or virtual table that many objects have (COMDAT) the linker places one:
    # that one, with the others.
    copies: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    offered: Mapping[str, str] = field(
        default_factory=dict
    )  # what PROVIDE defines if no object does, and as what


@dataclass(frozen=True, slots=True)
class Cut:
    """What a change of configuration takes out of the graph, before the linker looks at it."""

    nodes: frozenset[int] = frozenset()  # sections that are not compiled any more
    edges: Mapping[int, frozenset[Edge]] = None  # type: ignore[assignment]  # of surviving nodes
    gained: Mapping[int, frozenset[int]] = field(default_factory=dict)  # what surviving nodes refer to anew

    def of(self, node: int) -> frozenset[Edge]:
        """The references that a surviving section loses."""
        return self.edges.get(node, frozenset()) if self.edges else frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """What stays: sections, and elements of mergeable sections."""

    nodes: frozenset[int]
    elements: frozenset[int]


def reach(graph: Graph, cut: Cut | None = None, roots: frozenset[int] | None = None) -> Reach:
    """The sections and elements that the linker would place.

    Law: cutting more never keeps more, but for what a cut gains. Time is linear in the edges.
    """
    cut = cut or Cut()
    seen = live(graph, cut, roots)
    return Reach(frozenset(seen), frozenset(_elements(graph, cut, seen)))


def live(graph: Graph, cut: Cut, roots: frozenset[int] | None = None) -> set[int]:
    """The sections that stay."""
    nodes, targets_of, gone = graph.nodes, graph.targets, out(graph, cut)
    start = graph.roots if roots is None else roots
    if not graph.collected:  # what was not placed then is discarded, or a second copy
        start = frozenset(index for index, node in enumerate(nodes) if node.placed)
    seen, groups, edges = set[int](), set[int](), cut.edges or {}
    new = set(start - gone)
    while new:  # as far as the next reference leads, all at once
        seen |= new
        cut_off = new & edges.keys()
        due = set[int]().union(*map(targets_of.__getitem__, new - cut_off if cut_off else new))
        for index in cut_off:
            left = (edge for edge in nodes[index].edges if edge not in edges[index])
            due.update(edge.target for edge in left if edge.target >= 0)
        for index in new & cut.gained.keys() if cut.gained else ():
            due.update(target for target in cut.gained[index] if target >= 0)
        due -= gone
        for group in [nodes[index].group for index in new if nodes[index].group]:
            # By identity: the graph holds a group's one tuple; two equal ones would only be added twice.
            if id(group) not in groups:
                groups.add(id(group))
                due.update(set(group) - cut.nodes)
        new = due - seen
    return seen


def out(graph: Graph, cut: Cut) -> frozenset[int]:
    """The sections that no reference can bring in: they are not compiled, or their object is not linked."""
    linked = _linked(graph, cut)
    if len(linked) == len(graph.objects):
        return cut.nodes
    unlinked = [rows for number, rows in enumerate(graph.sections) if number not in linked]
    return cut.nodes.union(*unlinked) - _taken_over(graph, cut, linked)


def _taken_over(graph: Graph, cut: Cut, linked: frozenset[int]) -> set[int]:
    """Copies of objects that are not linked any more, in whose place comes the same from one that is."""
    return {
        index
        for index, others in graph.copies.items()
        if index not in cut.nodes
        and any(other not in cut.nodes and graph.nodes[other].object in linked for other in others)
    }


def _elements(graph: Graph, cut: Cut, live: Iterable[int]) -> set[int]:
    """Elements of live mergeable sections.

    The linker places all of them; the compiler leaves out those whose last mention is cut. An element that
    nothing named to begin with stays with its section.
    """
    cut_off = mentions(graph, cut)
    return {
        element
        for n in live
        for element, count in graph.nodes[n].holds
        if count == 0 or count > cut_off.get((n, element), 0)
    }


def mentions(graph: Graph, cut: Cut) -> dict[tuple[int, int], int]:
    """How many references that are cut name each element, by the section that it is in."""
    found: dict[tuple[int, int], int] = {}
    edges = [edge for n in cut.nodes for edge in graph.nodes[n].edges]
    edges.extend(edge for gone in (cut.edges or {}).values() for edge in gone)
    for edge in edges:
        if edge.element >= 0:
            key = (edge.target, edge.element)
            found[key] = found.get(key, 0) + 1
    return found


def _linked(graph: Graph, cut: Cut) -> frozenset[int]:
    """The objects that are linked at all: members stay out when nobody asks for them any more."""
    touched = {graph.nodes[n].object for n in (*cut.nodes, *(cut.edges or ()))}
    if not touched:
        return frozenset(range(len(graph.objects)))
    surviving = {o: _references(graph, o, cut) for o in touched}
    seen = set(graph.given)
    todo = list(seen)
    while todo:
        index = todo.pop()
        needs = graph.needs[index]
        if index in surviving:
            asked = {target for symbol, target in needs.items() if symbol in surviving[index]} - seen
        else:
            asked = set(needs.values()) - seen
        seen |= asked
        todo.extend(asked)
        if cut.gained:
            here = set(graph.sections[index]) & cut.gained.keys() - cut.nodes
            fresh = {graph.nodes[target].object for n in here for target in cut.gained[n]} - seen
            seen |= fresh
            todo.extend(fresh)
    return frozenset(seen)


def _references(graph: Graph, index: int, cut: Cut) -> set[str]:
    """Symbols that an object still names; also sections that the linker drops ask for members."""
    names: set[str] = set()
    for n in graph.sections[index]:
        if n not in cut.nodes:
            gone = cut.of(n)
            names.update(edge.symbol for edge in graph.nodes[n].edges if edge not in gone)
    return names


def calibrate(graph: Graph) -> Calibration:
    """Compares what the unmodified graph keeps with what the linker placed, in bytes of flash and RAM."""
    result = reach(graph)
    placed = missing = extra = 0
    for index, node in enumerate(graph.nodes):
        if node.merged or node.name.startswith(".eh_frame"):
            continue
        size = max(node.flash, node.ram)
        if node.placed:
            placed += size
            if index not in result.nodes:
                missing += size
        elif index in result.nodes:
            extra += node.raw
    simulated = pool_bytes(graph, result.elements)
    for pool, size in zip(graph.pools, simulated, strict=True):
        placed += pool.placed
        missing += max(pool.placed - size, 0)
        extra += max(size - pool.placed - pool.align + 1, 0)  # behind the last one nothing is padded
    return Calibration(placed, missing, extra)


def trusted(calibration: Calibration) -> bool:
    """Whether the graph describes the link well enough to predict from it."""
    error = max(calibration.missing_bytes, calibration.extra_bytes)
    return calibration.placed_bytes > 0 and error <= _TOLERANCE * calibration.placed_bytes


def pool_bytes(graph: Graph, live: Iterable[int]) -> list[int]:
    """The bytes that each pool takes when only these elements are in it."""
    members: list[dict[bytes, int]] = [{} for _ in graph.pools]
    for content, align, pool in map(graph.elements.__getitem__, live):
        members[pool][content] = align
    return [_pool(graph.pools[p], contents) for p, contents in enumerate(members)]


def _pool(pool: Pool, contents: Mapping[bytes, int]) -> int:
    if not pool.strings:
        return sum(aligned(len(c), align) for c, align in contents.items())
    hosts = hosts_of(list(contents), next(iter(contents.values()), 1))
    return sum(aligned(len(c), contents[c]) for c in hosts)
