"""Any bytes are a link map, perhaps an empty one, or a FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import crossreference, linkmap

import mutated
import running

HEAD = b"\nLinker script and memory map\n\n"


def one(data: bytes) -> None:
    """The map as it is, and behind the heading that a memory map has."""
    for text in (data, HEAD + data):
        try:
            parsed = linkmap.parse(text)
        except FormatError as error:
            assert str(error)
            continue
        assert len(parsed.inputs) <= len(text)
        _ = (parsed.cref, parsed.discarded, parsed.pulled)  # read on demand
    crossreference.lonely(data)
    crossreference.mentions(data, ["main", "puts"])


running.run(one, mutated.linkmap)
