"""A gate's comment: at most 25 lines that everybody sees, and nothing lost in what is folded."""

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from imgcheck import cli
from imgcheck.builds import companions
from imgcheck.emitters import markdown
from imgcheck.model import (
    Diagnostic,
    Difference,
    FeatureSettings,
    Fit,
    Location,
    Policy,
    Provenance,
    Read,
    Report,
    Severity,
    Slot,
    Snapshot,
    Variant,
)
from imgcheck.report import digest

sys.path.insert(0, str(Path(__file__).parents[1] / "emitters"))
import samples

FIRMWARE = Path(__file__).parents[1] / "firmware"
BASE, OVER = (FIRMWARE / f"build/{name}/OpenBL602.elf" for name in ("base", "over"))
pytestmark = [
    pytest.mark.skipif(not BASE.exists(), reason="needs the fixture"),
    pytest.mark.usefixtures("remembered"),
]
MOST = 25


def visible(text: str) -> list[str]:
    """What a browser shows of a comment: a fold is its summary."""
    lines, depth = [], 0
    for line in text.splitlines():
        if depth == 0:
            lines.append(line)
        depth += line.count("<details") - line.count("</details>")
    assert depth == 0
    return lines


def comment(tmp_path: Path, *arguments: str | Path) -> tuple[int, str]:
    path = tmp_path / "c.md"
    code = cli.run(["check", *map(str, arguments), "-o", f"markdown={path}"])
    return code, path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def excused(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    return comment(tmp_path_factory.mktemp("excused"), OVER, "--base-elf", BASE)


def test_a_change_is_judged_against_its_base_in_25_lines(excused: tuple[int, str]) -> None:
    code, text = excused
    assert code == 0  # the base is over as well, and further
    lines = visible(text)
    assert len(lines) <= MOST  # empty ones counted too
    shown = "\n".join(lines)
    assert lines[0] == "<!-- imgcheck:OpenBL602 -->"
    assert "does not fit small" in lines[1]
    head = next(line for line in lines if line.startswith("| ") and "base" in line)
    assert re.findall(r"[a-z]+(?: \(small\))?", head) == ["base", "this", "diff", "limit (small)", "left"]
    row = next(line for line in lines if line.startswith("| unpacked"))
    base = 4096 + (FIRMWARE / "build/base/OpenBL602.bin").stat().st_size
    now = 4096 + (FIRMWARE / "build/over/OpenBL602.bin").stat().st_size
    padded = [-(-size // 16) * 16 for size in (base, now)]
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    assert cells[:3] == [f"{padded[0]:,}", f"{padded[1]:,}", f"{padded[1] - padded[0]:+,}"]
    assert "Not this change's doing: too small since before it: small" in shown
    assert "What this change did, by component: libm -" in shown
    assert shown.count("Least to strip") == 1
    assert "IMG401" not in shown  # the plan is said once
    assert "IMG401" in text


def test_what_is_not_seen_is_folded(excused: tuple[int, str]) -> None:
    _, text = excused
    folded = text[len("\n".join(visible(text)[:15])) :]
    for word in ("Largest changes", "Costs no feature", "Slots", "Components", "IMG606", "Sizes"):
        assert word in folded, word
    titles = re.findall(r"<details><summary>(.*?)</summary>", text)
    assert len(titles) == len(set(titles)) <= 6


def test_without_a_base_there_is_nothing_to_compare(tmp_path: Path) -> None:
    code, text = comment(tmp_path, OVER)
    lines = visible(text)
    assert code == 1
    assert len(lines) <= MOST
    head = next(line for line in lines if line.startswith("| ") and "this" in line)
    assert "base" not in head
    assert "diff" not in head
    assert any("IMG101" in line for line in lines)


def test_a_slip_of_the_base_is_not_this_change_s_doing(tmp_path: Path) -> None:
    """The header lies above both builds: that its guard is commented out is nothing new."""
    _, alone = comment(tmp_path, BASE)
    assert any("IMG402" in line for line in visible(alone))
    code, text = comment(tmp_path, BASE, "--base-elf", BASE)
    assert code == 0
    assert "the base has IMG104, IMG402 as well" in "\n".join(visible(text))
    assert "What this change did: nothing." in text


def test_the_worst_report_stays_in_25_lines() -> None:
    found = tuple(_finding(n) for n in range(60))
    notes = (Diagnostic("IMG601", "note", "x", Location("src/a.c", 3)), Diagnostic("IMG606", "note", "y"))
    slots = (Slot("unpacked", 9, 5, -4, "over"), Slot("body", 9, 8, -1, "over"))
    fits = tuple(Fit(f"layout-{n}", False, "unpacked", slots) for n in range(40))
    report = Report("t", "check", "Failed: " + "word " * 300, False, None, fits, (), (), (*found, *notes))
    made = replace(report, digest=digest.of(report, "context " * 200))
    lines = visible(markdown.emit(made))
    assert len(lines) <= MOST
    assert max(map(len, lines)) < 900
    assert any("more below" in line for line in lines)


def _finding(n: int) -> Diagnostic:
    severity: Severity = "warning" if n % 2 else "error"
    message = f"finding {n} " + "long " * 99
    made = Diagnostic(f"IMG30{n % 5}", severity, message, Location("src/a.c", n + 1), subject=str(n))
    return made if n % 7 else replace(made, waived="base", inherited=True)


def test_no_finding_lies_on_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build is no file of a repository: what a merge request shows there, nobody sees."""
    monkeypatch.chdir(FIRMWARE)
    files = {name: tmp_path / name for name in ("gitlab", "rdjson", "sarif")}
    outputs = [word for name, path in files.items() for word in ("-o", f"{name}={path}")]
    assert cli.run(["check", "build/base/OpenBL602.elf", *outputs]) == 0
    paths = {one["location"]["path"] for one in json.loads(files["gitlab"].read_text())}
    paths |= {one["location"]["path"] for one in json.loads(files["rdjson"].read_text())["diagnostics"]}
    for one in json.loads(files["sarif"].read_text())["runs"][0]["results"]:
        paths.add(one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
    assert not [path for path in paths if path.startswith("build/")]
    assert paths >= {"imgcheck.toml", "src/obk_config.h", "src/driver/drv_main.c"}


def test_waste_is_found_at_the_line_that_defines_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIRMWARE)
    cli.run(["check", "build/base/OpenBL602.elf", "-o", f"json={tmp_path / 'r.json'}"])
    found = json.loads((tmp_path / "r.json").read_text())["diagnostics"]
    place = next(one["location"] for one in found if one["message"].startswith("g_drivers "))
    assert place["path"] == "src/driver/drv_main.c"
    line = (FIRMWARE / place["path"]).read_text(encoding="utf-8").splitlines()[place["line"] - 1]
    assert line[place["column"] - 1 : place["end_column"] - 1] == "g_drivers"
    assert not line.startswith("extern")


def test_the_policy_is_not_looked_for_above_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imgcheck.toml").write_text('layouts = ["nowhere.toml"]\n')
    workspace = tmp_path / "workspace"
    (workspace / "build").mkdir(parents=True)
    for suffix in ("elf", "map"):
        shutil.copy(BASE.with_suffix(f".{suffix}"), workspace / "build")
    monkeypatch.chdir(workspace)
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    assert cli.run(["check", "build/OpenBL602.elf"]) == 2
    monkeypatch.setenv("CI_PROJECT_DIR", str(workspace))
    assert cli.run(["check", "build/OpenBL602.elf"]) == 0


def test_a_comment_says_which_variant_it_is_and_who_says_so() -> None:
    place = Location("imgcheck.toml", 3)
    policy = Policy(
        "p", "imgcheck.toml", "", variant=Variant("berry"),
        features=FeatureSettings(defines={"OBK_VARIANT": "2", "NDEBUG": "1", "OTHER": "x"}),
        origins={"features.defines.OBK_VARIANT": place, "features.defines.OTHER": place},
    )  # fmt: skip
    told = digest.variant(policy, {"OBK_VARIANT": "0", "NDEBUG": "1"})
    assert told == "variant berry (OBK_VARIANT=0, read from the build; OTHER=x, by the policy)"
    assert digest.variant(Policy("p", "", ""), {"OBK_VARIANT": "0"}) == ""


TWO = {"default": "OBK_VARIANT=0", "berry": "OBK_VARIANT=1", "bare": "BARE"}


@pytest.mark.parametrize(
    ("built", "said"),
    [
        ({"OBK_VARIANT": "0"}, "variant default (OBK_VARIANT=0, read from the build)"),
        ({"OBK_VARIANT": "1", "NDEBUG": "1"}, "variant berry (OBK_VARIANT=1, read from the build)"),
        ({"BARE": "1"}, "variant bare (BARE=1, read from the build)"),
        ({"OBK_VARIANT": "7"}, ""),
        ({"OBK_VARIANT": "1", "BARE": "1"}, ""),  # both: nobody knows
        ({}, ""),  # what a build did not record is not guessed
    ],
)
def test_a_build_says_which_variant_it_is(built: dict[str, str], said: str) -> None:
    assert digest.variant(Policy("p", "", "", variants=TWO), built) == said


def test_a_named_build_keeps_its_name_beside_the_macro() -> None:
    policy = Policy("p", "", "", variants=TWO, variant=Variant("ours"))
    assert digest.variant(policy, {"OBK_VARIANT": "1"}) == "variant ours (OBK_VARIANT=1, read from the build)"


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/w/build_out/ota/dts40M_pt2M_boot2release_ef4015/FW_OTA.bin.xz.ota", "ef4015"),
        ("ota/dts40M/FW_OTA.bin.xz.ota", "dts40M"),
        ("ota/FW_OTA.bin.xz.ota", "FW_OTA.bin.xz.ota"),
        ("out/dts40M_ef4015/OpenBL602_1.0.ota", "OpenBL602_1.0.ota"),
        ("FW_OTA.bin.xz.ota", "FW_OTA.bin.xz.ota"),
    ],
)
def test_an_ota_file_is_called_by_what_tells_it_from_its_siblings(path: str, label: str) -> None:
    assert companions.ota_label(path) == label


def test_the_line_below_the_verdict_says_what_was_judged_by_what() -> None:
    """With the shipped policy there is none of the project's own: the base is what judges."""
    facts = samples.facts(over=True)
    facts = replace(
        facts, artefact=replace(facts.artefact, source=Read("/w/ota/dts40M_ef4015/FW_OTA.bin.xz.ota"))
    )
    facts = replace(facts, policy=Policy("openbeken-bl602", "", "", variants=TWO, shipped="openbeken-bl602"))
    old = Snapshot(
        "e1a8097.json",
        "t",
        Provenance("bl602", (), (), "", "", "", False, "elf"),
        (),
        "",
        1,
        None,
        None,
        None,
        False,
    )
    report = replace(samples.failing(), difference=Difference(old, old, (), ()))
    built = {"OBK_VARIANT": "0"}
    said = "variant default (OBK_VARIANT=0, read from the build), OTA file ef4015"
    judged = f"{said}, no policy: judged against the base build e1a8097.json"
    assert digest.context(report, facts, built) == judged
    alone = replace(report, difference=None)
    assert digest.context(alone, facts, built) == f"{said}, no policy but the shipped openbeken-bl602"
    assert digest.context(alone, facts, built, "openbeken-bl602") == f"{said}, policy openbeken-bl602"


def test_two_variants_without_a_title_are_two_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their comments would replace each other: the build's own word tells them apart."""
    monkeypatch.chdir(tmp_path)
    for kind in ("elf", "map"):
        shutil.copy(BASE.with_suffix(f".{kind}"), tmp_path / f"fw.{kind}")
    ids = []
    for value in "01":
        monkeypatch.setattr("imgcheck.api.check._macros", lambda _, value=value: {"OBK_VARIANT": value})
        assert (
            cli.run(["check", "fw.elf", "-o", "markdown=c.md", "-o", "sarif=s.json", "-o", "github=g"]) == 0
        )
        ids.append(json.loads(Path("s.json").read_text())["runs"][0]["automationDetails"]["id"])
        named = "fw default" if value == "0" else "fw berry"
        assert Path("c.md").read_text().startswith(f"<!-- imgcheck:{named} -->\n")
    assert len(set(ids)) == 2
    assert cli.run(["check", "fw.elf", "-o", "markdown=c.md", "--title", "mine"]) == 0
    assert Path("c.md").read_text().startswith("<!-- imgcheck:mine -->\n")
