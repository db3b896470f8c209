"""Macros given on a compiler's command line: `.debug_macro` (DWARF 5, section 6.3; GNU's for DWARF 4).

Only GCC's -g3 writes it. A definition outside any file has line 0: those are the compiler's own, which begin
with an underscore, and those of -D.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator

from imgcheck.errors import FormatError
from imgcheck.readers.leb128 import unsigned

LONG_DOUBLE = "__SIZEOF_LONG_DOUBLE__"  # which compilers predefine
_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_DEFINE, _UNDEF, _START, _END, _DEFINE_AT, _UNDEF_AT, _IMPORT = range(1, 8)
_WIDE_OFFSETS, _HAS_LINE_TABLE, _HAS_OPERANDS = 1, 2, 4  # flags of a unit
_GIVEN = struct.Struct("<2xI")
_MOST_UNITS = 100_000
# Definitions outside of any file, and those of files: most units have hundreds of each. So many at once: what
# a group took is kept while it is matched.
_OUTER = re.compile(rb"(?s:(?:\x05\0.{4}){1,1000})")
_LINE = rb"(?:[\x01-\x7f]|[\x81-\xff][\x80-\xff]*[\0-\x7f])"
_OF_FILES = re.compile(rb"(?s:(?:[\5\6]" + _LINE + rb".{4}|[\1\2]" + _LINE + rb"[^\0]*\0){1,1000})")


def command_line(data: bytes, strings: bytes) -> dict[str, str]:
    """Name -> replacement of each -D that all units agree on; `strings` is `.debug_str`.

    Raises FormatError where the section is broken. Time is linear in it.
    """
    found: dict[str, str] = {}
    differing: set[str] = set()
    offset, units = 0, 0
    while offset < len(data) and units < _MOST_UNITS:
        for outer, defined, raw, end in _unit(data, offset, strings, given=True):
            offset = end
            if not outer or not defined:
                continue
            name, _, value = raw.decode("utf-8", "replace").partition(" ")
            if not name or name.startswith("_") or "(" in name:
                continue
            if found.setdefault(name, value) != value:
                differing.add(name)
        units += 1
    return {name: value for name, value in found.items() if name not in differing}


def recorded(data: bytes, strings: bytes, names: Collection[str]) -> dict[str, frozenset[str]]:
    """All that some unit defines one of `names` as; those that a file undefines somewhere are left out.

    Raises FormatError as `command_line`.
    """
    wanted = {name.encode(): name for name in names}
    found: dict[str, set[str]] = {}
    undefined: set[str] = set()
    offset, units = 0, 0
    while offset < len(data) and units < _MOST_UNITS:
        for outer, defined, raw, end in _unit(data, offset, strings):
            offset = end
            word, _, value = raw.partition(b" ")
            name = wanted.get(word)
            if name is None:
                continue
            if defined:
                found.setdefault(name, set()).add(" ".join(value.decode("utf-8", "replace").split()))
            elif not outer:
                undefined.add(name)
        units += 1
    return {name: frozenset(values) for name, values in found.items() if name not in undefined}


def _unit(
    data: bytes, offset: int, strings: bytes, given: bool = False
) -> Iterator[tuple[bool, bool, bytes, int]]:
    """Each definition: outside of any file, defined and not undefined, its text; at last the unit's end.

    Asked for what was `given`, few of files are told, and few of the compiler's own, which begin with `_`.
    """
    where = f".debug_macro {offset:#x}"
    try:
        version, flags = _U16.unpack_from(data, offset)[0], data[offset + 2]
        if version not in (4, 5) or flags & _WIDE_OFFSETS:
            raise FormatError(f"macro unit of version {version}, flags {flags:#x}", position=where)
        pos = offset + 3 + (4 if flags & _HAS_LINE_TABLE else 0)
        if flags & _HAS_OPERANDS:
            raise FormatError("macro unit with opcodes of its own", position=where)
        depth = 0
        while True:
            if given and (files := _OF_FILES.match(data, pos)):
                pos = files.end()
            elif given and depth == 0 and (row := _OUTER.match(data, pos)):
                pos = row.end()
                for (at,) in _GIVEN.iter_unpack(row[0]):
                    if strings[at : at + 1] != b"_":
                        yield True, True, _text(strings, at), pos
            code = data[pos]
            pos += 1
            if code == 0:
                break
            if code in (_DEFINE, _UNDEF, _DEFINE_AT, _UNDEF_AT):
                line, pos = unsigned(data, pos)
                if code in (_DEFINE, _UNDEF):
                    end = data.index(b"\0", pos)
                    text, pos = data[pos:end], end + 1
                else:
                    text, pos = _text(strings, _U32.unpack_from(data, pos)[0]), pos + 4
                yield line == 0 and depth == 0, code in (_DEFINE, _DEFINE_AT), text, pos
            elif code == _START:
                _, pos = unsigned(data, pos)
                _, pos = unsigned(data, pos)
                depth += 1
            elif code == _END:
                depth -= 1
            elif code == _IMPORT:
                pos += 4
            else:
                raise FormatError(f"macro entry of kind {code}", position=f".debug_macro {pos - 1:#x}")
        yield False, True, b"", pos
    except (IndexError, ValueError, struct.error):
        raise FormatError("macro unit is truncated", position=where) from None


def _text(strings: bytes, at: int) -> bytes:
    end = strings.find(b"\0", at)
    return strings[at:end] if end >= 0 and at < len(strings) else b""
