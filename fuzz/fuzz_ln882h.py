"""Updates and flash images of the LN882H parse or are one FormatError; LZMA bombs stay small."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import ln882h

import mutated
import running

LIMIT = 1 << 18


def one(data: bytes) -> None:
    """The file as each of them."""
    for parse in (_update, ln882h.flash):
        try:
            parse(data)
        except FormatError as error:
            assert error.message


def _update(data: bytes) -> None:
    assert len(ln882h.unpack(ln882h.parse(data), LIMIT)) <= max(LIMIT, len(data))


running.run(one, mutated.words)
