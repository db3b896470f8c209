"""A whole release: what is missing, there twice, damaged, of another version or application, or grown."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import chipfiles
import pytest
import releases
from documents import validate
from hypothesis import given
from hypothesis import strategies as st

from imgcheck import emitters
from imgcheck.api import release
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Report
from imgcheck.readers import releasejson
from imgcheck.targets import assetnames

SMALL = 20_004  # bytes of an application
KEYS = {
    "file", "platform", "variant", "version", "kind", "method", "size", "slot", "limit", "headroom",
    "verdict", "overwrites", "checked_by", "delta",
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound release, made once and never changed."""
    folder = tmp_path_factory.mktemp("release") / "1.18.299"
    releases.write(folder, app=SMALL)
    return folder


@pytest.fixture(scope="module")
def judged(whole: Path) -> Report:
    started = time.process_time()
    report = release.judge([whole])
    assert time.process_time() - started < 5, "174 files, where 150 may take 5 s"
    return report


@pytest.fixture
def changed(whole: Path, tmp_path: Path) -> Path:
    """The next release: the same contents, other names, to be damaged."""
    folder = tmp_path / "1.18.300"
    folder.mkdir()
    for path in whole.iterdir():
        (folder / path.name.replace("1.18.299", "1.18.300")).hardlink_to(path)
    return folder


def replace(path: Path, data: bytes) -> None:
    path.unlink()  # it is a link to the sound one
    path.write_bytes(data)


def codes(report: Report, severity: str = "") -> set[str]:
    return {one.code for one in report.diagnostics if not severity or one.severity == severity}


def about(report: Report, code: str) -> str:
    return "\n".join(one.message for one in report.diagnostics if one.code == code)


def row(report: Report, name: str) -> dict[str, object]:
    return next(dict(one) for one in dict(report.records)["assets"] if one["file"] == name)


def test_a_sound_release_is_whole_and_every_file_is_judged(whole: Path, judged: Report) -> None:
    report = judged
    records = dict(report.records)
    assert len(records["assets"]) == len(list(whole.iterdir())) == 174
    assert not records["missing"]
    assert all(set(one) >= KEYS for one in records["assets"])
    assert codes(report, "error") == {"release-loses-data"}, [one.message for one in report.diagnostics]
    assert about(report, "release-loses-data").count("LittleFS") == 6
    assert report.passed is False
    assert {one["platform"] for one in records["assets"] if one["verdict"] == "no slot known"} == {
        "ESP8266", "XR809", "XR806", "XR872", "TR6260", "RTL8710A", "RTL8720D", "RTL8721DA", "RTL8720E",
        "ECR6600", "RDA5981", "GD32VW553", "TXW81X",
    }  # fmt: skip


def test_slots_come_from_the_release_where_it_has_them(judged: Report) -> None:
    own = {str(one["platform"]) for one in dict(judged.records)["assets"] if one["from_release"]}
    assert {"BK7231T", "BK7238", "RTL87X0C", "LN882H", "ESP32C3"} <= own


def test_a_smaller_slot_in_the_releases_own_table_decides_and_both_are_told(tmp_path: Path) -> None:
    ua = chipfiles.ua_file(chipfiles.code(SMALL), releases.ALT_UA, tuya=False)
    table = (*releases.TABLES[""][:2], ("download", "beken_onchip", 0x132000, 0x40000))
    (tmp_path / "OpenBK7238_QIO_1.18.299.bin").write_bytes(chipfiles.qio_file(ua, table))
    data = chipfiles.rbl_file(chipfiles.code(SMALL), 400_000)
    (tmp_path / "OpenBK7238_1.18.299.rbl").write_bytes(data)
    report = release.judge([tmp_path])
    found = row(report, "OpenBK7238_1.18.299.rbl")
    assert (found["verdict"], found["slot"], found["from_release"]) == ("over", 0x40000, True)
    assert [one["verdict"] for one in found["others"]] == ["fits", "fits"]  # type: ignore[attr-defined]


