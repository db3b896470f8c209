"""A few sections of an ELF that is large, and nothing else of it: where most of it is of no use."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from struct import Struct

from imgcheck.readers import elf, files

_HEADER_BYTES = 52
_TABLE = Struct("<32xI")  # the ELF header: where the section headers are


def read(path: str | Path, names: Collection[str]) -> elf.Elf:
    """The ELF at `path` without symbols and segments, and of contents those of sections of these names alone.

    Raises FormatError as `elf.read`.
    """
    with files.named(path), files.partly(path) as (view, fill):
        fill(0, _HEADER_BYTES)
        if len(view) >= _HEADER_BYTES:
            (table,) = _TABLE.unpack_from(view)
            fill(table, len(view))  # linkers write it last
        for one in elf.parse(view, symbols=False).sections:  # which have no names yet
            if one.type == elf.SHT_STRTAB:
                fill(one.offset, one.size)
        found = replace(elf.parse(view, symbols=False), segments=())
        for one in found.sections:
            if one.name in names and one.type not in (elf.SHT_NOBITS, elf.SHT_NULL):
                fill(one.offset, one.size)
        return found
