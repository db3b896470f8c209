"""A partition table of an ESP32 parses or is one FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import esptable

import mutated
import running


def one(data: bytes) -> None:
    """The table as it is."""
    try:
        esptable.parse(data)
    except FormatError as error:
        assert error.message


running.run(one, mutated.words)
