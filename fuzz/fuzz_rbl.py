"""An RBL parses or is one FormatError; what it unpacks to is bounded, and garbage does not decrypt."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import rbl

import mutated
import running

LIMIT = 1 << 18


def one(data: bytes) -> None:
    """The file as it is, and a body behind a header that fits: its CRC would stop nearly everything."""
    _open(data)
    if len(data) > 2:
        _open(rbl.build(data[2:], b"x" * data[0], data[1] % 4, data[1] // 4 % 4))


def _open(data: bytes) -> None:
    try:
        assert len(rbl.unpack(rbl.parse(data), LIMIT)) <= LIMIT
    except FormatError as error:
        assert error.message


running.run(one, mutated.words)
