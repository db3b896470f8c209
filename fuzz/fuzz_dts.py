"""Device tree source is a tree with partitions, by three readers, or refused; no file is opened."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import devicecompilers, devicesource, fixedpartitions

import mutated
import running


def one(data: bytes) -> None:
    """Read here, and by the vendor's compilers."""
    try:
        text = devicesource.decode(data[:20_000]).text
    except FormatError:
        return
    try:
        fixedpartitions.flashes(devicesource.parse(text))
    except FormatError as error:
        assert str(error)
    devicecompilers.first_mistake(text)
    try:
        devicecompilers.compile_like_vendor(text)
    except FormatError as error:
        assert str(error)


running.run(one, mutated.dts)
