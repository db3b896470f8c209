"""Any bytes are an XZ stream or a FormatError; what parses and unpacks has prices that add up."""

from zlib import crc32

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import xz, xzdata
    from imgcheck.targets.bl602 import packing

import mutated
import running

LIMIT = 0x20000


def repaired(data: bytes) -> bytes:
    """With fitting checksums of stream and block header: mutations behind them would never be reached."""
    out = bytearray(data)
    if len(out) > 24:
        out[8:12] = crc32(out[6:8]).to_bytes(4, "little")
        end = 12 + out[12] * 4
        if end + 4 <= len(out):
            out[end : end + 4] = crc32(out[12:end]).to_bytes(4, "little")
    return bytes(out)


def one(data: bytes) -> None:
    """The stream as it is and repaired."""
    for stream in (data, repaired(data)):
        plain, fault = xzdata.begin(stream, LIMIT)
        assert len(plain) <= LIMIT
        try:
            parsed = xz.parse(stream)
        except FormatError as error:
            assert error.position
            continue
        if fault is None and parsed.unpacked == len(plain) and not parsed.oddities:
            prices = packing.prices(stream, parsed.chunks)
            assert len(prices) == len(plain) + 1


running.run(one, mutated.words)
