"""Without a map: one figure and one hint, the same wherever it is said."""

import json
import re
import shutil
from pathlib import Path

import pytest

from imgcheck.cli import run

BASE = Path(__file__).parents[1] / "firmware" / "build" / "base"


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    return Path(shutil.copy(BASE / "OpenBL602.elf", tmp_path))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(arguments) in (0, 1)
    return capsys.readouterr().out


def test_report_check_and_json_say_the_same(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(said(capsys, "check", str(alone), "-o", "json"))
    (lost,) = (
        one["size"]
        for one in document["measures"]
        if (one["kind"], one["name"], one["resource"]) == ("component", "[unattributed]", "flash")
    )
    share = f"{100 * lost / document['image']['bin_bytes']:.1f} %"
    hint = f"ive the map (--map): {share} has no owner without it"
    (found,) = (one for one in document["diagnostics"] if one["code"] == "IMG501")
    assert f"{lost:,} bytes of the image ({share})" in found["message"]
    assert hint in found["help"]
    text = said(capsys, "report", str(alone))
    assert hint in " ".join(text.split())
    assert re.search(rf"^\[unattributed\] +{lost:,} .* {re.escape(share)}", text, re.M)
    assert hint in said(capsys, "report", str(alone), "-o", "markdown").replace("\\", "")


def test_with_the_map_there_is_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no owner" not in said(capsys, "report", str(BASE / "OpenBL602.elf"))
    assert "IMG501" not in said(capsys, "check", str(BASE / "OpenBL602.elf"))


def test_an_image_alone_asks_for_the_elf(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    image = shutil.copy(BASE / "OpenBL602.bin", tmp_path)
    assert "Give the ELF and its map" in said(capsys, "report", str(image))
