"""Findings land on lines that their reader can change: a policy's or a #define's, never in a shipped file."""

import json
from pathlib import Path

import pytest

from imgcheck.cli import run
from imgcheck.data import shipped
from imgcheck.model import Diagnostic, Location
from imgcheck.report import defines

OVER = Path(__file__).parents[1] / "firmware" / "build" / "over"

pytestmark = pytest.mark.usefixtures("remembered")


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert run([*arguments, "-o", "json"]) in (0, 1)
    document = json.loads(capsys.readouterr().out)
    return [one for one in document["diagnostics"] if one["location"]]


@pytest.mark.parametrize("command", ["report", "check"])
def test_no_place_in_a_shipped_layout(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = found(
        capsys, command, str(OVER / "OpenBL602.elf"), "--layout", "devcube-4m", "--layout", "sdk-demo-1m"
    )
    paths = {str(one["location"]["path"]) for one in said}  # type: ignore[index]
    assert not [path for path in paths if "budgets" in path or "site-packages" in path]
    assert shipped("budgets").is_dir()


def test_what_is_over_lands_on_the_define_where_the_policy_has_no_line() -> None:
    define = Location("src/obk_config.h", 37)
    over = Diagnostic("IMG101", "error", "over")
    listed = Diagnostic("IMG102", "error", "over", Location("imgcheck.toml", 3))
    strip = Diagnostic("IMG401", "warning", "strip", define)
    other = Diagnostic("IMG605", "warning", "double")
    moved = defines.placed((over, listed, strip, other))
    assert [one.location for one in moved] == [define, listed.location, define, None]
    assert defines.placed((over, other)) == (over, other)


POLICY = 'extends = "openbeken-bl602"\n[budgets]\nmqtt = { flash = "1 KiB" }\nlibc = { flash = "1 KiB" }\n'


def test_a_budget_lands_on_the_source_of_what_is_largest_and_says_where_the_limit_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "imgcheck.toml"
    policy.write_text(POLICY)
    base = OVER.parent / "base/OpenBL602.elf"
    assert run(["check", str(base), "--policy", str(policy), "-o", "json", "-o", f"sarif={tmp_path}/s"]) == 1
    said = [one for one in json.loads(capsys.readouterr().out)["diagnostics"] if one["code"] == "IMG301"]
    mine, theirs = (one for one in said)
    place = mine["location"]
    assert place["path"].endswith("src/mqtt/new_mqtt.c")
    source = (OVER.parents[1] / "src/mqtt/new_mqtt.c").read_text().splitlines()
    assert "mqtt_received" in source[place["line"] - 1]
    assert "most of it: mqtt_received (" in mine["help"] and f"stands at {policy}:3" in mine["help"]
    # The sources of the C library are not here: the first feature that takes something off it has a line.
    assert theirs["location"]["path"].endswith("src/obk_config.h")
    assert theirs["help"] == f"the limit stands at {policy}:4"
    results = json.loads((tmp_path / "s").read_text())["runs"][0]["results"]
    related = [one["relatedLocations"] for one in results if "relatedLocations" in one]
    assert [one[0]["physicalLocation"]["region"] for one in related] == [{"startLine": 3}, {"startLine": 4}]
