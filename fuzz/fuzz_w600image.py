"""Images of the W600 parse or are one FormatError; gzip bombs stay small."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import w600image

import mutated
import running

LIMIT = 1 << 18


def one(data: bytes) -> None:
    """Every image of the file, unpacked."""
    try:
        for image in w600image.parse(data):
            if image.packed:
                assert len(w600image.unpack(image, LIMIT)) <= LIMIT
    except FormatError as error:
        assert error.message


running.run(one, mutated.words)
