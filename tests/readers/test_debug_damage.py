"""Damaged debug sections are read as far as they go, or refused; found by fuzz/fuzz_objects.py."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from imgcheck.errors import FormatError
from imgcheck.readers import dwarf, linemap, objects

SEED = Path(__file__).resolve().parents[2] / "fuzz" / "corpus" / "objects" / "debug"
OBJECT = objects.load(memoryview(SEED.read_bytes()))
INFO, ABBREV, TEXT, LINE = (
    objects.relocated(OBJECT, name)[0]
    for name in (".debug_info", ".debug_abbrev", ".debug_str", ".debug_line")
)


def walk(info: bytes, abbrev: bytes, text: bytes = TEXT) -> list[str]:
    sections = dwarf.Sections(info, abbrev, text)
    found = []
    for unit in dwarf.units(sections):
        found.append(unit.name)
        for call in dwarf.inlined(sections, unit):
            assert call.ranges
    return found


def lines(line: bytes) -> None:
    for program in linemap.programs(line):
        linemap.run(line, program)


def survives(read: Callable[[], object]) -> None:
    try:
        read()
    except FormatError as error:
        assert error.position


def test_whole_sections_are_read() -> None:
    assert walk(INFO, ABBREV) == ["table.c"]


@pytest.mark.parametrize("section", ["info", "abbrev", "text", "line"])
def test_truncated_anywhere(section: str) -> None:
    whole = {"info": INFO, "abbrev": ABBREV, "text": TEXT, "line": LINE}[section]
    for size in range(len(whole)):
        cut = whole[:size]
        if section == "line":
            survives(partial(lines, cut))
        else:
            parts = {"info": INFO, "abbrev": ABBREV, "text": TEXT} | {section: cut}
            survives(partial(walk, **parts))


@pytest.mark.parametrize("value", [0x00, 0x7F, 0x80, 0xFF])
def test_any_byte_replaced(value: int) -> None:
    for position in range(len(INFO)):
        damaged = INFO[:position] + bytes([value]) + INFO[position + 1 :]
        survives(partial(walk, damaged, ABBREV))
    for position in range(len(ABBREV)):
        damaged = ABBREV[:position] + bytes([value]) + ABBREV[position + 1 :]
        survives(partial(walk, INFO, damaged))
    for position in range(len(LINE)):
        damaged = LINE[:position] + bytes([value]) + LINE[position + 1 :]
        survives(partial(lines, damaged))
