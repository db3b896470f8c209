"""Containers of the RTL87X0C parse or are one FormatError: update and flash image."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import amebaz2

import mutated
import running


def one(data: bytes) -> None:
    """The file as each of them."""
    for parse in (amebaz2.parse, amebaz2.flash):
        try:
            parse(data)
        except FormatError as error:
            assert error.message


running.run(one, mutated.words)
