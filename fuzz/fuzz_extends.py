"""Policies that extend each other and what ships are one policy, or an error that says where.

The input holds the files f0.toml, f1.toml … with a NUL between them.
"""

import posixpath

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError, ImgcheckError
    from imgcheck.policies import policy

import mutated
import running


def one(data: bytes) -> None:
    """The first file, with all that it extends."""
    files = {f"f{number}.toml": part for number, part in enumerate(data.split(b"\0")[:5])}

    def opened(path: str) -> bytes:
        found = files.get(posixpath.basename(path))
        if found is None:
            raise FormatError("No such file", path)
        return found

    try:
        policy.assemble("f0.toml", opened)
    except ImgcheckError as error:
        assert str(error) and "\n" not in str(error)


running.run(one, mutated.toml)
