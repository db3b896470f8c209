"""Which source line each byte and each reference of an object's code belongs to, inlined calls included."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple

from imgcheck.builds.locating import Index
from imgcheck.errors import FormatError
from imgcheck.prediction.coderows import Inline, Row
from imgcheck.prediction.linkage import Graph, Node
from imgcheck.prediction.relaxation import follow
from imgcheck.readers import dwarf, linemap, objects
from imgcheck.readers.elf import Elf

_ROW = partial(tuple.__new__, Row)  # a record made from a tuple: half of what a call takes
_FIRST_ENTRY = 512  # bytes of .debug_info that hold the compile unit's own entry


def _contents(elf: Elf, name: str) -> bytes:
    section = next((s for s in elf.sections if s.name == name), None)
    return bytes(elf.contents(section)) if section else b""


class Linked(NamedTuple):
    """One sequence of a linked ELF, by column: a build has some 300,000 rows."""

    program: int  # offset of its program
    addresses: array[int]
    files: array[int]
    lines: array[int]
    end: int


class LinkedLines:
    """The line rows of a linked ELF, by the address that a piece of code starts at; read when first asked."""

    def __init__(self, elf: Elf, sources: Index) -> None:
        self.elf = elf
        self.sources = sources
        self.data = _contents(elf, ".debug_line")
        self.by_start: dict[int, Linked] = {}
        self._run: set[int] = set()  # offsets of programs
        self.paths: dict[int, tuple[str, ...]] = {}  # program offset -> tree path of each file number
        self.named: dict[int, tuple[str, ...]] = {}  # the same as the compiler has them

    def load(self, base_names: frozenset[str]) -> None:
        """Runs the programs that name a file of one of these base names."""
        for program in self._naming(base_names):
            if program.offset in self._run:
                continue
            self._run.add(program.offset)
            for sequence in linemap.run(self.data, program):
                start = sequence.rows[0][0]
                if start:  # what the linker dropped starts at 0
                    self.by_start[start] = _columns(sequence, program.offset)

    def calls(self, base_names: frozenset[str]) -> dict[int, tuple[Inline, ...]]:
        """The inlined calls of the units whose programs name such a file, by the offset of those."""
        return {program.offset: self._inlined(program.offset) for program in self._naming(base_names)}

    def _naming(self, base_names: frozenset[str]) -> Iterator[linemap.Program]:
        line_str, strings = _contents(self.elf, ".debug_line_str"), _contents(self.elf, ".debug_str")
        for program in linemap.programs(self.data, line_str, strings):
            if base_names.isdisjoint({path.rsplit("/", 1)[-1] for path in program.files}):
                continue
            if program.offset not in self.paths:
                self.named[program.offset] = program.files
                self.paths[program.offset] = tuple(
                    self.sources.find(path) if path else "" for path in program.files
                )
            yield program

    @cached_property
    def _units(self) -> dict[int, dwarf.Unit]:
        """Compile units by the offset of their line program."""
        return {unit.lines: unit for unit in dwarf.units(self._sections)}

    @cached_property
    def _sections(self) -> dwarf.Sections:
        names = (
            ".debug_info",
            ".debug_abbrev",
            ".debug_str",
            ".debug_line_str",
            ".debug_ranges",
            ".debug_rnglists",
        )
        return dwarf.Sections(*(_contents(self.elf, name) for name in names))

    @cached_property
    def _tables(self) -> dwarf.Tables:
        return dwarf.Tables(self._sections.abbrev)

    def _inlined(self, program: int) -> tuple[Inline, ...]:
        """The inlined calls of the unit whose line program starts at this offset."""
        unit = self._units.get(program)
        if unit is None:
            return ()
        paths = self.paths[program]
        return tuple(
            Inline(start, end, paths[call.file], call.line)
            for call in dwarf.inlined(self._sections, unit, self._tables)
            for start, end in call.ranges
            if call.file < len(paths)
        )


class Named(NamedTuple):
    """What an object says of its sources: those of its units, and every file that its lines are of."""

    units: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def source_files(obj: objects.Object) -> Named:
    """What an object's debug information names; nothing without that.

    An object that was linked of others (`ld -r`) has the units of all of them.
    """
    data = _contents(obj.elf, ".debug_line")
    if not data:
        return Named()
    if len(data) > 6 and data[4] >= 5:  # DWARF 5 keeps the names elsewhere, by relocated offsets
        data = objects.relocated(obj, ".debug_line")[0]
    strings, line_strings = _contents(obj.elf, ".debug_str"), _contents(obj.elf, ".debug_line_str")
    info, _ = objects.relocated(obj, ".debug_info", _FIRST_ENTRY)
    whole = _contents(obj.elf, ".debug_info")
    sections = dwarf.Sections(
        info + whole[len(info) :], _contents(obj.elf, ".debug_abbrev"), strings, line_strings
    )
    first = next(dwarf.units(sections, first_only=True), None)
    own: tuple[str, ...] = (first.name,) if first else ()
    if first and first.end < len(whole):
        info, _ = objects.relocated(obj, ".debug_info")
        own = tuple(dict.fromkeys(one.name for one in dwarf.units(sections._replace(info=info)) if one.name))
    programs = linemap.programs(data, line_strings, strings)
    return Named(own, tuple(path for program in programs for path in program.files if path))


Told = tuple[dict[int, tuple[Row, ...]], list[int]]  # rows by graph node, and the programs that they are from


def rows(graph: Graph, number: int, obj: objects.Object, lines: LinkedLines, binary: bytes) -> Told:
    """The rows of object `number`.

    A row pairs the object's offsets (where relocations are) with the linked addresses (where bytes are).
    """
    nodes = {graph.nodes[n].section: n for n in graph.sections[number]}
    data, anchors = objects.relocated(obj, ".debug_line")
    if not data:
        return from_linked(graph, number, lines, obj, binary)
    strings = (objects.relocated(obj, ".debug_line_str")[0], _contents(obj.elf, ".debug_str"))
    found: dict[int, list[Row]] = {}
    used: set[int] = set()
    for program in linemap.programs(data, *strings):
        paths = tuple(lines.sources.find(path) if path else "" for path in program.files)
        for sequence in linemap.run(data, program, anchors):
            index = nodes.get(sequence.section)
            if index is None:
                continue
            node = graph.nodes[index]
            linked = lines.by_start.get(node.address) if node.placed else None
            if linked:
                used.add(linked.program)
            made = _moved(binary, node, obj) if linked is None and node.code and node.placed else ()
            found.setdefault(index, []).extend(_paired(sequence, linked, paths, node, made))
    return {node: tuple(told) for node, told in found.items()}, sorted(used)


def from_linked(
    graph: Graph, number: int, lines: LinkedLines, obj: objects.Object | None = None, binary: bytes = b""
) -> Told:
    """The same from the linked ELF's rows alone, of an object that has no debug information or was not read.

    Relaxation tells where each row began in the object; one that was not read has no references to place.
    """
    found: dict[int, tuple[Row, ...]] = {}
    used: set[int] = set()
    for index in graph.sections[number]:
        node = graph.nodes[index]
        linked = lines.by_start.get(node.address) if node.placed and node.code else None
        if linked is None:
            continue
        used.add(linked.program)
        anchors = [(at, offset) for offset, at in _moved(binary, node, obj)] if obj else [(node.address, 0)]
        found[index] = tuple(_unpaired(linked, lines.paths[linked.program], node.section >= 0, anchors))
    return found, sorted(used)


def _moved(binary: bytes, node: Node, obj: objects.Object) -> list[tuple[int, int]]:
    """Where code of an object went: pairs of an offset and its run address, behind each gap."""
    shift = node.address - node.offset
    return [
        (0, node.address),
        *(
            (one.offset + one.size, one.at + shift + one.size - one.left_out)
            for one in (follow(binary, node, obj) if node.offset >= 0 else ())
            if one.left_out
        ),
    ]


def _columns(sequence: linemap.Sequence, program: int) -> Linked:
    try:
        addresses, files, lines = (array("q", column) for column in zip(*sequence.rows, strict=True))
    except OverflowError:
        where = f".debug_line {program:#x}"
        raise FormatError("line number program counts beyond any address", position=where) from None
    return Linked(program, addresses, files, lines, sequence.end)


def _unpaired(
    linked: Linked, paths: Sequence[str], placed: bool, anchors: Sequence[tuple[int, int]]
) -> Iterator[Row]:
    def before(address: int) -> int:
        if not placed:
            return -1
        at, offset = anchors[bisect_right(anchors, (address, 1 << 40)) - 1]
        return offset + address - at

    ends = [*linked.addresses[1:], linked.end]
    for start, file, line, end in zip(linked.addresses, linked.files, linked.lines, ends, strict=True):
        yield _ROW((before(start), before(end), start, end, paths[file] if file < len(paths) else "", line))


def _paired(
    sequence: linemap.Sequence,
    linked: Linked | None,
    paths: Sequence[str],
    node: Node,
    moved: Sequence[tuple[int, int]],
) -> Iterator[Row]:
    """One row per line change; without a linked twin (an ELF that was stripped) relaxation tells addresses.

    They are scaled to what the linker placed where that does not tell either.
    """

    def after(offset: int) -> int:
        begin, at = moved[bisect_right(moved, (offset, 1 << 40)) - 1]
        return min(at + offset - begin, node.address + max(node.flash, node.ram))

    own = sequence.rows
    ends = [row[0] for row in own[1:]] + [sequence.end]
    if linked is not None and len(linked.addresses) == len(own):
        starts = linked.addresses.tolist()
        stops = [*starts[1:], linked.end]
    elif moved:
        starts = [after(row[0]) for row in own]
        stops = list(map(after, ends))
    else:
        raw, size = node.raw or 1, max(node.flash, node.ram)
        starts = [node.address + row[0] * size // raw for row in own]
        stops = [node.address + end * size // raw for end in ends]
    offsets, files, lines = zip(*own, strict=True)
    named = [paths[file] if file < len(paths) else "" for file in files]
    yield from map(_ROW, zip(offsets, ends, starts, stops, named, lines, strict=True))
