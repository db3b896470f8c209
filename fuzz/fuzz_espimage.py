"""An application image of an ESP32 parses or is one FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import espimage

import mutated
import running


def one(data: bytes) -> None:
    """The image as it is."""
    try:
        espimage.parse(data)
    except FormatError as error:
        assert error.message


running.run(one, mutated.words)
