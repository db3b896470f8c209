"""Containers of the RTL8710B parse or are one FormatError: update, UG and flash image."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import amebaz

import mutated
import running


def one(data: bytes) -> None:
    """The file as each of them."""
    for parse in (amebaz.parse, amebaz.ug, amebaz.flash):
        try:
            parse(data)
        except FormatError as error:
            assert error.message


running.run(one, mutated.words)
