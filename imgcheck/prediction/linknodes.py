"""Takes the objects of a link apart into sections and shared elements, with what the map placed of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple

from imgcheck.builds import mergedrows
from imgcheck.prediction.linkage import Element, Node, Pool
from imgcheck.readers.elf import (
    SHF_ALLOC,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHT_NULL,
    Elf,
    Section,
    Symbol,
)
from imgcheck.readers.linkmap import InputSection, LinkMap
from imgcheck.readers.objects import Object, Symbols

_LOCAL, _WEAK = 0, 2
_COMMON = 0xFFF2
_RETAINED_TYPES = frozenset({14, 15, 16})  # init, fini and preinit arrays
_GNU_RETAIN = 0x200000


class Linked(NamedTuple):
    """One object of the link: its path as the map prints it, and what it is, None if it could not be read."""

    path: str
    object: Object | None


class Space(NamedTuple):
    """Where an output section lies: what a byte of it takes, and the way from run address to image offset."""

    flash: bool
    ram: bool
    shift: int


class Definition(NamedTuple):
    """The section that defines a global symbol."""

    rank: int  # lower wins: placed strong, placed weak, strong, weak
    node: int


class Sections:
    """All sections of the linked objects, without the references between them yet."""

    def __init__(
        self,
        linked: Sequence[Linked],
        linkmap: LinkMap,
        spaces: Mapping[str, Space],
        symbols: Sequence[Symbol],
    ) -> None:
        self.linked = linked
        # Names of placed symbols: the map's are demangled, as in its cross references; the ELF's are not.
        named = {(address, name) for name, address in linkmap.symbols}
        known = [(one.value, one.name) for one in symbols if one.bind != _LOCAL and one.name]
        named.update(known)
        self.places = {name: address for address, name in known}
        self.named = sorted(named) if any(one.object is None for one in linked) else []
        self.spaces = spaces
        self.nodes: list[Node] = []
        self.elements: list[Element] = []
        self.element_index: dict[tuple[int, bytes], int] = {}
        self.pools: dict[tuple[str, int, int, bool], int] = {}
        self.pool_rows: list[Pool] = []
        self.by_section: list[dict[int, int]] = []  # per object: section index -> node
        self.positions: dict[int, list[tuple[int, int]]] = {}  # merged node -> (offset, element)
        self.definitions: dict[str, Definition] = {}
        self.rows = _rows_by_path(linkmap)
        self.extents = mergedrows.extents(linkmap)
        self.turns = {row: turn for turn, row in enumerate(linkmap.inputs) if row.output in spaces}
        self.taken: dict[str, dict[str, int]] = {}

    def collect(self) -> None:
        """Takes every object apart, in link order."""
        for number, (path, obj) in enumerate(self.linked):
            placed, dropped = self.rows.get(path, ({}, {}))
            taken = self.taken.setdefault(path, {})  # shared by members of the same name
            here: dict[int, int] = {}
            self.by_section.append(here)
            if obj is None:
                self._coarse(number, placed)
                continue
            symbols, shown = _symbols_by_section(obj.symbols), _shown_outside(obj.symbols)
            for section in obj.elf.sections:
                if not section.flags & SHF_ALLOC or section.type == SHT_NULL:
                    continue
                turn = taken.get(section.name, 0)
                taken[section.name] = turn + 1
                rows = placed.get(section.name, ())
                row = rows[turn] if turn < len(rows) else None
                if row is None and section.name not in dropped and section.size == 0:
                    continue
                here[section.index] = len(self.nodes)
                node = self._node(number, section, row, symbols.get(section.index, ()))
                if section.index not in shown:
                    node = node._replace(local=True)
                if len(node.symbols) > 1 and not node.code:
                    node = node._replace(hidden=_hidden(obj.symbols, section.index))
                self.nodes.append(node)
                if section.flags & SHF_MERGE and section.entry_size:
                    self._merged(len(self.nodes) - 1, obj.elf, section, row)
            self._common(number, obj.symbols, placed, here)
            self._define(obj.symbols, here)

    def _node(
        self, number: int, section: Section, row: InputSection | None, symbols: Sequence[tuple[str, int, int]]
    ) -> Node:
        retained = section.type in _RETAINED_TYPES or bool(section.flags & _GNU_RETAIN)
        address, size, turn, space = 0, 0, 0, Space(False, False, 0)
        if row is not None:
            address, size = row.address, row.size
            if section.flags & SHF_MERGE:
                size = self.extents.get(row, (size, 0))[0]
                turn = self.turns.get(row, 0)
            space = self.spaces.get(row.output, space)
        return Node(
            object=number,
            section=section.index,
            name=section.name,
            output=row.output if row else "",
            address=address,
            offset=address + space.shift if space.flash else -1,
            flash=size if space.flash else 0,
            ram=size if space.ram else 0,
            raw=section.size,
            align=section.align,
            code=bool(section.flags & SHF_EXECINSTR),
            placed=row is not None and (space.flash or space.ram),
            retained=retained,
            merged=bool(section.flags & SHF_MERGE and section.entry_size),
            symbols=tuple(symbols),
            row=turn,
        )

    def _merged(self, index: int, elf: Elf, section: Section, row: InputSection | None) -> None:
        strings = bool(section.flags & SHF_STRINGS)
        output = row.output if row else ".rodata"
        align = max(section.align, 1)
        key = (output, section.entry_size, align, strings)
        space = self.spaces.get(output, Space(True, False, 0))
        if key not in self.pools:
            self.pools[key] = len(self.pool_rows)
            self.pool_rows.append(
                Pool(
                    section=output,
                    strings=strings,
                    flash=space.flash,
                    ram=space.ram,
                    placed=0,
                    start=0,
                    align=align,
                )
            )
        pool = self.pools[key]
        if row and row.size:
            old = self.pool_rows[pool]
            size, padding = self.extents.get(row, (row.size, 0))
            self.pool_rows[pool] = replace(
                old,
                placed=old.placed + size + (padding if padding < old.align else 0),
                start=min(old.start or row.address, row.address),
            )
        data = bytes(elf.contents(section))
        positions: list[tuple[int, int]] = []
        for offset, content in mergedrows.split(data, section.entry_size, align, strings):
            where = self.element_index.setdefault((pool, content), len(self.elements))
            if where == len(self.elements):
                self.elements.append(Element(content, align, pool))
            positions.append((offset, where))
        self.positions[index] = positions

    def _common(
        self,
        number: int,
        symbols: Symbols,
        placed: Mapping[str, Sequence[InputSection]],
        here: dict[int, int],
    ) -> None:
        rows = placed.get("COMMON", ())
        commons = [i for i in symbols.names if symbols.sections[i] == _COMMON]
        if not commons or not rows:
            return
        row, space = rows[0], self.spaces.get(rows[0].output, Space(False, True, 0))
        # Where several objects have one, it is the largest's; nobody knows where those of a stripped ELF are.
        called = symbols.names
        every = tuple((called[i], self.places.get(called[i], -1), symbols.sizes[i]) for i in commons)
        here_only = tuple(
            (name, at - row.address, size)
            for name, at, size in every
            if row.address <= at < row.address + row.size
        )
        names = _padded(here_only) or tuple((name, 0, size) for name, _, size in every)
        align = _shown(row.address, max(symbols.values[i] for i in commons))  # one's value is its alignment
        here[_COMMON] = len(self.nodes)
        self.nodes.append(
            Node(object=number, section=_COMMON, name="COMMON", output=row.output, address=row.address,
                 offset=-1, flash=0, ram=row.size if space.ram else 0, raw=row.size, align=align,
                 code=False, placed=True, retained=False, merged=False, symbols=names)
        )  # fmt: skip

    def _define(self, symbols: Symbols, here: Mapping[int, int]) -> None:
        for index, name in symbols.names.items():
            bind, section = symbols.binds[index], symbols.sections[index]
            if bind == _LOCAL or section not in here:
                continue
            node = here[section]
            if section == _COMMON and name not in {one for one, _, _ in self.nodes[node].symbols}:
                continue
            weak = bind == _WEAK or section == _COMMON
            rank = (0 if self.nodes[node].placed else 2) + (1 if weak else 0)
            self._offer(name, Definition(rank, node))

    def _offer(self, name: str, definition: Definition) -> None:
        old = self.definitions.get(name)
        if old is None or definition.rank < old.rank:
            self.definitions[name] = definition

    def _coarse(self, number: int, placed: Mapping[str, Sequence[InputSection]]) -> None:
        """An object that cannot be read: its sections from the map, with the symbols placed in them."""
        for name, rows in placed.items():
            for row in rows:
                space = self.spaces.get(row.output)
                if space is None:  # debug information
                    continue
                first = bisect_left(self.named, (row.address, ""))
                last = bisect_left(self.named, (row.address + row.size, ""))
                symbols = tuple(
                    (symbol, address - row.address, 0) for address, symbol in self.named[first:last]
                )
                offset = row.address + space.shift if space.flash else -1
                flash, ram = (row.size if space.flash else 0), (row.size if space.ram else 0)
                align = _shown(row.address, 2 if name.startswith(".text") else 4)
                for symbol, _, _ in symbols:
                    self._offer(symbol, Definition(0, len(self.nodes)))
                self.nodes.append(
                    Node(object=number, section=-1, name=name, output=row.output, address=row.address,
                         offset=offset, flash=flash, ram=ram, raw=row.size, align=align, placed=True,
                         code=name.startswith(".text"), retained=False, merged=False, symbols=symbols)
                )  # fmt: skip


def _padded(names: Iterable[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    """Variables that follow each other, with the padding in front of each: it goes with them."""
    rows = sorted(names, key=itemgetter(1))
    ends = [0, *(at + size for _, at, size in rows)]
    fronts = [min(end, at) for end, (_, at, _) in zip(ends[:-1], rows, strict=True)]
    return tuple((name, at, end - at) for (name, _, _), at, end in zip(rows, fronts, ends[1:], strict=True))


def _shown(address: int, most: int) -> int:
    """The widest alignment of at most `most` that an address shows.

    A wider one may be a piece's own, but then what lies in front of it would be told wrong.
    """
    return min(most & -most or 1, address & -address or most or 1)


Rows = dict[str, list[InputSection]]


def _rows_by_path(linkmap: LinkMap) -> dict[str, tuple[Rows, Rows]]:
    """For each object path: its placed and its dropped rows, by section name, in the map's order."""
    found: dict[str, tuple[Rows, Rows]] = {}
    for which, rows in enumerate((linkmap.inputs, linkmap.discarded)):
        for row in rows:
            if row.object:
                found.setdefault(row.path, ({}, {}))[which].setdefault(row.name, []).append(row)
    return found


def _shown_outside(symbols: Symbols) -> set[int]:
    """The sections that define what other objects may refer to."""
    return {symbols.sections[index] for index in symbols.names if symbols.binds[index] != _LOCAL}


def _hidden(symbols: Symbols, section: int) -> frozenset[str]:
    """What a section defines that no other object knows."""
    named, binds = symbols.names.items(), symbols.binds
    return frozenset(name for i, name in named if symbols.sections[i] == section and binds[i] == _LOCAL)


def _symbols_by_section(symbols: Symbols) -> dict[int, list[tuple[str, int, int]]]:
    found: dict[int, list[tuple[str, int, int]]] = {}
    for index, name in symbols.names.items():
        section = symbols.sections[index]
        if 0 < section < 0xFF00:
            found.setdefault(section, []).append((name, symbols.values[index], symbols.sizes[index]))
    return found
