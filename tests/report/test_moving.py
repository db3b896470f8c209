"""Paths are shortened in one place, at the end: all that a report names lies where the user stands."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import samples

import imgcheck
from imgcheck import emitters
from imgcheck.cli import run
from imgcheck.emitters import PLAIN
from imgcheck.model import Digest, Location, Policy, Read, Report
from imgcheck.report import moving
from imgcheck.report import summary as report

HERE = "/work/fw"
OTA = f"{HERE}/ota/FW_OTA.bin.xz.ota"


def read() -> Report:
    """Of a build whose OTA file was read, as it is put together."""
    facts = samples.facts(over=True)
    facts = replace(facts, artefact=replace(facts.artefact, source=Read(OTA)))
    made = report.build(
        facts, samples.page(), findings=samples.diagnostics(), inputs=[("OTA file", OTA, "beside the ELF")]
    )
    digest = Digest("", f"policy x, OTA file: {OTA}", made.tables[0], (), tuple(made.diagnostics), 0, ())
    return replace(made, home=f"{HERE}/imgcheck.toml", digest=digest)


def test_no_path_below_it_is_left_in_any_format() -> None:
    """The sentences that name the OTA file too: the table of sizes, a comment, and what the page says."""
    seen = moving.seen_from(read(), HERE)
    assert seen.summary and seen.summary.ota_source == "ota/FW_OTA.bin.xz.ota"
    assert seen.digest and seen.digest.context == "policy x, OTA file: ota/FW_OTA.bin.xz.ota"
    assert seen.home == "imgcheck.toml"
    for name in emitters.EMITTERS:
        written = emitters.load(name).emit(seen, PLAIN)
        assert HERE not in (written if isinstance(written, str) else written.decode()), name


def test_reports_in_a_report_are_seen_from_there_too() -> None:
    whole = replace(read(), builds=(read(),), drawn=read())
    seen = moving.seen_from(whole, HERE)
    assert seen.drawn and [one.home for one in (seen.drawn, *seen.builds)] == ["imgcheck.toml"] * 2


@pytest.mark.parametrize("path", ["/work/fw2/a.h", "/work", "/work/fw", "a.h", "", "/elsewhere/work/fw/a.h"])
def test_what_does_not_lie_below_stays(path: str) -> None:
    assert moving.below(path, HERE) == path


def test_the_root_is_a_place_to_stand_too() -> None:
    assert moving.below("/work/a.h", "/") == "work/a.h"
    assert moving.below("/work/a.h", "/work/") == "a.h"


def test_a_policy_is_seen_from_there_with_its_settings() -> None:
    policy = Policy("x", f"{HERE}/imgcheck.toml", HERE, origins={"reserve": Location(f"{HERE}/base.toml", 3)})
    seen = moving.policy_from(policy, HERE)
    assert (seen.path, seen.origins["reserve"]) == ("imgcheck.toml", Location("base.toml", 3))


def test_python_and_the_command_line_name_the_same_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(samples_firmware(), tmp_path / "build")
    monkeypatch.chdir(tmp_path)
    elf = str(tmp_path / "build/OpenBL602.elf")
    assert run(["pack", elf, "-o", "build/ota/FW_OTA.bin.xz.ota"]) == 0
    capsys.readouterr()
    assert run(["report", elf, "--output", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    made = imgcheck.report(elf)
    assert made.summary
    assert told["image"]["ota_source"] == made.summary.ota_source == "build/ota/FW_OTA.bin.xz.ota"
    assert made.path == "build/OpenBL602.elf"


def samples_firmware() -> Path:
    return Path(__file__).parents[1] / "firmware" / "build" / "base"
