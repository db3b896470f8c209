"""Any bytes are an archive or object whose members and relocations can be read, or a FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import dwarf, linemap, objects

import mutatedelf
import running

STEPS = 2000  # enough to leave the first unit


def debug(parsed: objects.Object) -> None:
    """The debug sections of one object, as a prediction reads them."""
    lines, anchors = objects.relocated(parsed, ".debug_line")
    for _, program in zip(range(STEPS), linemap.programs(lines), strict=False):
        linemap.run(lines, program, anchors)
    info = objects.relocated(parsed, ".debug_info")[0]
    abbrev = objects.relocated(parsed, ".debug_abbrev")[0]
    text = objects.relocated(parsed, ".debug_str")[0]
    sections = dwarf.Sections(info, abbrev, text)
    for _, unit in zip(range(STEPS), dwarf.units(sections), strict=False):
        for _ in zip(range(STEPS), dwarf.inlined(sections, unit), strict=False):
            pass


def one(data: bytes) -> None:
    """Members lie in the file; their relocations refer to sections that exist."""
    try:
        members = objects.parse(memoryview(data))
        assert sum(len(member.data) for member in members) <= len(data)
        for member in members:
            parsed = objects.load(member.data)
            assert all(index < len(parsed.elf.sections) for index in parsed.tables)
            assert all(len(parsed.symbols.values) > index for index in parsed.symbols.names)
            for index in parsed.tables:
                objects.references(parsed, index)
            list(objects.groups(parsed.elf))
            debug(parsed)
    except FormatError as error:
        assert str(error)


running.run(one, mutatedelf.archive)
