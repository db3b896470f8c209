"""What files that were really published have, and those made from descriptions alone had not."""

from __future__ import annotations

import struct
from pathlib import Path

import chipfiles
import pytest
import releases

from imgcheck import targets
from imgcheck.api import files, release, tables
from imgcheck.devices.identify import identify
from imgcheck.errors import FormatError
from imgcheck.model import Identity
from imgcheck.readers import amebaz2, bekenflash, w600image, w800image
from imgcheck.targets.target import HEAD

RAW = chipfiles.code(6_000)
TABLES = {
    "bk7231t": (0x108700, 0x132000, 0xA6000),
    "bk7231n": (0x108700, 0x12A000, 0xA6000),
    "bk7231u": (0x110000, 0x132000, 0xAE000),
}


def known(data: bytes, name: str) -> Identity:
    return identify(data, name, targets.of_data(data[:HEAD], name))


def qio(chip: str, ua: bytes) -> bytes:
    app, start, size = TABLES[chip]
    rows = (
        ("bootloader", bekenflash.CRC_FLASH, 0, 0x10000),
        ("app", bekenflash.CRC_FLASH, 0x10000, app),
        ("download", "beken_onchip", start, size),
    )
    return chipfiles.qio_file(ua, rows)


def test_a_firmware_with_a_user_key_in_its_first_header_is_one() -> None:
    data = amebaz2.build((RAW, chipfiles.code(300)))
    assert data[224 + 32 : 224 + 64] != b"\xff" * 32
    assert known(data, "OpenRTL87X0C_1.18.299_ota.img").findings == ()
    assert known(data, "update.img").title == "RTL87X0C firmware"


@pytest.mark.parametrize("at", [8, 9, 4, 0])
def test_what_has_no_such_header_is_none(at: int) -> None:
    data = bytearray(amebaz2.build((RAW, chipfiles.code(300))))
    data[224 + at] ^= 0x55
    data[225 + at] ^= 0x55
    assert known(bytes(data), "update.img").kind == "unknown"


def test_a_mark_in_a_boot_loaders_code_is_no_partition(tmp_path: Path) -> None:
    path = tmp_path / "OpenBK7231U_QIO_1.18.300.bin"
    path.write_bytes(data := qio("bk7231u", chipfiles.ua_file(RAW, 1_183_744, tuya=False)))
    assert bekenflash.without_crc(data[: bekenflash.APP]).count(bekenflash.ENTRY_MAGIC) == 4
    assert [one.name for one in bekenflash.partitions(data)] == ["bootloader", "app", "download"]
    assert tables.lint([str(path)]).passed


@pytest.mark.parametrize("chip", TABLES)
def test_the_table_tells_a_uart_file_without_a_name(chip: str) -> None:
    tuya = chip != "bk7231u"
    found = known(qio(chip, chipfiles.ua_file(RAW, 978_944, tuya)), "flash.bin")
    assert (found.title, found.offset) == (f"{chip.upper()} QIO", 0)
    said = [one for one in found.findings if "which chip" in one]
    assert bool(said) is not tuya  # three more chips have the third table


def test_zero_keys_are_seen_without_a_name() -> None:
    found = known(qio("bk7231n", chipfiles.ua_file(RAW, 978_944, tuya=False)), "flash.bin")
    assert (found.title, found.findings) == ("BK7231N QIO (zero keys)", ())
    assert known(chipfiles.ua_file(RAW, 978_944, tuya=True), "bk7238.bin").title == "BK7238 UA (Tuya's key)"


@pytest.mark.parametrize(
    ("name", "chip"), [("esphome_bk7231n_app.bin", "BK7231N"), ("bk7252n.rbl", "BK7252N")]
)
def test_a_chip_in_any_name_is_believed(name: str, chip: str) -> None:
    found = known(chipfiles.rbl_file(RAW), name)
    assert (found.title, found.findings) == (f"{chip} RBL", ())


