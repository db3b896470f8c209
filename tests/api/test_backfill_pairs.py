"""Files of one build in one folder, and a report on it, are one record in which nothing is padded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from studies import ELF, needs_fixture

from imgcheck import cli

pytestmark = needs_fixture
VERSION = "1.18.100"
IMAGE = ELF.with_suffix(".bin").read_bytes()[:-7]  # no multiple of 16: an OTA file holds padding behind it


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"OpenBL602_{VERSION}.bin").write_bytes(IMAGE)
    packed = f"in/OpenBL602_{VERSION}_OTA.bin.xz.ota"
    assert cli.run(["pack", f"in/OpenBL602_{VERSION}.bin", "-o", packed]) == 0
    return tmp_path


def backfilled(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert cli.run(["history", "backfill", "--artifacts", "in", "--db", "h.db", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    said: str = found["verdict"]
    return said + "".join(one["message"] for one in found["diagnostics"])


def sizes() -> dict[str, int]:
    """What was measured of the build, by kind and name."""
    Path("h.jsonl").unlink(missing_ok=True)
    assert cli.run(["history", "export", "--db", "h.db", "--to", "h.jsonl"]) == 0
    made = [json.loads(line) for line in Path("h.jsonl").read_text().splitlines()]
    (one,) = [build for build in made if build["variant"] == ""]
    return {f"{size['kind']} {size['name']}": size["size"] for size in one["measures"]}


def test_a_bin_and_its_ota_file_are_one_measure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backfilled(capsys).startswith("1 builds recorded")
    packed = next((home / "in").glob("*.ota"))
    assert sizes()["image bin"] == len(IMAGE)
    assert sizes()["image ota_body"] == packed.stat().st_size - 512
    assert sizes()["image unpacked"] == 4096 + len(IMAGE) + -len(IMAGE) % 16


def test_an_ota_file_of_another_build_says_alone_what_it_holds(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "in" / f"OpenBL602_{VERSION}.bin").write_bytes(b"\1" + IMAGE[1:])
    assert backfilled(capsys).startswith("1 builds recorded")
    assert sizes()["image bin"] == len(IMAGE) + -len(IMAGE) % 16
    (home / "h.db").unlink()
    (home / "in" / f"OpenBL602_{VERSION}.bin").write_bytes(b"")
    assert backfilled(capsys).startswith("1 builds recorded")


@pytest.mark.parametrize("later", ["report", "files"])
def test_a_report_on_a_release_and_its_files_are_one_record(
    home: Path, capsys: pytest.CaptureFixture[str], later: str
) -> None:
    """Whichever was there first (a conflict, and a warning); then nothing is new."""
    written, file = Path("release_1.18.100.json"), Path("in/release_1.18.100.json")
    assert cli.run(["release", "in", "-o", f"json={written}"]) in (0, 1)
    if later == "report":
        backfilled(capsys)
    written.rename(file)
    assert "0 could not be read." in (said := backfilled(capsys)) and "already there with" not in said
    assert {"asset ota", "image bin", "image ota_body", "image unpacked"} <= sizes().keys()
    assert sizes()["image bin"] == len(IMAGE)
    assert backfilled(capsys).startswith("0 builds recorded, 3 were there already, 0 could")


def test_a_report_that_says_otherwise_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path("in/release_1.18.100.json")
    assert cli.run(["release", "in", "-o", f"json={home}/r.json"]) in (0, 1)
    backfilled(capsys)
    kept = sizes()
    body = str(kept["image ota_body"])
    file.write_text(Path("r.json").read_text().replace(body, str(int(body) + 4)))
    assert "is already there with other sizes" in backfilled(capsys)
    assert sizes() == kept
