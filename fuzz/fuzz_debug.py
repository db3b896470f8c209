"""Macros, units and line tables of damaged debug information are read, or refused; none of it costs much."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import dwarf, linemap, macros, units
    from imgcheck.readers.entries import Sections

import mutatedelf
import running

NAMES = (".debug_info", ".debug_abbrev", ".debug_str", ".debug_line", ".debug_line_str", ".debug_aranges")


def one(data: bytes) -> None:
    """The bytes stand for each section in turn, and cut in six for all of them."""
    cut = max(len(data) // len(NAMES), 1)
    parts = {name: memoryview(data)[at * cut : (at + 1) * cut] for at, name in enumerate(NAMES)}
    for sections in (parts, dict.fromkeys(NAMES, memoryview(data))):
        try:
            units.parse(sections)
        except FormatError as error:
            assert str(error)
    try:
        macros.command_line(data, data)
    except FormatError as error:
        assert str(error)
    try:
        for program in linemap.programs(data, data, data):
            linemap.run(data, program)
    except FormatError as error:
        assert str(error)
    try:
        found = Sections(*(bytes(part) for part in parts.values()))
        for unit in dwarf.units(found):
            list(dwarf.inlined(found, unit))
    except FormatError as error:
        assert str(error)


running.run(one, mutatedelf.elf)
