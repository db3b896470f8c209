"""A slot at 96 % passes and is not green: every output says so in its own way."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from imgcheck import cli
from imgcheck.emitters import EMITTERS

ELF = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
pytestmark = [
    pytest.mark.skipif(not ELF.exists(), reason="needs the fixture"),
    pytest.mark.usefixtures("remembered"),
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What each format says of one build on a layout that is nearly full, and on one that is not."""
    found: dict[str, dict[str, str]] = {}
    for layout in ("fixture-2m", "guiflasher-2m"):
        folder = tmp_path_factory.mktemp(layout)
        name = str(ELF.parents[2] / "layouts/fixture-2m.toml") if layout == "fixture-2m" else layout
        asked = [word for one in EMITTERS for word in ("-o", f"{one}={folder / one}")]
        assert cli.run(["check", str(ELF), "--layout", name, *asked]) == 0
        found[layout] = {one: (folder / one).read_text(encoding="utf-8") for one in EMITTERS}
    return found


SAID = {
    "text": r"nearly full.*\n(.*\n)*.*binds, near",
    "concise": r"note: fixture-2m: the slot for the unpacked image is nearly full.*\[slot-near\]",
    "markdown": r"### ⚠️ .*nearly full",
    "json": r'"state": "near"',
    "csv": r"slot,fixture-2m unpacked,flash,.*,binds near",
    "html": r'class="chip near">nearly full<(.*\n)*.*data-state="near"',
    "github": r"::warning title=imgcheck%3A OpenBL602::Passed.*nearly full",
    "gitlab": r'"check_name": "slot-near"',
    "sarif": r'"ruleId": "slot-near"',
    "junit": r'name="fixture-2m unpacked" classname="imgcheck.OpenBL602.slot-near"',
    "rdjson": r'"value": "slot-near"',
    "azure": r"##vso\[task.logissue type=warning;\]imgcheck: Passed.*nearly full",
}


def test_every_format_is_asked_for() -> None:
    assert set(SAID) == set(EMITTERS)


@pytest.mark.parametrize("format", SAID)
def test_it_says_so(outputs: dict[str, dict[str, str]], format: str) -> None:
    assert re.search(SAID[format], outputs["fixture-2m"][format])
    assert not re.search(SAID[format], outputs["guiflasher-2m"][format])


def test_it_fails_nothing(outputs: dict[str, dict[str, str]]) -> None:
    said = outputs["fixture-2m"]
    assert json.loads(said["json"])["passed"] is True
    assert ElementTree.fromstring(said["junit"]).get("failures") == "0"
