"""The boot header against the vendor's tool, and against damage."""

import importlib.util
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.errors import FormatError
from imgcheck.readers import bootheader


def vendor(name: str) -> Path:
    spec = importlib.util.find_spec("bflb_iot_tool")
    if not spec or not spec.origin:
        pytest.skip("bflb-iot-tool is not installed")
    return Path(spec.origin).parent / name


def test_the_sdks_header_for_openbeken() -> None:
    header = bootheader.parse(bootheader.build(0x12340))
    assert header.bootcfg == 0x00033300
    assert (header.img_len, header.entry, header.img_start) == (0x12340, 0, 0x2000)
    assert header.sha256 == b"\xef\xbe\xad\xde" + bytes(28)
    assert header.crc == bootheader.IGNORED
    assert (header.crc_ignored, header.hash_ignored, header.no_segment) == (True, True, True)
    assert (header.sign, header.encrypt, header.xtal) == (0, 0, "40M")
    assert header.flash_fits
    assert header.clock_fits
    assert not header.crc_fits


def test_a_header_with_checksums() -> None:
    image = bytes(range(256)) * 3
    raw = bootheader.build(len(image), sha256(image).digest(), img_start=0x1000, xtal="26M")
    header = bootheader.parse(raw + image)
    assert header.bootcfg == 0x3300
    assert header.crc_fits
    assert header.sha256 == sha256(image).digest()
    assert header.xtal == "26M"


def test_flash_configuration_is_the_vendors_for_ef4015() -> None:
    """The vendor's description of that chip, put where the vendor's key table says."""
    keys: dict[str, Any] = {}
    exec(vendor("libs/bl602/bootheader_cfg_keys.py").read_text(), keys)
    table = next(v for k, v in keys.items() if isinstance(v, dict) and "io_mode" in v)
    data = bytearray(96)
    data[12:] = bootheader.flash_any()
    for line in vendor("utils/flash/bl602/W25Q16JV_ef4015.conf").read_text().splitlines():
        name, _, value = (part.strip() for part in line.partition("="))
        if name not in table:
            continue
        bits = int(table[name]["bitlen"])
        at = int(table[name]["offset"]) + int(table[name]["pos"]) // 8
        data[at : at + bits // 8] = int(value, 0).to_bytes(bits // 8, "little")
    assert bootheader.flash_ef4015() == data[12:]


def test_page() -> None:
    page = bootheader.page(bootheader.build(16))
    assert len(page) == 4096
    assert set(page[176:]) == {0xFF}


def test_a_page_fits_the_image_behind_it() -> None:
    image = bytes(range(256))
    for was, now in (
        (bootheader.build(16), bootheader.build(256)),
        (bootheader.build(16, bytes(32)), bootheader.build(256, sha256(image).digest())),
    ):
        assert bootheader.fitted(bootheader.page(was), image) == bootheader.page(now)
    for other in (b"", b"\xff" * 4096, bootheader.build(16)[:100]):
        assert bootheader.fitted(other, image) == other


FIELDS = {
    "flash_fits": [*range(8, 100)],
    "clock_fits": [*range(100, 116)],
    "crc_fits": [*range(4, 176)],
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_byte_breaks_its_checksum(field: str) -> None:
    good = bootheader.build(64, bytes(32))
    assert getattr(bootheader.parse(good), field)
    for offset in FIELDS[field]:
        bad = bytearray(good)
        bad[offset] ^= 1
        assert not getattr(bootheader.parse(bytes(bad)), field), offset


def test_what_is_no_header_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.bin"
    file.write_bytes(bootheader.build(16)[:100])
    with pytest.raises(FormatError, match=r"x\.bin: the boot header ends after 100 of 176 bytes"):
        bootheader.read(file)
    with pytest.raises(FormatError, match="BFNP"):
        bootheader.parse(b"\xff" * 4096)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for head in (b"", bootheader.MAGIC):
        try:
            header = bootheader.parse(head + data)
        except FormatError as error:
            assert error.position
        else:
            assert header.xtal in {"", *bootheader.XTALS.values()}
            assert header.crc_fits in {True, False}
