"""What the page says of itself: files and their hashes, who judged, and how much has an owner."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import studies

from imgcheck.api import build, check, diff
from imgcheck.model import FILL, HOLE, UNATTRIBUTED, Report
from imgcheck.report import trust

pytestmark = [studies.needs_fixture, pytest.mark.usefixtures("remembered")]


def drawn(path: Path, **inputs: object) -> Report:
    made = build.show(build.Inputs(path, **inputs), packed=False, features=False)  # type: ignore[arg-type]
    assert made.drawn
    return made.drawn


def base() -> Report:
    return drawn(studies.inputs("base").firmware)


def test_hashes_are_those_of_sha256sum() -> None:
    read = trust.files(base().page)
    assert [one.what for one in read] == ["ELF", "map", ".bin", "OTA file", "policy"]
    said = subprocess.run(
        ["sha256sum", *(one.path for one in read)], capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[0] for line in said.splitlines()] == [one.digest for one in read]
    assert [one.size for one in read] == [f"{Path(one.path).stat().st_size:,}" for one in read]


def test_bytes_with_and_without_an_owner_are_the_image() -> None:
    made = base()
    said = dict(trust.lines(made))["Attribution"]
    total, padding, holes, nobody = (
        int(one.replace(",", ""))
        for one in re.findall(r"(?<![\d,.])([\d,]+)(?= (?:bytes of|are p|holes|nobody))", said)
    )
    flash: dict[str, int] = {}
    for item in build.build(studies.inputs("base")).facts.image.items:
        flash[item.name] = flash.get(item.name, 0) + item.flash
    assert made.summary and total == made.summary.bin_bytes == sum(flash.values())
    assert (padding, holes, nobody) == tuple(flash.get(one, 0) for one in (FILL, HOLE, UNATTRIBUTED))
    assert float(said.split(" %")[0]) == pytest.approx(
        100 * (total - padding - holes - nobody) / total, abs=0.05
    )


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    elf = tmp_path / "alone.elf"
    elf.write_bytes(studies.inputs("base").firmware.read_bytes())
    said = dict(trust.lines(drawn(elf)))
    assert "no map" in said["Attribution"]
    assert said["What if"].startswith("no features")
    assert said["Commit"].startswith("unknown")
    assert "Why" not in said
    raw = tmp_path / "alone.bin"
    raw.write_bytes(studies.inputs("base").firmware.with_suffix(".bin").read_bytes())
    said = dict(trust.lines(drawn(raw)))
    assert "only the image" in said["Attribution"]
    assert "compiler unknown" in said["Build"]


def test_a_shipped_policy_has_no_file_and_one_of_a_revision_is_not_the_working_trees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elf = tmp_path / "build/fw.elf"
    elf.parent.mkdir()
    elf.write_bytes(studies.inputs("base").firmware.read_bytes())
    assert trust.files(drawn(elf).page)[-1] == ("policy", "openbeken-bl602", "shipped with imgcheck", "", "")
    policy = tmp_path / "imgcheck.toml"
    policy.write_text('extends = "openbeken-bl602"\n')
    for command in (["init", "-q"], ["add", "imgcheck.toml"], ["commit", "-qm", "x"]):
        subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@x", *command], cwd=tmp_path, check=True
        )
    policy.write_text('extends = "openbeken-bl602"\nreserve = 1\n')
    monkeypatch.chdir(tmp_path)
    asked = check.Request(date(2026, 11, 27), policy_from="HEAD", tree=True)
    made = check.show(build.Inputs(elf), asked, lambda _what, _share: None)
    assert made.drawn
    last = trust.files(made.drawn.page)[-1]
    assert last.digest == "" and "HEAD" in last.how


def test_a_comparison_says_what_its_base_held() -> None:
    ends = studies.inputs("base").firmware, studies.inputs("over").firmware
    made = diff.show(diff.Request(*ends, packed=False, tree=True))
    assert made.drawn
    read = trust.files(made.drawn.page)
    assert read[-1].what == "base" and read[-1].digest != read[0].digest


def test_a_report_about_no_build_says_nothing() -> None:
    assert trust.lines(replace(base(), provenance=None)) == []
