"""A UG file parses or is one FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import tuyaug

import mutated
import running


def one(data: bytes) -> None:
    """The file as it is."""
    try:
        tuyaug.parse(data)
    except FormatError as error:
        assert error.message


running.run(one, mutated.words)
