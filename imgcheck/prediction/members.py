"""What do variables lose when members of their types go, or arrays in those types become shorter?

Which members a type has, and where they stand in the source, is what DWARF says; the type is laid out again
without them, by the rules of the ABI (each member at a multiple of its alignment). A type that these rules do
not reproduce as it is (odd attributes) is left alone. What has no padding either way is taken for
not packed, and an alignment that a member has as well for the member's: DWARF does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import NamedTuple

from imgcheck.builds.locating import Index
from imgcheck.errors import FormatError
from imgcheck.prediction.cutting import Loss, Removal, Shortened
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.mentions import Change
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.prediction.spans import disjoint
from imgcheck.readers import dwarf, linemap
from imgcheck.readers.elf import Elf
from imgcheck.readers.structures import (
    AGGREGATES,
    ARRAY,
    BASE,
    ENUM,
    POINTER,
    REFERENCE,
    UNION,
    Member,
    Structures,
    Type,
    structures,
)

_POINTER = 4  # bytes, of the 32-bit chips
_DEEPEST = 64  # types in types


class Shape(NamedTuple):
    """What a type takes: bytes, and the multiple of which its address is; `bits` of a bit-field, else 0."""

    size: int
    align: int
    bits: int = 0


class Rules(NamedTuple):
    """How a structure or union is laid out."""

    packed: bool
    align: int  # its own, beside that of its members
    union: bool


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
    concerned = {path: one for path, one in changes.items() if one.members or one.resized}
    if not concerned:
        return removal
    losses = dict(removal.losses)
    for number, origin in origins.items():
        here = concerning(origin, concerned)
        units = (unit for source in sorted(origin.sources) for unit in types.of(source)) if here else ()
        smaller = [one for unit, files in units for one in _smaller(unit, files, here)]
        for index in graph.sections[number] if smaller else ():
            node = graph.nodes[index]
            if node.placed and not node.code and not node.merged and index not in removal.cut.nodes:
                loss = losses.get(index, Loss(()))
                end = node.address + max(node.flash, node.ram)
                spans = {
                    (at + _left(at, now, loss.shortened), at + was)
                    for at, was, now in smaller
                    if node.address <= at and at + was <= end
                }
                if spans:
                    losses[index] = loss._replace(spans=disjoint([*loss.spans, *spans]))
    return replace(removal, losses=losses)


def _left(at: int, size: int, array: Shortened | None) -> int:
    """The bytes of a variable of that size, of which there may be fewer elements as well."""
    return size * array.after // array.before if array is not None and array.start == at else size


def _smaller(
    unit: Structures, files: Sequence[str], changes: Mapping[str, Change]
) -> Iterator[tuple[int, int, int]]:
    """Variables whose types become smaller: address, size before and after."""

    def goes(member: Member) -> bool:
        path = files[member.file] if 0 < member.file < len(files) else ""
        return path in changes and member.line in changes[path].members

    def ratio(member: Member) -> tuple[int, int]:
        path = files[member.file] if 0 < member.file < len(files) else ""
        return changes[path].resized.get((member.line, member.name), (1, 1)) if path in changes else (1, 1)

    if any(goes(one) or ratio(one) != (1, 1) for kind in unit.types.values() for one in kind.members):
        shapes = Shapes(unit.types)
        left = Left(unit.types, shapes, goes, ratio)
        for variable in unit.variables:
            before, after = shapes.of(variable.type), left.of(variable.type)
            if before and after and 0 < after.size < before.size:
                yield variable.address, before.size, after.size


class Shapes:
    """Sizes and alignments of types as they are built."""

    def __init__(self, types: Mapping[int, Type]) -> None:
        self._types = types
        self._known: dict[int, Shape | None] = {}

    def of(self, at: int, depth: int = 0) -> Shape | None:
        """The shape of the type at an offset, None where it cannot be told."""
        if at not in self._known:
            self._known[at] = None  # a type that holds itself has no size
            one = self._types.get(at)
            if one is not None and depth < _DEEPEST:
                self._known[at] = self._shape(at, one, depth + 1)
        return self._known[at]

    def rules(self, at: int, depth: int) -> Rules | None:
        """How a type is laid out; None where neither way gives what was built."""
        one = self._types[at]
        shapes = [_field(self.of(member.type, depth), member) for member in one.members]
        if one.size < 0:
            return None
        widest = max((shape.align for shape in shapes if shape), default=1)
        own = one.align if one.align > widest else 1  # GCC shows that of a member as its owner's too
        for packed in (False, True):
            found = Rules(packed, own, one.tag == UNION)
            shape, places = _laid_out(found, shapes)
            same = all(m.bits or m.offset in {-1, at} for m, at in zip(one.members, places, strict=False))
            if shape is not None and shape.size == one.size and same:
                return found
        return None

    def _members(self, at: int, depth: int) -> list[Shape | None]:
        return [_field(self.of(member.type, depth), member) for member in self._types[at].members]

    def _aggregate(self, at: int, depth: int) -> Shape | None:
        rules = self.rules(at, depth)
        return None if rules is None else _laid_out(rules, self._members(at, depth))[0]

    def _shape(self, at: int, one: Type, depth: int) -> Shape | None:
        if one.tag in {POINTER, REFERENCE}:
            size = one.size if one.size > 0 else _POINTER  # clang leaves it out
            return Shape(size, size)
        if one.tag in {BASE, ENUM}:
            return Shape(one.size, one.size) if one.size > 0 else None
        if one.tag in AGGREGATES:
            return self._aggregate(at, depth)
        inner = self.of(one.of, depth)
        if inner is None or (one.tag == ARRAY and (not one.counts or min(one.counts) < 0)):
            return None
        return Shape(inner.size * (prod(one.counts) if one.tag == ARRAY else 1), max(inner.align, one.align))


class Left(Shapes):
    """The same without those members that go, and with arrays of other lengths, which `ratio` gives."""

    def __init__(
        self,
        types: Mapping[int, Type],
        built: Shapes,
        goes: Callable[[Member], bool],
        ratio: Callable[[Member], tuple[int, int]] = lambda _: (1, 1),
    ) -> None:
        super().__init__(types)
        self._built = built
        self._goes = goes
        self._ratio = ratio

    def rules(self, at: int, depth: int) -> Rules | None:
        """As it was built."""
        return self._built.rules(at, depth)

    def _members(self, at: int, depth: int) -> list[Shape | None]:
        return [self._member(one, depth) for one in self._types[at].members if not self._goes(one)]

    def _member(self, member: Member, depth: int) -> Shape | None:
        shape, (was, now) = _field(self.of(member.type, depth), member), self._ratio(member)
        if shape is None or was == now:
            return shape
        # Of several dimensions one may be another: what is left over says that it is not as it was read.
        return None if not was or shape.size % was else Shape(shape.size // was * now, shape.align)


def _field(shape: Shape | None, member: Member) -> Shape | None:
    """The shape of a member of a type of that shape."""
    return shape._replace(bits=member.bits) if shape is not None and member.bits else shape


def _laid_out(rules: Rules, members: Sequence[Shape | None]) -> tuple[Shape | None, list[int]]:
    """What a structure or union of these members takes, and where each of them lies.

    A bit-field goes on where the one before it ended, unless it would not lie in one unit of its type then
    (System V ABI, chapter 3, "Bit-Fields", which the RISC-V psABI repeats).
    """
    end, most, places = 0, rules.align, list[int]()  # the end in bits
    for shape in members:
        if shape is None:
            return None, []
        align, unit = 1 if rules.packed else shape.align, 8 * shape.size
        place = 0 if rules.union else end
        if not shape.bits or (not rules.packed and place % unit + shape.bits > unit):
            place = -(-place // (8 * align)) * 8 * align
        places.append(place // 8)
        end, most = max(end, place + (shape.bits or unit)), max(most, align)
    return Shape(-(-end // (8 * most)) * most, most), places
