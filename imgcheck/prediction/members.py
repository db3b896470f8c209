"""What do variables lose when members of their types go, or arrays in those types become shorter?

Which members a type has, and where they stand in the source, is what DWARF says; the type is laid out again
without them (`shapes`). A type that the source declares otherwise (a typedef, `packed`) is as
large as it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from imgcheck.builds.locating import Index
from imgcheck.errors import FormatError
from imgcheck.prediction.cutting import Loss, Removal, Shortened
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.mentions import Change
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.prediction.shapes import Left, Shapes
from imgcheck.prediction.spans import disjoint
from imgcheck.readers import dwarf, linemap
from imgcheck.readers.elf import Elf
from imgcheck.readers.structures import (
    Member,
    Structures,
    structures,
)


class Types:
    """The types of a linked ELF's units, each read when first asked for."""

    def __init__(self, elf: Elf, sources: Index) -> None:
        self._elf = elf
        self._sources = sources
        self._known: dict[int, Structures] = {}

    @cached_property
    def _contents(self) -> dwarf.Sections:
        return dwarf.Sections(
            *map(self._section, (".debug_info", ".debug_abbrev", ".debug_str", ".debug_line_str"))
        )

    def _section(self, name: str) -> bytes:
        section = next((one for one in self._elf.sections if one.name == name), None)
        return bytes(self._elf.contents(section)) if section else b""

    @cached_property
    def _units(self) -> Mapping[int, dwarf.Unit]:
        return {unit.lines: unit for unit in dwarf.units(self._contents)}

    @cached_property
    def _programs(self) -> Mapping[str, list[tuple[int, tuple[str, ...]]]]:
        """Line programs by the base names of the files that they name."""
        found: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        data = self._section(".debug_line")
        for program in linemap.programs(data, self._contents.line_strings, self._contents.strings):
            for base in {path.rsplit("/", 1)[-1] for path in program.files}:
                found.setdefault(base, []).append((program.offset, program.files))
        return found

    def of(self, source: str) -> Iterator[tuple[Structures, tuple[str, ...]]]:
        """The units that `source` is compiled to, with the path of each file number."""
        for offset, files in self._programs.get(source.rsplit("/", 1)[-1], ()):
            unit = self._units.get(offset)
            if unit is None or self._sources.find(unit.name) != source:
                continue
            if offset not in self._known:
                try:
                    self._known[offset] = structures(self._contents, unit, self._tables)
                except FormatError:  # what cannot be read changes nothing
                    self._known[offset] = Structures({}, ())
            yield self._known[offset], tuple(self._sources.find(path) if path else "" for path in files)

    @cached_property
    def _tables(self) -> dwarf.Tables:
        return dwarf.Tables(self._contents.abbrev)


def extended(
    graph: Graph, origins: Mapping[int, Origin], changes: Mapping[str, Change], types: Types, removal: Removal
) -> Removal:
    """The same removal, with what variables lose whose types lose members or lengths."""
    concerned = {path: one for path, one in changes.items() if one.members or one.resized or one.types}
    if not concerned:
        return removal
    losses = dict(removal.losses)
    for number, origin in origins.items():
        here = concerning(origin, concerned)
        units = (unit for source in sorted(origin.sources) for unit in types.of(source)) if here else ()
        others = [one for unit, files in units for one in _others(unit, files, here)]
        smaller = [one for one in others if one.after < one.before]
        if others:
            _retyped(graph, number, others, (removal, losses))
        for index in graph.sections[number] if smaller else ():
            node = graph.nodes[index]
            if node.placed and not node.code and not node.merged and index not in removal.cut.nodes:
                loss = losses.get(index, Loss(()))
                end = node.address + max(node.flash, node.ram)
                spans = {
                    (at + _left(at, now, loss.shortened), at + was)
                    for at, was, now, _ in smaller
                    if node.address <= at and at + was <= end
                }
                if spans:
                    losses[index] = loss._replace(spans=disjoint([*loss.spans, *spans]))
    return replace(removal, losses=losses)


def _left(at: int, size: int, array: Shortened | None) -> int:
    """The bytes of a variable of that size, of which there may be fewer elements as well."""
    return size * array.after // array.before if array is not None and array.start == at else size


_STEP = 16  # bytes of a function that copies what has another size, or steps over it


class _Other(NamedTuple):
    """A variable that gets another size: its address, bytes before and after.

    `retyped` is that it is not for members alone that go.
    """

    address: int
    before: int
    after: int
    retyped: bool


def _retyped(
    graph: Graph, number: int, others: Sequence[_Other], found: tuple[Removal, dict[int, Loss]]
) -> None:
    """Adds what variables grow by, and that code which uses those of another type is compiled otherwise."""
    removal, losses = found
    concerned, stepped = set[int](), set[int]()
    for index in graph.sections[number]:
        node = graph.nodes[index]
        if not node.placed or node.code or index in removal.cut.nodes:
            continue
        here = [one for one in others if 0 <= one.address - node.address < max(node.flash, node.ram)]
        more = sum(max(one.after - one.before, 0) for one in here)
        if more:
            loss = losses.get(index, Loss(()))
            losses[index] = loss._replace(added=loss.added + more)
        if any(one.retyped for one in here):
            concerned.add(index)
        elif here:
            stepped.add(index)
    for index, targets in enumerate(graph.targets):
        node = graph.nodes[index]
        if not node.code or not node.placed or index in removal.cut.nodes:
            continue
        unsure = (
            node.flash if not concerned.isdisjoint(targets) else _STEP * (not stepped.isdisjoint(targets))
        )
        if unsure:
            loss = losses.get(index, Loss(()))
            losses[index] = loss._replace(unsure=loss.unsure + unsure)


def _others(unit: Structures, files: Sequence[str], changes: Mapping[str, Change]) -> Iterator[_Other]:
    """Variables whose types become smaller or larger."""

    def goes(member: Member) -> bool:
        path = files[member.file] if 0 < member.file < len(files) else ""
        return path in changes and member.line in changes[path].members

    def ratio(member: Member) -> tuple[int, int]:
        path = files[member.file] if 0 < member.file < len(files) else ""
        return changes[path].resized.get((member.line, member.name), (1, 1)) if path in changes else (1, 1)

    types = {name: both for one in changes.values() for name, both in one.types.items()}
    named = any(kind.name in types for kind in unit.types.values()) if types else False
    if named or any(
        goes(one) or ratio(one) != (1, 1) for kind in unit.types.values() for one in kind.members
    ):
        shapes = Shapes(unit.types)
        left = Left(unit.types, shapes, goes, ratio)
        other = Left(unit.types, shapes, goes, ratio, types)
        for variable in unit.variables:
            before, after = shapes.of(variable.type), left.of(variable.type)
            new = other.of(variable.type) if named and before == after else after
            if before and new and new.size > 0 and new.size != before.size:
                yield _Other(variable.address, before.size, new.size, new != after)
