"""Containers of the other chips: parse or one FormatError, in bounded memory; garbage does not decrypt."""

import sys

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import (
        amebaz,
        amebaz2,
        bekenflash,
        espimage,
        esptable,
        ln882h,
        rbl,
        tuyaug,
        w600image,
        w800image,
    )

LIMIT = 1 << 18


def _rbl(data: bytes) -> None:
    assert len(rbl.unpack(rbl.parse(data), LIMIT)) <= LIMIT


def _sealed_rbl(data: bytes) -> None:
    # The header's CRC would stop nearly everything: this one fits.
    raw = b"x" * (data[0] if data else 0)
    _rbl(
        rbl.build(
            data[2:], raw, data[1] % 4 if len(data) > 1 else 2, data[1] // 4 % 4 if len(data) > 1 else 1
        )
    )


def _w800(data: bytes) -> None:
    for one in w800image.parse(data):
        if one.packed:
            w800image.unpack(one, LIMIT)


def _w600(data: bytes) -> None:
    for one in w600image.parse(data):
        if one.packed:
            assert len(w600image.unpack(one, LIMIT)) <= LIMIT


def _ln882h(data: bytes) -> None:
    assert len(ln882h.unpack(ln882h.parse(data), LIMIT)) <= max(LIMIT, len(data))


def _qio(data: bytes) -> None:
    bekenflash.parse(data, bekenflash.APP)


READERS = (
    _rbl, _sealed_rbl, tuyaug.parse, bekenflash.parse, _qio, espimage.parse, esptable.parse, _w800, _w600,
    _ln882h, ln882h.flash, amebaz2.parse, amebaz2.flash, amebaz.parse, amebaz.ug, amebaz.flash,
)  # fmt: skip


def one(data: bytes) -> None:
    """The first byte chooses the reader."""
    if data:
        try:
            READERS[data[0] % len(READERS)](data[1:])
        except FormatError as error:
            assert error.message


atheris.Setup(sys.argv, one)
atheris.Fuzz()
