"""Images of the W800 parse or are one FormatError; gzip bombs stay small."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import w800image

import mutated
import running

LIMIT = 1 << 18


def one(data: bytes) -> None:
    """Every image of the file, unpacked."""
    try:
        for image in w800image.parse(data):
            if image.packed:
                w800image.unpack(image, LIMIT)
    except FormatError as error:
        assert error.message


running.run(one, mutated.words)
