"""The OTA header: built and read back, and every refusal."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.errors import FormatError
from imgcheck.readers import ota


@given(st.binary(max_size=50), st.one_of(st.none(), st.integers(0, 0xFFFFFFFE)), st.booleans())
def test_round_trip(body: bytes, unpacked: int | None, packed: bool) -> None:
    raw = ota.build(body, unpacked, packed=packed)
    assert len(raw) == ota.SIZE
    header = ota.parse(raw + body)
    assert header.length == len(body)
    assert header.unpacked_len == unpacked
    assert header.packed is packed
    assert header.sha256 == sha256(body).digest()
    assert header.ident == ota.IDENT


def test_fields_lie_where_the_device_reads_them() -> None:
    raw = ota.build(b"abc", 0x12345678)
    assert raw[:20] == b"BL60X_OTA_Ver1.0XZ  "
    assert raw[20:24] == b"\x03\0\0\0"
    assert raw[24:32] == bytes(range(1, 9))
    assert raw[32:48] == b"BFL_Module_v1.1\0"
    assert raw[48:64] == b"EVENT_V1.1.1\0\0\0\0"
    assert raw[96:100] == b"\x78\x56\x34\x12"
    assert set(raw[100:]) == {0xFF}


def test_a_short_or_other_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.ota"
    file.write_bytes(ota.build(b"", None)[:300])
    with pytest.raises(
        FormatError, match=r"x\.ota: the OTA header ends after 300 of 512 bytes \(offset 0x12c\)"
    ):
        ota.read(file)
    file.write_bytes(b"")
    with pytest.raises(FormatError, match=r"x\.ota: no OTA header"):
        ota.read(file)


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    for head in (b"", ota.IDENT):
        try:
            ota.parse(head + data)
        except FormatError as error:
            assert error.position
