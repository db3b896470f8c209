"""Any bytes are an ELF whose sections can be read, or a FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import elf

import mutatedelf
import running


def one(data: bytes) -> None:
    """Every section's contents lie in the file, whatever its header claims."""
    try:
        parsed = elf.parse(data)
    except FormatError as error:
        assert str(error)
        return
    for section in parsed.sections:
        try:
            assert len(parsed.contents(section)) <= len(data)
        except FormatError as error:
            assert str(error)
    assert len(parsed.symbols) <= len(data) // 16


running.run(one, mutatedelf.elf)
