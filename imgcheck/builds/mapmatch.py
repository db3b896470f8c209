"""Does this link map belong to this ELF? Both must agree on every section and every global symbol."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from imgcheck.builds.placement import Placed
from imgcheck.errors import FormatError
from imgcheck.readers.elf import SHF_TLS, SHT_NOBITS, STB_GLOBAL, STT_FUNC, STT_OBJECT, Elf
from imgcheck.readers.linkmap import LinkMap

_ADDRESS = 0xFFFFFFFF  # a map of a 64-bit ld prints 16 digits also for a 32-bit target


def check(elf: Elf, placed: tuple[Placed, ...], link_map: LinkMap) -> None:
    """Raise FormatError naming the first address that disagrees, or what a cut map lacks."""
    _sections(placed, link_map)
    _globals(elf, link_map)
    _rows(elf, placed, link_map)
    _whole(elf, link_map)


def _sections(placed: tuple[Placed, ...], link_map: LinkMap) -> None:
    outputs = {output.name: output for output in link_map.outputs}
    for section, load, _ in sorted(placed, key=lambda row: row.section.address):
        output = outputs.get(section.name)
        at = f"address {section.address:#x}"
        if output is None:
            raise _other(f"section {section.name} of the ELF is not in it", at)
        if output.address & _ADDRESS != section.address:
            raise _other(f"section {section.name} is at {output.address:#x} in it", at)
        if output.size != section.size:
            raise _other(
                f"section {section.name} has {output.size} bytes in it, {section.size} in the ELF", at
            )
        # The map has what follows .tbss behind it, but .tbss takes no room: ld loads that where it begins.
        apart = section.align if section.flags & SHF_TLS else 1
        wanted = load if output.load is None or section.type == SHT_NOBITS else output.load & _ADDRESS
        if abs(wanted - load) >= max(apart, 1):
            raise _other(
                f"section {section.name} loads at {output.load:#x} in it, at {load:#x} in the ELF", at
            )


def _globals(elf: Elf, link_map: LinkMap) -> None:
    """Compare the addresses of global symbols; C++ names are demangled in the map and find no partner."""
    values: dict[str, int] = {}
    for symbol in elf.symbols:
        if symbol.bind == STB_GLOBAL and symbol.size and symbol.type in (STT_FUNC, STT_OBJECT):
            values[symbol.name] = symbol.value
    wrong = [
        (value, address & _ADDRESS, name)
        for name, address in link_map.symbols
        if (value := values.get(name)) is not None and value != address & _ADDRESS
    ]
    if wrong:
        value, address, name = min(wrong)
        raise _other(f"{name} is at {address:#x} in it, at {value:#x} in the ELF", f"address {value:#x}")


def _rows(elf: Elf, placed: tuple[Placed, ...], link_map: LinkMap) -> None:
    """Every function and variable lies in some row, unless lines are missing in the middle."""
    inside = {section.index: section.name for section, _, _ in placed}
    spans = sorted((row.address & _ADDRESS, row.size) for row in link_map.inputs if row.size and row.output)
    starts = [start for start, _ in spans]
    ends = list(accumulate((start + size for start, size in spans), max))
    for symbol in elf.symbols:
        if symbol.size and symbol.type in (STT_FUNC, STT_OBJECT) and symbol.section in inside:
            before = bisect_right(starts, symbol.value)
            if not before or ends[before - 1] <= symbol.value:
                raise FormatError(
                    f"lines are missing, it was cut or mixed: no row of {inside[symbol.section]} holds "
                    f"{symbol.name}; give the map that was written with the ELF",
                    position=f"address {symbol.value:#x}",
                )


def _whole(elf: Elf, link_map: LinkMap) -> None:
    """A map cut between two lines lacks its last sections, or the end of its sorted cross reference table."""
    outputs = {output.name for output in link_map.outputs}
    for section in elf.sections:
        if section.name.startswith(".debug_") and section.size and section.name not in outputs:
            raise FormatError(f"truncated: it ends before section {section.name}, which the ELF has")
    if link_map.cross:
        placed = {name for name, _ in link_map.symbols}
        names = (
            s.name for s in elf.symbols if s.bind == STB_GLOBAL and s.size and not s.name.startswith("_Z")
        )
        last = max((name for name in names if name in placed), default="")
        if last and not link_map.mentions(last):
            raise FormatError(f"truncated: its cross reference table ends before {last}")


def _other(message: str, position: str) -> FormatError:
    return FormatError(f"the map is of another build: {message}", position=position)
