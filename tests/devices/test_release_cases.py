"""Cases from OpenBeken's issues and pull requests, each with its bytes and the verdict that explains it."""

import gzip
from pathlib import Path
from typing import Any

import chipfiles
import pytest
import releases

from imgcheck.api import release
from imgcheck.readers import amebaz, tuyaug, w600image, w800image
from imgcheck.targets import find
from imgcheck.targets.overair import OverAir

APP = chipfiles.code(60_000)


def judge(folder: Path, name: str, data: bytes, *layouts: str, lfs: int | None = None) -> dict[str, Any]:
    """The row of one file."""
    path = folder / name
    path.write_bytes(data)
    report = release.judge([path], layout_names=layouts, lfs=lfs)
    (row,) = dict(report.records)["assets"]
    assert report.passed is (row["verdict"] in ("fits", "no slot known") and not row["remarks"])
    return dict(row)


@pytest.mark.parametrize(
    ("name", "size", "limit", "verdict"),
    [
        ("OpenBK7231T_1.17.335.rbl", 498_416, 495_616, "loses data"),  # 996
        ("OpenBK7231T_dev_20231213_0123456789ab.rbl", 500_048, 495_616, "loses data"),  # 996
        ("OpenBK7231T_1.17.290.rbl", 495_616, 495_616, "fits"),
        ("OpenBK7231N_1.17.743.rbl", 498_416, 647_168, "fits"),  # 968, 1305, 1385: no problem on N
        ("OpenBK7231N_1.17.453.rbl", 532_480, 647_168, "fits"),  # 1010: size does not explain that loss
        ("OpenBK7238_1.18.252.rbl", 505_808, 462_848, "loses data"),  # 2176
        ("OpenBK7238_1.18.255.rbl", 507_056, 462_848, "loses data"),
        ("OpenBK7238_1.18.260.rbl", 507_456, 462_848, "loses data"),
        ("OpenBK7238_1.18.265.rbl", 507_552, 462_848, "loses data"),
        ("OpenBK7238_1.18.271.rbl", 507_728, 462_848, "loses data"),
        ("OpenBK7238_1.18.291.rbl", 504_480, 462_848, "loses data"),
        ("OpenBK7252N_1.18.180.rbl", 488_272, 462_848, "loses data"),  # 1792
        ("OpenBK7252_1.18.180.rbl", 488_448, 462_848, "loses data"),  # 1792
    ],
)
def test_littlefs_under_updates_of_beken_chips(
    tmp_path: Path, name: str, size: int, limit: int, verdict: str
) -> None:
    row = judge(tmp_path, name, chipfiles.rbl_file(APP, size))
    assert (row["size"], row["limit"], row["verdict"]) == (size, limit, verdict)
    assert row["headroom"] == limit - size
    assert row["overwrites"] == (["LittleFS"] if verdict == "loses data" else [])
    assert size <= row["slot"], "it is no question of the slot"
    assert "strict or not unknown" in row["checked_by"]


def test_the_end_that_a_reported_log_has(tmp_path: Path) -> None:
    target = find("bk7238")
    assert isinstance(target, OverAir)
    found = target.judged(target.opened(chipfiles.rbl_file(APP, 505_808), "rbl"), target.layouts()[0], "rbl")
    assert found and found.end == 0x1AD7D0


@pytest.mark.parametrize("chip", ["BK7238", "BK7252N"])
def test_after_littlefs_moved_the_same_file_is_safe(tmp_path: Path, chip: str) -> None:
    data = chipfiles.rbl_file(APP, 507_728)
    before = judge(tmp_path, f"Open{chip}_1.18.271.rbl", data)
    assert (before["limit"], before["verdict"]) == (462_848, "loses data")
    assert {one["verdict"] for one in before["others"]} == {"fits"}, "both verdicts are there"
    after = judge(tmp_path, f"Open{chip}_1.18.271.rbl", data, f"{chip.lower()}-lfs-1d8000")
    assert (after["limit"], after["verdict"]) == (679_936, "fits")


