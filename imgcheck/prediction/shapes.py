"""How large are types, as they were built and as they would be: each laid out by the rules of the ABI.

A type that these rules do not reproduce as it is (odd attributes) is left alone. What has no padding either
way is taken for not packed, and an alignment that a member has as well for the member's: DWARF does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from imgcheck.prediction.sources.declarations import Shape as Declared
from imgcheck.readers.structures import (
    AGGREGATES,
    ARRAY,
    BASE,
    ENUM,
    POINTER,
    REFERENCE,
    UNION,
    Member,
    Type,
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
        others: Mapping[str, tuple[Declared, Declared]] = {},
    ) -> None:
        """`others` are types of another size by their names, as the source declares them before and after."""
        super().__init__(types)
        self._others = others
        self._built = built
        self._goes = goes
        self._ratio = ratio

    def rules(self, at: int, depth: int) -> Rules | None:
        """As it was built."""
        return self._built.rules(at, depth)

    def _shape(self, at: int, one: Type, depth: int) -> Shape | None:
        old, new = self._others.get(one.name, (None, None))
        built = self._built.of(at) if old is not None else None
        if built is not None and old is not None and new is not None and built.size == old.size:
            return Shape(new.size, new.align)
        return super()._shape(at, one, depth)

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
