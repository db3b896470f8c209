"""Any bytes are a boot header or a FormatError, and boot2 has an opinion on any header page."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import bootheader
    from imgcheck.targets.bl602 import BL602, offer
    from imgcheck.targets.bl602.offered import Fault

import mutated
import running


def one(data: bytes) -> None:
    """As a header alone and as a page with an image."""
    try:
        header = bootheader.parse(data)
        assert header.xtal in {"", *bootheader.XTALS.values()}
    except FormatError as error:
        assert error.position
    fault = offer.boot_fault(data[:176].ljust(4096, b"\xff") + data[176:], BL602.chip)
    assert fault is None or isinstance(fault, Fault)


running.run(one, mutated.words)
