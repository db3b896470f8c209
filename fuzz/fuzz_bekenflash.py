"""UA and QIO files of Beken chips parse or are one FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import bekenflash

import mutated
import running


def one(data: bytes) -> None:
    """The file as each of them."""
    for start in (0, bekenflash.APP):
        try:
            bekenflash.parse(data, start)
        except FormatError as error:
            assert error.message


running.run(one, mutated.words)
