"""How much RAM a build takes before its first instruction: sections by region, and the heap that is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from imgcheck.builds.placement import Placed
from imgcheck.model import ELSEWHERE, HEAP_SHARED, Diagnostic, Location, Region, RegionUse, Soc
from imgcheck.readers.elf import STB_GLOBAL, Elf
from imgcheck.wording import commas

_WORD = 1 << 32


def _values(elf: Elf, names: Iterable[str]) -> dict[str, int]:
    wanted = frozenset(names)
    return {s.name: s.value for s in elf.symbols if s.name in wanted and s.bind == STB_GLOBAL}


def heap(elf: Elf, soc: Soc) -> int | None:
    """Bytes of all heaps before anything is allocated, None where a heap symbol is missing."""
    values = _values(elf, soc.heap_symbols)
    if len(values) < len(soc.heap_symbols):
        return None
    return sum(value - _WORD if value >= _WORD // 2 else value for value in values.values())


def heaps(elf: Elf, soc: Soc) -> dict[str, tuple[int, int]]:
    """Start and end of each heap by the name of the symbol whose value is its size: it fills a region up."""
    names = {size: size.removesuffix("_size") + "_start" for size in soc.heap_symbols}
    values = _values(elf, (*names, *names.values()))
    return {
        size: (values[start], values[start] + values[size] & _WORD - 1)
        for size, start in names.items()
        if size in values and start in values
    }


def regions(elf: Elf, soc: Soc) -> tuple[Region, ...]:
    """The RAM regions as this build's linker script had them.

    Scripts move the border between two regions (for exchange memory of a radio controller, say), and
    a heap fills its region up, so `_heap_start + _heap_size` is the true end. The next region starts there if
    it bordered on this one.
    """
    filling = heaps(elf, soc)
    found: list[Region] = []
    nominal = [region for region in soc.regions if region.kind == "ram"]
    for number, region in enumerate(nominal):
        origin, length = region.origin, region.length
        if found and nominal[number - 1].origin + nominal[number - 1].length == origin:
            end = origin + length
            origin = found[-1].origin + found[-1].length
            length = max(end - origin, 0)  # what one gains the next one loses, unless its heap says otherwise
        size = soc.heap_symbols[number] if number < len(soc.heap_symbols) else ""
        if size in filling:
            start, end = filling[size]
            if origin <= start <= end <= origin + 2 * region.length:
                length = end - origin
        found.append(replace(region, origin=origin, length=length))
    return tuple(found)


def counted_from(placed: Iterable[Placed], found: Iterable[Region]) -> dict[int, int]:
    """For each section in RAM, by index, the run address from which on its bytes are not another's too."""
    here = tuple(found)
    inside = [row.section for row in placed if any(region.holds(row.section.address) for region in here)]
    counted: dict[int, int] = {}
    taken = 0
    for section in sorted(inside, key=lambda section: section.address):
        counted[section.index] = max(section.address, taken)
        taken = max(taken, section.address + section.size)
    return counted


def elsewhere(placed: Iterable[Placed], found: Iterable[Region], soc: Soc, path: str) -> Iterator[Diagnostic]:
    """What runs at addresses of no region that the chip is known to have: no figure of RAM holds it."""
    known = (*found, *(region for region in soc.regions if region.kind != "ram"))
    for section, _, _ in placed:
        if section.name in soc.excluded_sections or any(region.holds(section.address) for region in known):
            continue
        yield Diagnostic(
            ELSEWHERE,
            "warning",
            f"section {section.name} has {commas(section.size)} bytes at {section.address:#x}, where no "
            "known region of the chip is: they count in no region of RAM",
            Location(path),
            help="If the chip has memory there, the figures lack the section; if not, correct the script.",
            subject=section.name,
        )


def shared(elf: Elf, placed: Iterable[Placed], soc: Soc, path: str) -> Iterator[Diagnostic]:
    """Bytes that a heap of the linker script has, and a section or another heap as well."""
    filling = heaps(elf, soc)
    taken = [
        (f"section {one.section.name}", one.section.address, one.section.address + one.section.size)
        for one in placed
        if one.section.name not in soc.excluded_sections
    ]
    for name, (start, end) in filling.items():
        others = ((f"the heap of {other}", *span) for other, span in filling.items() if other > name)
        for what, first, last in (*taken, *others):
            both = min(end, last) - max(start, first)
            if both > 0:
                yield Diagnostic(
                    HEAP_SHARED,
                    "error",
                    f"the heap of {name} ({start:#x} to {end:#x}) lies over {commas(both)} bytes of {what}: "
                    "so much of it is not there",
                    Location(path),
                    help="Correct where the heap starts or how large it is in the linker script.",
                    subject=name,
                )


def uses(placed: Iterable[Placed], found: Iterable[Region], counted: dict[int, int]) -> tuple[RegionUse, ...]:
    """How full each region is: stacks count, heaps do not."""
    used = dict.fromkeys(found, 0)
    for section, _, _ in placed:
        region = next((region for region in used if region.holds(section.address)), None)
        if region is not None:
            used[region] += max(0, section.address + section.size - counted[section.index])
    return tuple(RegionUse(region.name, size, region.length) for region, size in used.items())
