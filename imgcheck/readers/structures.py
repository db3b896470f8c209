"""Types and variables of a compile unit: members, lengths and addresses (DWARF 2-5, chapter 5)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers.entries import Sections, Tables, Unit, read
from imgcheck.readers.leb128 import unsigned

ARRAY, CLASS, ENUM, MEMBER, POINTER = 0x01, 0x02, 0x04, 0x0D, 0x0F
STRUCTURE, TYPEDEF, UNION, INHERITANCE, SUBRANGE, BASE = 0x13, 0x16, 0x17, 0x1C, 0x21, 0x24
CONST, VARIABLE, VOLATILE, REFERENCE = 0x26, 0x34, 0x35, 0x10
AGGREGATES = frozenset({STRUCTURE, CLASS, UNION})
_TYPES = AGGREGATES | {ARRAY, ENUM, POINTER, TYPEDEF, BASE, CONST, VOLATILE, REFERENCE}
_READ = _TYPES | {MEMBER, INHERITANCE, SUBRANGE, VARIABLE}

_LOCATION, _NAME, _SIZE, _UPPER, _COUNT, _OFFSET = 0x02, 0x03, 0x0B, 0x2F, 0x37, 0x38
_FILE, _LINE, _SPECIFICATION, _TYPE, _ORIGIN, _ALIGN = 0x3A, 0x3B, 0x47, 0x49, 0x31, 0x88
_BITS = 0x0D  # bit_size
_WANTS = frozenset({
    _LOCATION, _NAME, _SIZE, _UPPER, _COUNT, _OFFSET, _BITS,
    _FILE, _LINE, _SPECIFICATION, _TYPE, _ORIGIN, _ALIGN,
})  # fmt: skip
_NO_BOUND = 0xFFFFFFFF  # what GCC writes as the last index of an array without elements


class Member(NamedTuple):
    """A member of a structure, class or union, or what it inherits; `type` is an entry's offset."""

    name: str
    file: int  # number in the unit's line program
    line: int
    type: int
    offset: int  # -1 where the entry does not say
    bits: int  # of a bit-field, 0 of any other member


class Type(NamedTuple):
    """An entry that a variable's type can be made of."""

    tag: int
    name: str
    size: int  # bytes; -1 where the entry does not say
    of: int  # offset of the type that it is an array, qualifier or name of; -1 for none
    align: int  # as written in the source, 0 for none
    members: list[Member]
    counts: list[int]  # of an array, by dimension; -1 where that is not a number


class Variable(NamedTuple):
    """A variable with an address of its own."""

    name: str
    type: int
    address: int


class Structures(NamedTuple):
    """What a compile unit says: types by the offset of their entry in the unit."""

    types: Mapping[int, Type]
    variables: tuple[Variable, ...]


def structures(sections: Sections, unit: Unit, tables: Tables) -> Structures:
    """The types and variables of a unit of a linked ELF. Raises FormatError for a broken entry."""
    info, pos = sections.info, unit.body
    types: dict[int, Type] = {}
    declared: dict[int, int] = {}  # variables without an address, and their types
    variables: list[tuple[str, int, int, int]] = []  # name, type, address, what it is specified by
    around: list[int] = []  # entries whose children are being read; -1 for one that is no type
    try:
        abbrevs = tables.at(unit.abbrev_offset)
        while pos < unit.end:
            at = pos - unit.offset
            code = info[pos]
            pos += 1
            if code >= 0x80:
                code, pos = unsigned(info, pos - 1)
            if code == 0:
                if around:
                    around.pop()
                continue
            abbrev = abbrevs[code]
            values: dict[int, int | str] = {}
            if abbrev.tag in _READ:
                values, pos = read(sections, pos, abbrev, _WANTS, {})
                _add(types, around[-1] if around else -1, at, abbrev.tag, values)
                if abbrev.tag == VARIABLE:
                    name, kind, address = _text(values), _number(values, _TYPE), _number(values, _LOCATION)
                    declared[at] = kind
                    if address >= 0:
                        origin = _number(values, _SPECIFICATION, _number(values, _ORIGIN))
                        variables.append((name, kind, address, origin))
            elif abbrev.size >= 0:
                pos += abbrev.size
            else:
                _, pos = read(sections, pos, abbrev, frozenset(), {})
            if abbrev.children:
                around.append(at if abbrev.tag in _TYPES else -1)
    except (IndexError, KeyError, struct.error, ValueError):
        raise FormatError("entry is broken", position=f".debug_info {pos:#x}") from None
    return Structures(
        types,
        tuple(Variable(n, kind if kind >= 0 else declared.get(o, -1), a) for n, kind, a, o in variables),
    )


def _add(types: dict[int, Type], parent: int, at: int, tag: int, values: Mapping[int, int | str]) -> None:
    """Adds a type, or a member or dimension to the type around it."""
    above = types.get(parent)
    if tag in _TYPES:
        types[at] = Type(
            tag=tag,
            name=_text(values),
            size=_number(values, _SIZE),
            of=_number(values, _TYPE),
            align=_number(values, _ALIGN, 0),
            members=[],
            counts=[],
        )
    elif above is not None and tag == SUBRANGE:
        upper, count = _number(values, _UPPER), _number(values, _COUNT)
        last = count if _COUNT in values else 0 if upper == _NO_BOUND else upper + 1
        above.counts.append(last)
    elif above is not None and tag in {MEMBER, INHERITANCE} and above.tag in AGGREGATES:
        offset = _number(values, _OFFSET, 0 if above.tag == UNION else -1)
        member = Member(
            _text(values),
            _number(values, _FILE, 0),
            _number(values, _LINE, 0),
            _number(values, _TYPE),
            offset,
            _number(values, _BITS, 0),
        )
        above.members.append(member)


def _number(values: Mapping[int, int | str], attribute: int, absent: int = -1) -> int:
    value = values.get(attribute, absent)
    return value if isinstance(value, int) else absent


def _text(values: Mapping[int, int | str]) -> str:
    value = values.get(_NAME, "")
    return value if isinstance(value, str) else ""
