"""Any bytes are a device tree, blob or source, or a FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import devicesource, devicetree

import mutated
import running


def one(data: bytes) -> None:
    """A blob as it is; a source after decoding."""
    try:
        devicetree.parse(data)
    except FormatError as error:
        assert str(error)
    try:
        devicesource.parse(devicesource.decode(data).text)
    except FormatError as error:
        assert str(error)


running.run(one, mutated.dts)
