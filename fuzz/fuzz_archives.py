"""Any bytes are an archive whose index and members can be read, or a FormatError."""

from io import BytesIO

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.prediction import outside
    from imgcheck.readers import archives, objects

import mutatedelf
import running


def one(data: bytes) -> None:
    """Names lie in the index, and what a member brings in is of sections that it has."""
    try:
        found = archives.parse(BytesIO(data))
        assert sum(map(len, found.places)) <= len(data)
        for member in objects.parse(memoryview(data)):
            brought = outside.read(f"liba.a({member.name})", member.data, relaxed=True)
            assert all(part.size >= 0 for part in brought.parts.values())
    except FormatError as error:
        assert str(error)


running.run(one, mutatedelf.archive)
