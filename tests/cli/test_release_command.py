"""`imgcheck release` as its users call it, and the other commands on files of the same chips."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chipfiles
import pytest
import releases

from imgcheck.cli import run

APP = chipfiles.code(20_000)
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs a command in an empty folder: exit code, what it prints, what it complains of."""
    monkeypatch.chdir(tmp_path)

    def asked(*arguments: object) -> tuple[int, str, str]:
        code = run([str(one) for one in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return asked


def found(ask: Ask, *arguments: object) -> tuple[int, dict[str, Any]]:
    code, out, _ = ask(*arguments, "--output", "json")
    return code, json.loads(out)


def fitting(folder: Path) -> Path:
    path = folder / "OpenBK7231N_1.18.299.rbl"
    path.write_bytes(chipfiles.rbl_file(APP))
    return path


def test_exit_codes(ask: Ask, tmp_path: Path) -> None:
    assert ask("release", fitting(tmp_path))[0] == 0
    lossy = tmp_path / "OpenBK7238_1.18.299.rbl"
    lossy.write_bytes(chipfiles.rbl_file(APP, 507_728))
    assert ask("release", lossy)[0] == 1
    code, out, err = ask("release", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err.startswith("imgcheck: error: ") and err.count("\n") == 1
    assert ask("release", tmp_path, "--against", tmp_path / "none.json")[0] == 2
    assert ask("release")[0] == 2


def test_a_folder_is_a_whole_release_and_what_is_missing_is_told(ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    fitting(folder)
    code, report = found(ask, "release", folder)
    assert code == 0
    assert {"platform": "BK7231N", "variant": "", "kind": "qio"} in report["missing"]
    assert len(report["missing"]) == 173
    assert not found(ask, "release", folder / "OpenBK7231N_1.18.299.rbl")[1]["missing"]


def test_the_verdict_comes_first(ask: Ask, tmp_path: Path) -> None:
    releases.write(tmp_path / "dist", only="BK7231T", app=20_004)
    out = ask("release", tmp_path / "dist")[1]
    assert out.startswith("1.18.299, 27 files: loses data: BK7231T; 1 of 2 platforms")


def test_lfs_size_and_layouts(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "OpenBK7231N_1.18.299.rbl"
    path.write_bytes(chipfiles.rbl_file(APP, 532_480))
    assert ask("release", path)[0] == 0
    for size in ("0x27000", "156 KiB", "159744"):
        code, report = found(ask, "release", path, "--lfs-size", size)
        assert (code, report["assets"][0]["overwrites"]) == (1, ["LittleFS"])
    assert ask("release", path, "--lfs-size", "much")[0] == 2
    assert ask("release", path, "--lfs-size", "0xzz")[0] == 2
    code, _, err = ask("release", path, "--layout", "bk7231t")
    assert code == 2 and "no file is for its chip" in err


def test_several_outputs_at_once(ask: Ask, tmp_path: Path) -> None:
    wanted = ("text", *(f"{name}={tmp_path}/r.{name}" for name in ("json", "html", "csv")))
    code, out, _ = ask("release", fitting(tmp_path), *(f"--output={one}" for one in wanted))
    assert code == 0 and "BK7231N" in out
    assert json.loads((tmp_path / "r.json").read_text())["command"] == "release"
    assert "OpenBK7231N_1.18.299.rbl" in (tmp_path / "r.html").read_text()
    assert "asset,OpenBK7231N_XX.rbl,ota," in (tmp_path / "r.csv").read_text()


# --- the other commands --------------------------------------------------------------------------------


def test_verify_opens_an_rbl_and_says_what_is_written_where(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "OpenBK7238_1.18.299.rbl"
    path.write_bytes(chipfiles.rbl_file(APP, 507_728))
    code, out, _ = ask("verify", path)
    assert code == 1
    for text in (
        "CRC-32 of the body", "FNV-1a", "decrypts and unpacks to 20,000 bytes", "0x132000 to 0x1adf50",
        "overwrites LittleFS", "strict", "boot loader writes an image of 20,000 bytes to 0x11000 to 0x16302,",
    ):  # fmt: skip
        assert text in " ".join(out.split()), text
    assert ask("verify", path, "--layout", "bk7238-lfs-1d8000")[0] == 0


@pytest.mark.parametrize("place", [12, 90, 200, 506_000])
def test_verify_sees_one_changed_byte_wherever_it_is(ask: Ask, tmp_path: Path, place: int) -> None:
    path = tmp_path / "OpenBK7231N_1.18.299.rbl"
    data = bytearray(chipfiles.rbl_file(APP, 507_728))
    data[place] ^= 4
    path.write_bytes(data)
    assert ask("verify", path)[0] == 1


def test_verify_sees_a_wrong_hash_that_every_crc_agrees_with(ask: Ask, tmp_path: Path) -> None:
    from binascii import crc32

    path = tmp_path / "OpenBK7231N_1.18.299.rbl"
    data = bytearray(chipfiles.rbl_file(APP))
    data[80] ^= 1
    data[92:96] = crc32(data[:92]).to_bytes(4, "little")
    path.write_bytes(data)
    code, out, _ = ask("verify", path)
    assert code == 1 and "FNV-1a of the unpacked image" in out


def test_without_the_library_for_aes_it_says_so(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    for command in ("verify", "release"):
        code, _, err = ask(command, fitting(tmp_path))
        assert code == 2 and "pip install cryptography" in err


@pytest.mark.parametrize(
    ("name", "kind", "method"),
    [
        ("OpenBK7231T_1.18.299.rbl", "rbl", "ota"), ("OpenBK7231T_UA_1.18.299.bin", "ua", "uart"),
        ("OpenBK7231T_QIO_1.18.299.bin", "qio", "uart"), ("OpenBK7231T_UG_1.18.299.bin", "ug", "none"),
        ("OpenESP32C3_1.18.299_2M.img", "img", "ota"),
        ("OpenESP32C3_1.18.299_2M.factory.bin", "factory", "uart"),
        ("OpenW800_1.18.299_ota.img", "ota", "ota"), ("OpenW600_1.18.299.fls", "uart", "uart"),
        ("OpenLN882H_1.18.299_OTA.bin", "ota", "ota"), ("OpenRTL87X0C_1.18.299_ota.img", "ota", "ota"),
        ("OpenRTL8710B_1.18.299_ota.img", "ota", "ota"), ("OpenXR809_1.18.299.img", "other-chip", "none"),
    ],
)  # fmt: skip
def test_identify(ask: Ask, tmp_path: Path, name: str, kind: str, method: str) -> None:
    from imgcheck.targets import assetnames

    known = assetnames.parse(name)
    assert known
    path = tmp_path / name
    path.write_bytes(releases.contents(known.platform, known.variant, known.part.kind, 20_004))
    code, report = found(ask, "identify", path)
    (entry,) = report["files"]
    assert (code, entry["kind"], entry["method"], entry["findings"]) == (0, kind, method, [])


def test_identify_knows_containers_without_their_names(ask: Ask, tmp_path: Path) -> None:
    for name, title in (("rbl", "RBL"), ("espimage", "application image"), ("w600image", "OTA image")):
        path = tmp_path / f"{name}.dat"
        path.write_bytes(chipfiles.samples()[name])
        assert title in found(ask, "identify", path)[1]["files"][0]["title"]


def test_layout_commands_read_tables_in_files_for_uart(ask: Ask, tmp_path: Path) -> None:
    from imgcheck.targets import assetnames

    for name, slot in (
        ("OpenBK7238_QIO_1.18.299.bin", (0x132000, 0xAE000)),
        ("OpenESP32C3_1.18.299_2M.factory.bin", (0x100000, 0xF0000)),
        ("OpenLN882H_1.18.299.bin", (0x133000, 680 << 10)),
        ("OpenRTL87X0C_1.18.299.bin", (0xF0000, 0xE0000)),
    ):
        known = assetnames.parse(name)
        assert known
        path = tmp_path / name
        path.write_bytes(releases.contents(known.platform, known.variant, known.part.kind, 20_004))
        code, report = found(ask, "layout", "show", path)
        app = next(one for one in report["partitions"] if one["name"] == "app")
        assert (code, app["address1"], app["size1"]) == (0, *slot)
        assert ask("layout", "lint", path)[0] == 0
    out = ask("layout", "diff", "bk7238", "bk7238-lfs-1d8000")[1]
    assert "LittleFS lost" in out
    assert "bk7231t" in ask("layouts")[1]


def test_a_chip_without_slots_is_not_judged_as_another(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "OpenECR6600_1.18.299_ota.img"
    path.write_bytes(chipfiles.code(10_000))
    code, _, err = ask("verify", path)
    assert code == 2 and "does not know the slots" in err


def test_lint_and_init_take_a_target(ask: Ask, tmp_path: Path) -> None:
    assert ask("init", "--target", "bk7238")[0] == 0
    policy = tmp_path / "imgcheck.toml"
    text = policy.read_text()
    assert 'target = "bk7238"' in text and '"bk7238-lfs-1d8000"' in text and "bl602" not in text
    assert ask("lint")[0] == 0
    policy.write_text(text.replace("# layouts = [", "layouts = ["))
    assert ask("lint")[0] == 0
    policy.write_text('layouts = ["bk7238"]\n')
    code, out, _ = ask("lint", "--target", "w800")
    assert code == 1 and "layout bk7238 is for a BK7238, the policy for a W800" in " ".join(out.split())
    code, _, err = ask("lint", "--target", "bk7239")
    assert code == 2 and "did you mean" in err
    assert ask("init", "--target", "nonsense", "--force")[0] == 2
    assert policy.read_text() == 'layouts = ["bk7238"]\n', "nothing is written after an error"


def test_lint_takes_a_table_for_that_of_the_target(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    path.write_bytes(chipfiles.esp_factory(chipfiles.esp_image(65_536, 5), releases.ESP_TABLES["2M"], 0))
    assert ask("lint", path, "--target", "esp32c3")[0] == 0
    assert ask("lint", path, "--target", "bl602")[0] == 1


def test_logs_of_other_chips_on_standard_input(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "device.log"
    log.write_text("Veri bad\n")
    for more, status in ((), 0), (("--target", "ln882h"), 0), (("--target", "w600"), 2):
        with log.open() as stream:
            monkeypatch.setattr("sys.stdin", stream)
            assert ask("explain-log", "-", *more)[0] == status


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("magic_no=2701131679 img_type=0 zip_type=1", "header-read"),
        ("[E] Image header check failed", "refused-header"),
        ("Veri bad", "bad-crc"),
    ],
)
def test_logs_of_other_chips_are_explained(ask: Ask, tmp_path: Path, line: str, code: str) -> None:
    log = tmp_path / "device.log"
    log.write_text(f"Info:MAIN:Time 12\n{line}\n")
    status, report = found(ask, "explain-log", log)
    assert (status, [one["code"] for one in report["events"]]) == (0, [code])
    assert ask("explain-log", log, "--target", "bl602")[0] == 2