def test_a_larger_slot_than_the_fields_is_no_comfort(tmp_path: Path) -> None:
    ua = chipfiles.ua_file(chipfiles.code(SMALL), releases.ALT_UA, tuya=False)
    table = (*releases.TABLES[""][:2], ("download", "beken_onchip", 0xD2000, 0x10E000))
    (tmp_path / "OpenBK7238_QIO_1.18.299.bin").write_bytes(chipfiles.qio_file(ua, table))
    data = chipfiles.rbl_file(chipfiles.code(SMALL), 720_000)
    (tmp_path / "OpenBK7238_1.18.299.rbl").write_bytes(data)
    report = release.judge([tmp_path])
    assert row(report, "OpenBK7238_1.18.299.rbl")["verdict"] == "fits"
    assert "over on bk7238" in about(report, "release-two-verdicts")
    assert report.passed is False


# --- planted faults ------------------------------------------------------------------------------------


def _cut(folder: Path) -> None:
    path = folder / "OpenBK7231N_1.18.300.rbl"
    replace(path, path.read_bytes()[:100_000])


def _cut_esp(folder: Path) -> None:
    path = folder / "OpenESP32_1.18.300_4M.img"
    replace(path, path.read_bytes()[:-4096])


def _page(folder: Path) -> None:
    replace(folder / "OpenW800_1.18.300_ota.img", b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>")


def _page_of_unknown(folder: Path) -> None:
    replace(folder / "OpenXR809_1.18.300.img", b"<html><head><title>404</title></head></html>")


def _zipped(folder: Path) -> None:
    replace(folder / "OpenLN882H_1.18.300_OTA.bin", b"PK\x03\x04" + bytes(100_000))


def _empty(folder: Path) -> None:
    replace(folder / "OpenRTL8710B_1.18.300_ota.img", b"")


def _flipped(folder: Path) -> None:
    path = folder / "OpenRTL87X0C_1.18.300_ota.img"
    data = bytearray(path.read_bytes())
    data[300_000] ^= 1
    replace(path, bytes(data))


def _other_build(folder: Path) -> None:
    replace(folder / "OpenBK7231T_1.18.300_berry.rbl", (folder / "OpenBK7231T_1.18.300.rbl").read_bytes())


def _other_esp(folder: Path) -> None:
    replace(folder / "OpenESP32C3_1.18.300_2M.img", releases.esp_image("ESP32C3", 961_184, ""))


def _plain_for_tuya(folder: Path) -> None:
    name = "OpenBK7231N_QIO_1.18.300.bin"
    replace(folder / name, (folder / "OpenBK7231M_QIO_1.18.300.bin").read_bytes())


def _wrong_chip(folder: Path) -> None:
    replace(folder / "OpenESP32C6_1.18.300_4M.img", (folder / "OpenESP32C5_1.18.300_4M.img").read_bytes())


def _stale(folder: Path) -> None:
    old = folder / "OpenECR6600_1.18.300_ota.img"
    old.rename(folder / "OpenECR6600_1.18.299_ota.img")


def _twice(folder: Path) -> None:
    path = folder / "OpenW600_1.18.300.fls"
    (folder / "openw600_1.18.300.FLS").write_bytes(path.read_bytes())


def _gone(folder: Path) -> None:
    (folder / "OpenTR6260_1.18.300.bin").unlink()


def _grown_over(folder: Path) -> None:
    replace(folder / "OpenESP32C2_1.18.300_2M.img", releases.esp_image("ESP32C2", 983_056, ""))


FAULTS: dict[Callable[[Path], None], tuple[str, str]] = {
    _cut: ("release-damaged", "OpenBK7231N_1.18.300.rbl"),
    _cut_esp: ("release-damaged", "OpenESP32_1.18.300_4M.img"),
    _page: ("release-damaged", "OpenW800_1.18.300_ota.img: a web page"),
    _page_of_unknown: ("release-damaged", "OpenXR809_1.18.300.img: a web page"),
    _zipped: ("release-damaged", "OpenLN882H_1.18.300_OTA.bin: an archive"),
    _empty: ("release-damaged", "OpenRTL8710B_1.18.300_ota.img: the file is empty"),
    _flipped: ("release-damaged", "OpenRTL87X0C_1.18.300_ota.img: damaged: HMAC"),
    _other_build: ("release-other-application", "berry"),
    _other_esp: ("release-other-application", "OpenESP32C3_1.18.300_2M"),
    _plain_for_tuya: ("release-damaged", "OpenBK7231N_QIO_1.18.300.bin"),
    _wrong_chip: ("release-damaged", "OpenESP32C6_1.18.300_4M.img"),
    _stale: ("release-mixed-versions", "1.18.299"),
    _twice: ("release-twice", "W600"),
    _gone: ("release-missing", "TR6260"),
    _grown_over: ("release-over", "OpenESP32C2_1.18.300_2M.img"),
}


def test_every_planted_fault_is_found_and_nothing_else(whole: Path, changed: Path) -> None:
    clean = release.judge([changed], against=whole)
    assert codes(clean, "error") == {"release-loses-data"}
    for plant in FAULTS:
        plant(changed)
    report = release.judge([changed], against=whole)
    for code, text in FAULTS.values():
        assert text in about(report, code), (code, text, about(report, code))
    assert codes(report, "error") == {code for code, _ in FAULTS.values()} | {"release-loses-data"}
    damaged = [one for one in report.diagnostics if one.code == "release-damaged"]
    assert len({one.subject for one in damaged}) == sum(
        code == "release-damaged" for code, _ in FAULTS.values()
    )


def test_growth_is_told_as_maintainers_paste_it(whole: Path, changed: Path) -> None:
    path = changed / "OpenBK7231N_1.18.300.rbl"
    size = path.stat().st_size
    replace(path, chipfiles.rbl_file(chipfiles.code(SMALL), size + 1600))
    other = changed / "OpenBK7231T_1.18.300.rbl"
    report = release.judge([path, other], against=whole)
    assert row(report, path.name)["delta"] == 1600
    assert row(report, other.name)["delta"] == 0
    text = emitters.load("markdown").emit(report)
    head = next(line for line in text.splitlines() if "delta" in line)
    assert [cell.strip() for cell in head.strip("|").split("|")] == ["delta", "name", "old", "new"]
    assert "+1,600" in text and "OpenBK7231N_XX.rbl" in text


def test_growth_of_padded_files_is_that_of_their_contents(whole: Path, changed: Path) -> None:
    paths = [changed / f"OpenBK7252_{name}_1.18.300.bin" for name in ("UA", "QIO")]
    report = release.judge(paths, against=whole)
    assert [row(report, path.name)["delta"] for path in paths] == [0, 0]
    plain = releases.raw("BK7252 ", SMALL)
    plain = plain.ljust(-(-len(plain) // 32) * 32, b"x")
    replace(paths[0], chipfiles.ua_file(plain + chipfiles.code(3_200, 4), releases.ALT_UA, tuya=False))
    found = row(release.judge(paths[:1], against=whole), paths[0].name)
    assert found["delta"] == 3_400


def test_against_a_json_report_is_against_its_release(
    whole: Path, judged: Report, changed: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "old.json"
    saved.write_text(emitters.load("json").emit(judged))
    (changed / "OpenTR6260_1.18.300.bin").unlink()
    one = dict(release.judge([changed], against=saved).records)
    other = dict(release.judge([changed], against=whole).records)
    assert one["assets"] == other["assets"]
    assert one["missing"] == other["missing"] == ({"platform": "TR6260", "variant": "", "kind": "uart"},)


# --- bad input -----------------------------------------------------------------------------------------


def test_ten_thousand_other_files_do_not_matter(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"asset_{number}.txt").touch()
    (tmp_path / "OpenECR6600_1.18.299.bin").write_bytes(chipfiles.code(10_000))
    started = time.process_time()
    report = release.judge([tmp_path])
    assert time.process_time() - started < 5
    assert len(dict(report.records)["assets"]) == 1
    assert "10,000 files" in about(report, "release-other-file")


def test_folders_of_artefacts_are_one_release(whole: Path, tmp_path: Path) -> None:
    for name in ("OpenW600_1.18.299.fls", "OpenW600_1.18.299_gz.img", "OpenECR6600_1.18.299.bin"):
        folder = tmp_path / "dist" / name.partition("_")[0]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(whole / name, folder)
    (tmp_path / "dist/.git").mkdir()
    (tmp_path / "dist/.git/OpenW800_1.18.299.fls").write_bytes(b"1")
    for _ in range(2):
        report = release.judge([tmp_path / "dist"])
        assert len(dict(report.records)["assets"]) == 3
        (tmp_path / "dist/notes.md").write_text("1.18.299")  # and a file of its own beside them


def test_thousands_of_damaged_files_are_a_line_for_each_kind_and_json_has_all(tmp_path: Path) -> None:
    kinds = (b"<html>404</html>", b"RBL\0" + bytes(50), b"")
    for number in range(3_000):
        (tmp_path / f"OpenBK7231N_1.18.299_v{number}.rbl").write_bytes(kinds[number % 3])
    report = release.judge([tmp_path])
    told = [one.message for one in report.diagnostics if one.code == "release-damaged"]
    assert sorted(one.partition(" ")[0] for one in told) == ["1,000", "1,000", "1,000"]
    assert all("OpenBK7231N_1.18.299_v" in one and "and 996 more" in one for one in told)
    assert emitters.load("text").emit(report).count("\n") < 120
    rows = dict(report.records)["assets"]
    assert len(rows) == 3_000 and all(one["remarks"] for one in rows)


def test_thousands_of_versions_are_one_line(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"OpenECR6600_1.18.{number}.bin").write_bytes(b"\1" * 5_000)
    report = release.judge([tmp_path])
    (told,) = (one.message for one in report.diagnostics if one.code == "release-mixed-versions")
    assert told.startswith("299 findings of this kind, the first: of version 1.18.")
    assert report.passed is False


def test_names_without_version_in_other_case_or_unknown(tmp_path: Path) -> None:
    for name in ("OpenECR6600.bin", "openxr809_1.18.299.IMG", "OpenBK7231T-1.18.299.rbl", "README.md"):
        (tmp_path / name).write_bytes(chipfiles.code(10_000))
    report = release.judge([tmp_path])
    assert "OpenECR6600.bin" in about(report, "release-no-version")
    assert "builds name it OpenXR809_1.18.299.img" in about(report, "release-name")
    assert "OpenBK7231T-1.18.299.rbl: no build" in about(report, "release-name")
    assert "README.md" in about(report, "release-other-file")
    assert report.passed is True


def test_what_cannot_be_read_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ImgcheckError, match="there are no files"):
        release.judge([tmp_path])
    with pytest.raises(ImgcheckError, match="nowhere"):
        release.judge([tmp_path / "nowhere"])
    (tmp_path / "x.bin").touch()
    with pytest.raises(ImgcheckError, match="no file has the name of an asset"):
        release.judge([tmp_path])
    asset = tmp_path / "OpenECR6600_1.18.299.bin"
    asset.write_bytes(chipfiles.code(10_000))
    for text in ("{", "[]", '{"assets": 1}', '{"assets": [1]}', '{"assets": [{"file": "x"}]}', "[" * 100_000):
        old = tmp_path / "old.json"
        old.write_text(text)
        with pytest.raises(FormatError, match=r"old\.json"):
            release.judge([asset], against=old)
    with pytest.raises(ImgcheckError, match="at least"):
        release.judge([asset], lfs=1)
    with pytest.raises(ImgcheckError, match="no layout named"):
        release.judge([asset], layout_names=["nonsense"])


@given(st.binary(max_size=300))
def test_any_json_is_rows_or_one_error(data: bytes) -> None:
    try:
        releasejson.parse(data)
    except FormatError as error:
        assert error.message


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "OpenBK7231T_1.18.299.rbl"
    with path.open("wb") as out:
        out.truncate(40 << 30)
    report = release.judge([path])
    assert "larger than the flash" in about(report, "release-damaged")


# --- outputs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", emitters.EMITTERS)
def test_every_output_tells_of_it(whole: Path, name: str) -> None:
    report = release.judge([whole / "OpenBK7238_1.18.299.rbl", whole / "OpenXR809_1.18.299.img"])
    text = emitters.load(name).emit(report)
    assert "BK7238" in text
    if name == "json":
        validate(json.loads(text))


def test_json_of_a_whole_release_is_as_the_schema_says(whole: Path, changed: Path) -> None:
    _stale(changed)
    files = [*changed.glob("*BK7238*"), *changed.glob("*ECR*"), *changed.glob("*BL602*")]
    text = emitters.load("json").emit(release.judge(files, against=whole))
    validate(json.loads(text))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "OpenECR6600_1.18.299_<b>|::error::x.bin"
    path.write_bytes(chipfiles.code(10_000))
    report = release.judge([path])
    assert "<b>" not in emitters.load("markdown").emit(report)
    assert "<b>|" not in emitters.load("html").emit(report)
    assert "\n::error::x" not in emitters.load("github").emit(report)


# --- names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "platform", "variant", "version", "kind"),
    [
        ("OpenBK7231T_1.18.299.rbl", "BK7231T", "", "1.18.299", "rbl"),
        ("OpenBK7231N_ALT_UA_1.18.299_btproxy.bin", "BK7231N_ALT", "btproxy", "1.18.299", "ua"),
        ("OpenBK7231N_UG_1.18.279_irRemoteESP.bin", "BK7231N", "irRemoteESP", "1.18.279", "ug"),
        ("OpenBK7252_Tuya_QIO_1.18.299.bin", "BK7252", "", "1.18.299", "tuya-qio"),
        ("OpenBK7231N_1.18.299_berry.bin", "BK7231N", "berry", "1.18.299", "raw"),
        ("OpenESP32C3_1.18.299_2M.img", "ESP32C3", "2M", "1.18.299", "img"),
        ("OpenESP32C61_1.18.299_4M.factory.bin", "ESP32C61", "4M", "1.18.299", "factory"),
        ("OpenESP8266_2MB_1.18.299.factory.bin", "ESP8266", "", "1.18.299", "factory2m"),
        ("OpenXR806_1.18.299_DCDC_ota.img", "XR806", "DCDC", "1.18.299", "ota"),
        ("OpenRTL8710B_UG_1.18.299.img", "RTL8710B", "", "1.18.299", "ug"),
        ("OpenLN882H_1.18.299_OTA.bin", "LN882H", "", "1.18.299", "ota"),
        ("OpenLN882H_1.18.299.bin", "LN882H", "", "1.18.299", "uart"),
        ("OpenW600_1.18.299_gz.img", "W600", "", "1.18.299", "ota"),
        ("OpenBL602_1.18.299_OTA.bin.xz.ota", "BL602", "", "1.18.299", "ota"),
        ("OpenRTL87X0C_main_0123456789ab_btproxy.bin", "RTL87X0C", "btproxy", "main_0123456789ab", "uart"),
        ("obkSimulator_1.18.299.zip", "simulator", "", "1.18.299", "zip"),
    ],
)
def test_names(file: str, platform: str, variant: str, version: str, kind: str) -> None:
    name = assetnames.parse(file)
    assert name and name.usual == file
    assert (name.platform.name, name.variant, name.version, name.part.kind) == (
        platform,
        variant,
        version,
        kind,
    )
    assert (other := assetnames.parse(file.upper())) and other.platform is name.platform


def test_every_name_that_builds_make_is_read_back() -> None:
    for platform, variant, part in assetnames.expected():
        file = part.form.replace("{v}", "_".join(filter(None, ("1.18.299", variant))))
        name = assetnames.parse(file)
        assert name and (name.platform, name.variant, name.part) == (platform, variant, part)


def test_nothing_is_left_behind(whole: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in whole.iterdir())
    shutil.copy(whole / "OpenW800_1.18.299_ota.img", tmp_path)
    release.judge([tmp_path])
    assert sorted(path.name for path in whole.iterdir()) == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("kind", ["UA", "QIO"])
def test_an_encrypted_file_of_another_variant_is_told(whole: Path, tmp_path: Path, kind: str) -> None:
    """Every word of it is compared: two builds may differ in a few dozen bytes only."""
    update = f"OpenBK7231N_{releases.VERSION}.rbl"
    mine, other = (f"OpenBK7231N_{kind}_{releases.VERSION}{variant}.bin" for variant in ("", "_berry"))
    for name, source in ((update, update), (mine, other)):
        (tmp_path / name).write_bytes((whole / source).read_bytes())
    found = release.judge([tmp_path / update, tmp_path / mine])
    (told,) = (one for one in found.diagnostics if one.code == "release-other-application")
    assert told.message == f"{update}: not the application that is in {mine}"
    (tmp_path / mine).write_bytes((whole / mine).read_bytes())
    assert release.judge([tmp_path / update, tmp_path / mine]).passed