def test_a_larger_littlefs_would_explain_1010(tmp_path: Path) -> None:
    data = chipfiles.rbl_file(APP, 532_480)
    assert judge(tmp_path, "OpenBK7231N_1.17.454.rbl", data)["verdict"] == "fits"
    large = judge(tmp_path, "OpenBK7231N_1.17.454.rbl", data, lfs=0x27000)
    assert (large["limit"], large["verdict"]) == (647_168 - 0x27000 + 0x8000, "loses data")


@pytest.mark.parametrize(
    ("name", "size", "verdict", "headroom"),
    [
        ("OpenBK7231T_UG_1.18.279_irRemoteESP.bin", 562_352, "loses data", 495_616 - 562_320),  # 2049
        ("OpenBK7231T_UG_1.18.279_powerMetering.bin", 497_712, "loses data", -2_064),
        ("OpenBK7231N_UG_1.18.279_irRemoteESP.bin", 580_944, "fits", 647_168 - 580_912),
        ("OpenBK7231N_UG_1.18.279_tuyaMCU.bin", 518_528, "fits", 647_168 - 518_496),
        ("OpenBK7231N_UG_1.18.279_powerMetering.bin", 519_392, "fits", 647_168 - 519_360),
        ("OpenBK7231N_UG_1.18.279_battery.bin", 472_032, "fits", 647_168 - 472_000),
    ],
)
def test_ug_files_are_judged_by_the_rbl_in_them(
    tmp_path: Path, name: str, size: int, verdict: str, headroom: int
) -> None:
    row = judge(tmp_path, name, tuyaug.build(chipfiles.rbl_file(APP, size - 32)))
    assert (row["size"], row["verdict"], row["headroom"]) == (size, verdict, headroom)


def test_rtl87x0c_at_98_65_per_cent_that_nobody_checks(tmp_path: Path) -> None:
    firmware = releases._rtl87x0c(None, "", "ota")  # type: ignore[arg-type]
    assert len(firmware) == 905_156
    row = judge(tmp_path, "OpenRTL87X0C_1.18.180_ota.img", firmware)
    assert (row["slot"], row["headroom"], row["verdict"]) == (917_504, 12_348, "fits")
    assert "size: nobody" in row["checked_by"]
    flash = releases._rtl87x0c(None, "", "uart")  # type: ignore[arg-type]
    assert len(flash) == 970_692
    path = tmp_path / "OpenRTL87X0C_1.18.180_ota.img"
    report = release.judge([path])
    assert [one.code for one in report.diagnostics] == ["release-nearly-full"]
    assert "98.65 %" in report.diagnostics[0].message


def test_rtl87x0c_over_its_slot_bricks(tmp_path: Path) -> None:
    from imgcheck.readers import amebaz2

    data = amebaz2.build((chipfiles.code(0xE0000), chipfiles.code(600)))
    row = judge(tmp_path, "OpenRTL87X0C_1.18.300_btproxy_ota.img", data)
    assert row["verdict"] == "bricks"
    assert row["headroom"] == 917_504 - len(data) < 0


@pytest.mark.parametrize(
    ("chip", "variant", "size", "slot", "percent"),
    [
        ("ESP32C3", "2M", 961_168, 983_040, 97.78), ("ESP32", "4M", 1_007_920, 1_900_544, 53),
        ("ESP32C2", "4M", 985_312, 1_900_544, 52), ("ESP32C5", "4M", 1_186_880, 1_900_544, 62),
        ("ESP32C6", "4M", 1_188_352, 1_900_544, 63), ("ESP32C61", "4M", 1_148_848, 1_900_544, 60),
    ],
)  # fmt: skip
def test_esp_images_of_1792(
    tmp_path: Path, chip: str, variant: str, size: int, slot: int, percent: float
) -> None:
    row = judge(tmp_path, f"Open{chip}_1.18.180_{variant}.img", releases.esp_image(chip, size, ""))
    assert (row["slot"], row["headroom"], row["verdict"]) == (slot, slot - size, "fits")
    assert round(100 * size / slot, 2 if percent % 1 else 0) == percent


def test_the_4m_image_of_c2_fits_no_2m_device(tmp_path: Path) -> None:
    data = releases.esp_image("ESP32C2", 985_312, "")
    row = judge(tmp_path, "OpenESP32C2_1.18.180_4M.img", data, "esp32c2-2m")
    assert (row["verdict"], row["headroom"], row["overwrites"]) == ("over", 983_040 - 985_312, [])
    report = release.judge([tmp_path / "OpenESP32C2_1.18.180_4M.img"])
    assert [(one.code, one.severity) for one in report.diagnostics] == [("release-small-flash", "note")]


