"""Which function, and which source line, is at an address of this ELF?"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers import linemap
from imgcheck.readers.elf import SHF_EXECINSTR, SHN_ABS, SHN_UNDEF, STT_FUNC, STT_NOTYPE, STT_OBJECT, Elf

RAM_ALIAS = 0x20000000  # the core fetches code of RAM at 0x22…, the linker places it at 0x42…


class Place(NamedTuple):
    """A symbol, the offset in it, and the line, "" and 0 where they are not known."""

    symbol: str
    offset: int
    source: str
    line: int


def places(elf: Elf, addresses: Iterable[int]) -> dict[int, Place]:
    """Where each address lies; those that no symbol holds are left out."""
    symbols = sorted(
        (one.value, one.size, one.name)
        for one in elf.symbols
        if one.name and not one.name.startswith("$") and one.section not in (SHN_UNDEF, SHN_ABS)
        and one.type in (STT_FUNC, STT_OBJECT, STT_NOTYPE)
    )  # fmt: skip
    starts = [value for value, _, _ in symbols]
    wanted = sorted(set(addresses))
    lines = _lines(elf, [alias for address in wanted for alias in (address, address + RAM_ALIAS)])
    found: dict[int, Place] = {}
    for address in wanted:
        for alias in (address, address + RAM_ALIAS):
            at = bisect_right(starts, alias) - 1
            if at < 0:
                continue
            value, size, name = symbols[at]  # of those at one address the one with the largest size
            if alias < value + size or (not size and _code(elf, alias)):
                found[address] = Place(name, alias - value, *lines.get(alias, ("", 0)))
                break
    return found


def _code(elf: Elf, address: int) -> bool:
    return any(
        one.flags & SHF_EXECINSTR and one.address <= address < one.address + one.size for one in elf.sections
    )


def _lines(elf: Elf, wanted: list[int]) -> dict[int, tuple[str, int]]:
    by_name = {section.name: section for section in elf.sections}
    wanted = sorted(wanted)
    found: dict[int, tuple[str, int]] = {}
    try:
        data, texts, strings = (
            bytes(elf.contents(by_name[name])) if name in by_name else b""
            for name in (".debug_line", ".debug_line_str", ".debug_str")
        )
        for program in linemap.programs(data, texts, strings):
            for sequence in linemap.run(data, program):
                found.update(_matched(program, sequence, wanted))
    except FormatError:
        pass  # lines are a bonus: what is broken, and what lies behind it, is left out
    return found


def _matched(
    program: linemap.Program, sequence: linemap.Sequence, wanted: list[int]
) -> Iterator[tuple[int, tuple[str, int]]]:
    if not sequence.rows or not sequence.rows[0][0]:  # code that the linker dropped keeps its lines at 0
        return
    at = bisect_right(wanted, sequence.rows[0][0] - 1)
    if at == len(wanted) or wanted[at] >= sequence.end:
        return
    rows = sorted(sequence.rows, key=lambda row: row[0])
    starts = [address for address, _, _ in rows]
    for address in wanted[at:]:
        if address >= sequence.end:
            return
        _, file, line = rows[bisect_right(starts, address) - 1]
        yield address, (program.files[file] if file < len(program.files) else "", line)
