"""Reads all objects of a link into one graph of sections, checked against the linker map."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import partial

from imgcheck.builds import placement
from imgcheck.model import Soc
from imgcheck.prediction import linkage, wrapping
from imgcheck.prediction.linkage import Edge, Graph, Node, Output
from imgcheck.prediction.linknodes import Linked, Sections, Space
from imgcheck.readers import objects
from imgcheck.readers.elf import SHF_ALLOC, SHF_TLS, SHT_NOBITS, Elf
from imgcheck.readers.linkmap import LinkMap

_LOCAL, _UNDEF, _WEAK = 0, 0, 2
# Input sections that the compiler names after what is in them; anything else is kept by the linker
# script when it is placed although nothing refers to it (KEEP).
_COMPILED = (".text", ".rodata", ".data", ".bss", ".sdata", ".sbss", ".srodata", ".tdata", ".tbss", "COMMON")
# Every object of an assembler has these, empty or not, and only --gc-sections drops them; sections of other
# names are also dropped as second copies of an inline function or by /DISCARD/.
_EMPTY = frozenset({".text", ".data", ".bss"})

_Target = tuple[int, int, str]  # node, offset in it, and the name where it is one for the linker


def build(linked: Sequence[Linked], linkmap: LinkMap, elf: Elf, soc: Soc) -> Graph:
    """The graph of a link: `linked` in link order, its map, and the linked ELF for what is loaded where.

    Roots are the entry point, symbols asked for on the command line (-u), and sections that their type or
    flags retain. What the linker script keeps by KEEP a map does not say: see `kept`.
    """
    spaces = _spaces(elf, soc)
    sections = Sections(linked, linkmap, spaces, elf.symbols)
    sections.collect()
    references = _References(sections, linkmap)
    needs = references.resolve()
    nodes, definitions = sections.nodes, sections.definitions
    asked = {name: definitions[name].node for _, by, name in linkmap.pulled if not by and name in definitions}
    # What an assignment names is linked for it, but stays for those who use what was assigned.
    named = {other for _, other in linkmap.aliases}
    roots = {node for name, node in asked.items() if name not in named}
    for index, node in enumerate(nodes):
        if node.placed and (
            node.retained
            or (node.code and node.address <= elf.entry < node.address + max(node.flash, node.ram))
        ):
            roots.add(index)
    graph = Graph(
        nodes=tuple(nodes),
        objects=tuple(path for path, _ in linked),
        sections=_sections_of(linked, nodes),
        targets=tuple(tuple({e.target for e in node.edges if e.target >= 0}) for node in nodes),
        elements=tuple(sections.elements),
        pools=tuple(sections.pool_rows),
        needs=needs,
        given=_given(linked, linkmap, needs, {nodes[n].object for n in asked.values()}),
        roots=frozenset(roots),
        collected=any(row.name in _EMPTY for row in linkmap.discarded),
        outputs=_outputs(elf, spaces, linkmap),
        coarse=frozenset(i for i, (_, obj) in enumerate(linked) if obj is None),
        optional=frozenset(references.optional),
        copies=_copies(nodes),
        offered=dict(linkmap.offered),
    )
    return replace(graph, roots=graph.roots | kept(graph))


def kept(graph: Graph) -> frozenset[int]:
    """Sections that the linker script must be keeping: placed, not reached, and not named by the compiler.

    A linker map does not print KEEP. What it places under a name of its own (`.init`,
    `.static_cli_cmds`) although nothing refers to it can only have been kept.
    """
    reached = linkage.reach(graph).nodes
    return frozenset(
        index
        for index, node in enumerate(graph.nodes)
        if node.placed and index not in reached and not node.merged and not node.name.startswith(_COMPILED)
    )


def _outputs(elf: Elf, spaces: Mapping[str, Space], linkmap: LinkMap) -> tuple[Output, ...]:
    """The output sections that the linker placed, by run address; .tbss takes no room where it lies."""
    found = []
    aligned: dict[str, list[tuple[int, int]]] = {}
    for name, address, unit in linkmap.aligned:
        if unit and not unit & unit - 1 and not address % unit:
            aligned.setdefault(name, []).append((address, unit))
    for section in elf.sections:
        space = spaces.get(section.name)
        thread_local = section.flags & SHF_TLS and section.type == SHT_NOBITS
        if space and section.flags & SHF_ALLOC and section.size and not thread_local:
            load = section.address + space.shift if space.flash else -1
            inside = section.address, section.address + section.size
            steps = tuple(one for one in aligned.get(section.name, ()) if inside[0] <= one[0] <= inside[1])
            found.append(
                Output(section.name, section.address, section.size, max(section.align, 1), load, steps)
            )
    return tuple(sorted(found, key=lambda output: output.address))


def _sections_of(linked: Sequence[Linked], nodes: Sequence[Node]) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in linked]
    for index, node in enumerate(nodes):
        found[node.object].append(index)
    return tuple(map(tuple, found))


def _given(
    linked: Sequence[Linked], linkmap: LinkMap, needs: Sequence[Mapping[str, int]], asked: set[int]
) -> frozenset[int]:
    """Objects that no symbol had to ask for; also those whose way in cannot be followed."""
    # No file asked for what -u, an assignment or --whole-archive asked for: no feature takes that away.
    pulled = {member for member, by, _ in linkmap.pulled if by}
    seen = {i for i, (path, _) in enumerate(linked) if path not in pulled} | asked
    given = set(seen)
    for start in range(len(linked) + 1):
        todo = list(given) if start == 0 else [start - 1]
        if start and start - 1 in seen:
            continue
        given.update(todo)
        seen.update(todo)
        while todo:
            for target in needs[todo.pop()].values():
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
    return frozenset(given)


def _spaces(elf: Elf, soc: Soc) -> dict[str, Space]:
    """What a byte of each output section takes: image, RAM or both."""
    placed = {row.section.index: row for row in placement.place(elf, soc)}
    spaces: dict[str, Space] = {}
    for section in elf.sections:
        if not section.flags & SHF_ALLOC or not section.size:
            continue
        ram = any(r.kind == "ram" and r.holds(section.address) for r in soc.regions)
        row = placed.get(section.index)  # None: .tbss, which takes no room
        flash = row is not None and row.in_image
        shift = row.load - section.address - soc.image_origin if row and flash else 0
        spaces[section.name] = Space(flash, ram, shift)
    return spaces


class _References:
    """Finds the section that each relocation refers to; used once, by `build`."""

    def __init__(self, sections: Sections, linkmap: LinkMap) -> None:
        self.sections = sections
        self.nodes = sections.nodes
        self.linked = sections.linked
        self.map = linkmap
        self.optional: set[tuple[int, str]] = set()
        read = (obj.symbols for _, obj in self.linked if obj is not None)
        self.turned = wrapping.meanings(read, sections.definitions.keys())
        self.turned |= wrapping.aliased(linkmap.aliases, sections.definitions)

    def resolve(self) -> tuple[dict[str, int], ...]:
        """Fills in the edges; gives what each object needs: symbol -> defining object."""
        needs: list[dict[str, int]] = []
        assigned = {name for name, _ in self.map.assignments}
        references = _references_by_object(self.map) if any(one.object is None for one in self.linked) else {}
        for number, (path, obj) in enumerate(self.linked):
            wanted: dict[str, int] = {}
            needs.append(wanted)
            here = self.sections.by_section[number]
            if obj is None:
                self._coarse_edges(number, references.get(path, ()), wanted)
                continue
            targets = self._targets(obj.symbols, here, assigned)
            for symbol, (target, _, name) in targets.items():
                if obj.symbols.sections[symbol] == _UNDEF and target >= 0 and name:
                    wanted[name] = self.nodes[target].object
                    if obj.symbols.binds[symbol] == _WEAK:
                        self.optional.add((number, name))
            for section in obj.tables.keys() & here.keys():
                self._edges(obj, section, here, targets)
            for members in objects.groups(obj.elf):
                self._group(tuple(here[m] for m in members if m in here))
        self._count_holders()
        return tuple(needs)

    def _count_holders(self) -> None:
        counts: dict[tuple[int, int], int] = {}
        for node in self.nodes:
            for edge in node.edges:
                if edge.element >= 0:
                    key = (edge.target, edge.element)
                    counts[key] = counts.get(key, 0) + 1
        for index, positions in self.sections.positions.items():
            holds = tuple((element, counts.get((index, element), 0)) for _, element in positions)
            self.nodes[index] = self.nodes[index]._replace(holds=holds)

    def _targets(
        self, symbols: objects.Symbols, here: Mapping[int, int], assigned: Set[str]
    ) -> dict[int, _Target]:
        """What each symbol of an object that has a name refers to."""
        found: dict[int, _Target] = {}
        for index, name in symbols.names.items():
            target, value = here.get(symbols.sections[index], -1), symbols.values[index]
            if symbols.binds[index] != _LOCAL:
                undefined = symbols.sections[index] == _UNDEF
                meant = self.turned.get(name, name) if undefined else name
                definition = self.sections.definitions.get(meant)
                if definition is None or (definition.rank >= 2 and meant in assigned):
                    target, value = -1, 0
                else:
                    target, value = definition.node, (value if target >= 0 else 0)
            found[index] = (target, value, name)
        return found

    def _edges(
        self, obj: objects.Object, section: int, here: Mapping[int, int], named: Mapping[int, _Target]
    ) -> None:
        edges: list[Edge] = []
        made = partial(tuple.__new__, Edge)  # half of what a call takes, and there are a hundred thousand
        places, values, count = obj.symbols.sections, obj.symbols.values, len(obj.symbols.values)
        index = here[section]
        positions, size = self.sections.positions, self.nodes[index].raw
        for offset, symbol, addend in objects.references(obj, section):
            found = named.get(symbol)
            if found is None:
                # Nine of ten symbols are labels, and most of what refers to one branches in its own section.
                if symbol >= count or (place := places[symbol]) == section:
                    continue
                found = here.get(place, -1), values[symbol], ""
            target, value, name = found
            if offset >= size:  # no linker takes such an object
                continue
            if target < 0:
                if name:
                    edges.append(made((offset, -1, name, -1, 0)))
                continue
            if target == index:
                continue
            element = -1
            if target in positions:
                element = _element_at(positions[target], value + addend)
            edges.append(made((offset, target, name, element, value + addend)))
        node = self.nodes[index]
        self.nodes[index] = node._replace(edges=tuple(edges))

    def _group(self, members: tuple[int, ...]) -> None:
        for member in members:
            self.nodes[member] = self.nodes[member]._replace(group=members)

    def _coarse_edges(self, number: int, names: Sequence[str], wanted: dict[str, int]) -> None:
        """Every section of an unread object refers to all that the object refers to, and to each other."""
        own = tuple(i for i, node in enumerate(self.nodes) if node.object == number)
        edges: list[Edge] = []
        for name in names:
            definition = self.sections.definitions.get(name)
            if definition and self.nodes[definition.node].object != number:
                wanted[name] = self.nodes[definition.node].object
                edges.append(Edge(0, definition.node, name, -1))
        for i in own:
            self.nodes[i] = self.nodes[i]._replace(edges=tuple(edges), group=own)


def _copies(nodes: Sequence[Node]) -> dict[int, tuple[int, ...]]:
    """The sections of groups that were placed, with those of other objects that were not for that."""
    others: dict[str, list[int]] = {}
    for index, node in enumerate(nodes):
        if node.group and not node.placed:
            others.setdefault(node.name, []).append(index)
    placed = [index for index, node in enumerate(nodes) if node.group and node.placed]
    return {index: tuple(others[nodes[index].name]) for index in placed if nodes[index].name in others}


def _element_at(positions: Sequence[tuple[int, int]], offset: int) -> int:
    where = bisect_right(positions, (offset, len(positions) + 1 << 40)) - 1
    return positions[where][1] if where >= 0 else -1


def _references_by_object(linkmap: LinkMap) -> dict[str, list[str]]:
    """Symbols that each object refers to, from the map's cross reference table."""
    found: dict[str, list[str]] = {}
    for symbol, paths in linkmap.cref.items():
        for path in paths[1:]:
            found.setdefault(path, []).append(symbol)
    return found