def test_w800_of_1792(tmp_path: Path) -> None:
    plain = w800image.build(APP)
    packed = gzip.compress(plain, 9, mtime=0)
    room = 417_912 - 64 - len(packed)
    packed = packed[:3] + b"\x10" + packed[4:10] + b"x" * (room - 1) + b"\0" + packed[10:]
    row = judge(tmp_path, "OpenW800_1.18.180_ota.img", w800image.build(packed, packed=True))
    assert (row["size"], row["limit"], row["verdict"]) == (417_912, 786_431, "fits")
    assert row["headroom"] == 786_431 - (417_912 - 64)
    assert round(100 * row["size"] / row["limit"]) == 53


@pytest.mark.parametrize(("version", "size"), [("1.18.180", 698_372), ("1.18.279", 708_320)])
def test_w800_files_for_uart(tmp_path: Path, version: str, size: int) -> None:
    boot = w800image.build(chipfiles.code(43_152 - 64, 9), type=w800image.SECBOOT)
    data = boot + w800image.build(chipfiles.code(size - len(boot) - 64))
    row = judge(tmp_path, f"OpenW800_{version}.fls", data)
    assert (row["size"], row["verdict"]) == (size, "fits")


def test_w800_images_that_unpack_over_littlefs_are_checked_by_nobody(tmp_path: Path) -> None:
    plain = w800image.build(chipfiles.code(982_016 - 64 + 68))
    assert len(plain) - 64 > 982_016 - 64
    big = w800image.build(chipfiles.code(982_020))
    row = judge(tmp_path, "OpenW800_1.18.300_ota.img", w800image.build(gzip.compress(big, 9), packed=True))
    assert (row["verdict"], row["headroom"]) == ("loses data", -4)
    assert row["overwrites"] == ["LittleFS (inferred)"]


@pytest.mark.parametrize(("run", "verdict"), [(524_032, "fits"), (527_132, "over")])
def test_w600_of_654(tmp_path: Path, run: int, verdict: str) -> None:
    plain = chipfiles.code(run)
    data = w600image.build(plain, gzip.compress(plain, 9, mtime=0))
    row = judge(tmp_path, "OpenW600_1.15.376_gz.img", data)
    assert (row["verdict"], row["headroom"]) == (verdict, 524_032 - run)


@pytest.mark.parametrize(("body", "verdict"), [(360_448, "fits"), (360_452, "loses data"), (393_220, "over")])
def test_w600_bodies(tmp_path: Path, body: int, verdict: str) -> None:
    plain = APP
    packed = gzip.compress(plain, 9, mtime=0)
    packed = packed[:3] + b"\x10" + packed[4:10] + b"x" * (body - len(packed) - 1) + b"\0" + packed[10:]
    row = judge(tmp_path, "OpenW600_1.18.300_gz.img", w600image.build(plain, packed))
    assert (row["verdict"], row["limit"]) == (verdict, 360_448)


@pytest.mark.parametrize(("size", "verdict"), [(663_552, "fits"), (663_553, "loses data"), (696_321, "over")])
def test_ln882h_partition_is_shared_with_littlefs(tmp_path: Path, size: int, verdict: str) -> None:
    import random

    from imgcheck.readers import ln882h

    raw = random.Random(3).randbytes(640_000)
    data = ln882h.build(raw, chipfiles.lzma_alone(raw))
    # A body may be followed by padding that its CRC covers: LZMA-alone ends by its length.
    body = chipfiles.lzma_alone(raw).ljust(size - 256, b"\0")
    data = ln882h.build(raw, body)
    row = judge(tmp_path, "OpenLN882H_1.18.299_OTA.bin", data)
    assert (row["size"], row["limit"], row["verdict"]) == (size, 663_552, verdict)


