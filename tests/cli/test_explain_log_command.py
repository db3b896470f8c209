import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from documents import validate

from imgcheck.builds import codeplaces
from imgcheck.cli import run
from imgcheck.readers import elf

ELF = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
needs_firmware = pytest.mark.skipif(not ELF.exists(), reason="needs the fixture firmware")
CUT = """OTA post len 426380
Starting OTA test. OTA size is 557056
[OTA] [TEST] activeIndex is 0, use OTA address=000d8000
OTA:recv returned -1 - end of data - remaining 400958
"""


def test_a_cut_transfer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "ota.log").write_text(CUT)
    assert run(["explain-log", str(tmp_path / "ota.log")]) == 0
    text = capsys.readouterr().out
    assert text.startswith("The OTA was cut short: 25,422 of 426,380 bytes had arrived (6%).")
    assert "devcube-1.4.8-2m" in text
    assert "reboot the device, then try again" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_from_standard_input_in_any_encoding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    class Stdin:
        buffer = io.BytesIO(CUT.replace("\n", "\r\n").encode(encoding))

    monkeypatch.setattr("sys.stdin", Stdin())
    assert run(["explain-log", "-", "--output", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is False
    assert [one["code"] for one in report["events"]] == ["cut"]
    assert {"file_bytes": 426380, "arrived_bytes": 25422, "missing_bytes": 400958}.items() <= report[
        "attempts"
    ][0].items()
    assert report["diagnostics"][0]["location"]["line"] == 4


def test_what_is_not_known_is_said_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.log").write_bytes(bytes(range(256)) * 10)
    assert run(["explain-log", str(tmp_path / "x.log")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "none of its" in said.err
    assert run(["explain-log", str(tmp_path / "none.log")]) == 2
    assert capsys.readouterr().err == f"imgcheck: error: {tmp_path / 'none.log'}: No such file or directory\n"


@needs_firmware
def test_a_crash_gets_names(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    function = next(
        one for one in elf.read(ELF).symbols if one.name == "main" or one.name.startswith("http_")
    )
    (tmp_path / "x.log").write_text(
        f"mcause 38000005, mepc {function.value + 2:08x}, mtval 00000014\nLoad access fault\n"
    )
    assert run(["explain-log", str(tmp_path / "x.log"), "--elf", str(ELF), "--output", "json"]) == 0
    crash = json.loads(capsys.readouterr().out)["crash"]
    assert (crash[0]["symbol"], crash[0]["offset"]) == (function.name, 2)
    assert crash[1]["symbol"] == ""
    assert run(["explain-log", str(tmp_path / "x.log"), "--elf", str(tmp_path / "x.log")]) == 2


@needs_firmware
@pytest.mark.skipif(not shutil.which("riscv64-unknown-elf-addr2line"), reason="needs addr2line")
def test_places_are_those_of_addr2line() -> None:
    image = elf.read(ELF)
    wanted = [one.value + 4 for one in image.symbols if one.type == elf.STT_FUNC and one.size > 8][::7]
    done = subprocess.run(
        ["riscv64-unknown-elf-addr2line", "-f", "-e", str(ELF), *map(hex, wanted)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    places = codeplaces.places(image, wanted)
    agree = 0
    for address, where in zip(wanted, done[1::2], strict=True):
        place = places[address]
        path, _, line = where.removesuffix(" (discriminator 1)").rpartition(":")
        if not place.line:
            assert line in "?0", hex(address)  # addr2line names the file of a local symbol without its line
        else:
            assert Path(path).name == Path(place.source).name, hex(address)
            agree += line == str(place.line)
    assert agree >= 0.98 * sum(bool(place.line) for place in places.values())


def test_json_is_what_the_schema_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["schema"]) == 0
    schema = capsys.readouterr().out
    (tmp_path / "x.log").write_text(CUT + "mcause 38000005, mepc 23010abc, mtval 00000014\n")
    assert run(["explain-log", str(tmp_path / "x.log"), "--output", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) <= set(json.loads(schema)["properties"])
    assert report["crash"][0]["address"] == 0x23010ABC
    validate(report, schema)