def test_an_update_that_says_no_chip_says_so(tmp_path: Path) -> None:
    path = tmp_path / "update.rbl"
    path.write_bytes(chipfiles.rbl_file(RAW))
    assert any("neither the file nor its name" in one for one in known(path.read_bytes(), path.name).findings)
    assert "taken for a BK7231T's" in repr(files.verify(path, files.Judges()))


@pytest.mark.parametrize("room", [978_944, 1_150_832])
def test_a_whole_flash_is_looked_at_as_far_as_its_application_goes(room: int) -> None:
    whole = qio("bk7231t", chipfiles.ua_file(RAW, room, tuya=True))
    dump = (whole.ljust(0x1E1000, b"\xff") + chipfiles.code(5_000, 9)).ljust(2 << 20, b"\xff")
    found = known(dump, "dump.bin")
    assert (found.title, found.findings) == ("BK7231T QIO", ())
    assert ("whole flash, looked at", len(whole)) in found.fields
    broken = bytearray(dump)
    broken[bekenflash.APP + 100] ^= 1
    assert any("CRC-16" in one for one in known(bytes(broken), "dump.bin").findings)


def test_a_container_longer_than_its_partition_is_no_dump() -> None:
    whole = qio("bk7231n", chipfiles.ua_file(RAW, 1_183_744, tuya=True))  # as those of the _ALT builds are
    assert len(whole) > bekenflash.APP + 0x118F70
    assert bekenflash.parse(whole, bekenflash.APP).size == len(whole)


def test_the_boot_loader_in_a_fls_of_the_w600() -> None:
    data = chipfiles.w600_fls(RAW)
    whole, loader, image = w600image.parse(data)
    assert loader.body.count(struct.pack("<I", w600image.MAGIC)) == 1, "no image: it is in its code"
    assert data[20:32] == bytes(12), "a boot loader's length is that of its run image"
    assert image.body == RAW
    assert all(passed for one in (whole, loader, image) for _, passed in one.checks)
    assert known(data, "OpenW600_1.18.300.fls").findings == ()
    assert known(data, "update.bin").title == "W600 flash image"
    for at in (70, len(data) - 9):
        broken = bytearray(data)
        broken[at] ^= 1
        assert known(bytes(broken), "OpenW600_1.18.300.fls").findings


def test_both_parts_of_a_fls_without_a_header_of_its_own() -> None:
    loader = w600image.build(chipfiles.code(2_000, 6), type=w600image.SECBOOT)
    image = w600image.build(RAW)
    data = loader + image[:56].ljust(0x100, b"\xff") + image[56:]
    assert [one.type for one in w600image.parse(data)] == [2, 0]
    assert known(data, "OpenW600_1.18.300.fls").findings == ()


def test_a_boot_loader_alone_is_nothing_to_update_with() -> None:
    for loader in (
        w600image.build(RAW, type=w600image.SECBOOT),
        w800image.build(RAW, type=w800image.SECBOOT),
    ):
        found = known(loader, "secboot.img")
        assert found.method == "uart"
        assert "truncated or damaged" in found.findings[0]
        with pytest.raises(FormatError, match="OTA image"):
            target = targets.of_data(loader)
            target.opened(loader, "ota")  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", ["2M", "4M"])
def test_a_merged_image_is_linted_for_the_flash_that_its_table_is_for(tmp_path: Path, size: str) -> None:
    path = tmp_path / "merged.factory.bin"
    app = chipfiles.esp_image(4096, 5)
    path.write_bytes(chipfiles.esp_factory(app, releases.ESP_TABLES[size], 0))
    report = tables.lint([str(path)])
    assert report.passed, report.diagnostics


def test_published_kinds_in_one_release(tmp_path: Path) -> None:
    """Nothing of a sound release is damaged, whatever is in its headers."""
    (tmp_path / "OpenW600_1.18.300.fls").write_bytes(chipfiles.w600_fls(RAW))
    (tmp_path / "OpenRTL87X0C_1.18.300_ota.img").write_bytes(amebaz2.build((RAW, RAW)))
    report = release.judge([tmp_path])
    assert {one["verdict"] for one in dict(report.records)["assets"]} == {"fits"}