def test_rtl8710bx_with_1_mb(tmp_path: Path) -> None:
    image = amebaz.build(chipfiles.code(600_000), chipfiles.code(40_000))
    data = chipfiles.rtl8710b_ota(image, image)
    assert judge(tmp_path, "OpenRTL8710B_1.18.299_ota.img", data)["verdict"] == "fits"
    assert judge(tmp_path, "OpenRTL8710B_1.18.299_ota.img", data, "rtl8710b-1m")["verdict"] == "over"


def test_rtl8710b_counts_the_larger_of_both_images(tmp_path: Path) -> None:
    small, large = amebaz.build(chipfiles.code(500)), amebaz.build(chipfiles.code(806_912 - 68))
    assert len(large) == 806_912
    row = judge(tmp_path, "OpenRTL8710B_1.18.299_ota.img", chipfiles.rtl8710b_ota(small, large))
    assert (row["headroom"], row["verdict"]) == (0, "fits")
    larger = amebaz.build(chipfiles.code(806_912 - 64))
    row = judge(tmp_path, "OpenRTL8710B_1.18.299_ota.img", chipfiles.rtl8710b_ota(larger, small))
    assert (row["headroom"], row["verdict"]) == (-4, "over")


@pytest.mark.parametrize(("end", "size"), [("_ota.img", 530_534), (".bin", 996_785)])
def test_ecr6600_is_recognised_and_its_slot_is_not_known(tmp_path: Path, end: str, size: int) -> None:
    row = judge(tmp_path, f"OpenECR6600_1.18.180{end}", chipfiles.code(size))
    assert (row["size"], row["slot"], row["verdict"]) == (size, None, "no slot known")


@pytest.mark.parametrize(
    ("chip", "raw", "run"),
    [("BK7231N", 928_937, 1_083_136), ("BK7238", 975_105, 1_114_112), ("BK7238", 872_917, 1_114_112)],
)
def test_raw_images_of_2049_against_the_application_partition(
    tmp_path: Path, chip: str, raw: int, run: int
) -> None:
    target = find(chip.lower())
    assert isinstance(target, OverAir)
    opened = target.opened(chipfiles.rbl_file(chipfiles.code(raw)), "rbl")
    (room,) = target.rooms(target.layouts()[0], "rbl")
    assert (opened.run, room.run_most) == (raw, run)


@pytest.mark.parametrize(
    ("chip", "raw", "container", "percent"),
    [
        ("BK7231T", 785_521, 978_944, 85), ("BK7231N", 928_937, 1_150_832, 86),
        ("BK7238", 872_917, 1_183_744, 78), ("BK7238", 975_105, 1_183_744, 88),
    ],
)  # fmt: skip
def test_how_full_the_uart_files_of_2049_are(
    tmp_path: Path, chip: str, raw: int, container: int, percent: int
) -> None:
    target = find(chip.lower())
    assert isinstance(target, OverAir)
    data = chipfiles.ua_file(chipfiles.code(raw), container, tuya=target.tuya)  # type: ignore[attr-defined]
    row = judge(tmp_path, f"Open{chip}_UA_1.18.279.bin", data)
    assert (row["size"], row["verdict"]) == (container, "fits")
    assert round(100 * row["counted"] / row["slot"]) == percent


def test_an_image_of_n_size_does_not_fit_the_uart_file_of_t(tmp_path: Path) -> None:
    ua = chipfiles.ua_file(chipfiles.code(900_000), 978_944, tuya=True)
    row = judge(tmp_path, "OpenBK7231T_UA_1.18.299.bin", ua)
    assert row["verdict"] == "fits"
    large = chipfiles.code(928_937)
    assert len(large) > (978_944 - 102) // 34 * 32, "there is no such file"
    assert judge(tmp_path, "OpenBK7231T_1.18.299.rbl", chipfiles.rbl_file(large))["verdict"] != "over"


@pytest.mark.parametrize(("name", "size"), [("UA", 1_183_744), ("QIO", 1_253_376)])
def test_padded_files_are_measured_not_weighed(tmp_path: Path, name: str, size: int) -> None:
    ua = chipfiles.ua_file(APP, 1_183_744, tuya=False)
    data = ua if name == "UA" else chipfiles.qio_file(ua, releases.TABLES[""])
    row = judge(tmp_path, f"OpenBK7238_{name}_1.18.299.bin", data)
    assert row["size"] == size
    assert row["counted"] == -(-60_000 // 32) * 34
