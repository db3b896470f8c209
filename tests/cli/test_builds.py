"""`imgcheck check` without a file: each build that the policy names, with one table of all."""

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from documents import validate

from imgcheck import cli
from imgcheck.devices import layouts
from imgcheck.policies import policy

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "tests/firmware"
pytestmark = [
    pytest.mark.skipif(not (FIRMWARE / "build").exists(), reason="needs the fixture"),
    pytest.mark.usefixtures("remembered"),
]

POLICY = """
extends = "openbeken-bl602"
[rules]
select = ["IMG10", "IMG3"]
[build.default]
elf = "build/base/OpenBL602.elf"
ota = "build/base/ota/*/*.ota"
[build.berry]
elf = "build/over/*.elf"
title = "lamp berry"
layouts = ["small.toml"]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("IMGCHECK_OUTPUT", "IMGCHECK_SUMMARY", "IMGCHECK_TITLE", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    for build in ("base", "over"):
        folder = tmp_path / "build" / build
        folder.mkdir(parents=True)
        for suffix in ("elf", "map", "bin"):
            shutil.copy(FIRMWARE / "build" / build / f"OpenBL602.{suffix}", folder)
    shutil.copytree(FIRMWARE / "build/base/ota", tmp_path / "build/base/ota")
    shutil.copy(FIRMWARE / "build/over/small.toml", tmp_path)
    (tmp_path / "imgcheck.toml").write_text(POLICY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return cli.run([*arguments])


def read(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(*arguments) == 2
    said = capsys.readouterr().err
    assert said.count("imgcheck: error:") == 1
    assert len(said.splitlines()) == 1
    return said


FORMATS = {
    "json": "r.json", "sarif": "r.sarif", "junit": "r.xml", "gitlab": "g.json", "rdjson": "rd.json",
    "csv": "r.csv", "markdown": "r.md", "html": "r.html", "github": "gh.txt", "azure": "az.txt",
    "concise": "c.txt", "text": "t.txt",
}  # fmt: skip


def test_check_alone_judges_each_build_and_the_worst_decides(home: Path) -> None:
    assert run("check", *(word for one in FORMATS.items() for word in ("-o", "=".join(one)))) == 1
    report = read("r.json")
    validate(report)
    assert report["passed"] is False
    assert "lamp berry (1 of 2 builds)" in report["verdict"]
    default, berry = report["builds"]
    assert (default["title"], default["passed"]) == ("OpenBL602 default", True)
    assert (berry["title"], berry["passed"]) == ("lamp berry", False)
    assert [one["name"] for one in berry["layouts"]] == ["small"]
    # As if each had been asked for alone: the same document.
    for name, title in (("default", 0), ("berry", 1)):
        run("check", "--build", name, "-o", "json=one.json")
        assert read("one.json") == report["builds"][title]

    sarif = [one["automationDetails"]["id"] for one in read("r.sarif")["runs"]]
    assert sarif == ["imgcheck/OpenBL602 default/", "imgcheck/lamp berry/"]
    suites = ElementTree.parse("r.xml").getroot()
    assert [one.get("name") for one in suites] == ["imgcheck.OpenBL602 default", "imgcheck.lamp berry"]
    assert suites.get("failures") == "1"
    assert suites.get("tests") == str(sum(int(one.get("tests", 0)) for one in suites))
    prints = [one["fingerprint"] for one in read("g.json")]
    assert len(set(prints)) == len(prints)
    assert any(one["description"].startswith("lamp berry: ") for one in read("g.json"))
    assert any(one["message"].startswith("lamp berry: ") for one in read("rd.json")["diagnostics"])
    markdown = Path("r.md").read_text(encoding="utf-8")
    assert re.findall(r"^<!-- imgcheck:(.*) -->$", markdown, re.MULTILINE)[1:] == [
        "OpenBL602 default",
        "lamp berry",
    ]
    first = markdown.partition("<!-- imgcheck:OpenBL602 default -->")[0]
    assert first.count("\n| ") == 3  # a heading and a row per build
    assert "title=imgcheck lamp berry (IMG101)" in Path("gh.txt").read_text(encoding="utf-8")
    assert "IMG101 lamp berry: " in Path("az.txt").read_text(encoding="utf-8")
    assert "lamp berry: small" in Path("r.html").read_text(encoding="utf-8")
    rows = [
        line.split(",")[1] for line in Path("r.csv").read_text().splitlines() if line.startswith("build,")
    ]
    assert rows == ["OpenBL602 default", "lamp berry"]
    text = Path("t.txt").read_text(encoding="utf-8")
    assert text.startswith("Failed: lamp berry (1 of 2 builds).\n\nBuilds\n")
    assert "=== lamp berry" in text
    assert "lamp berry: Failed" in Path("c.txt").read_text(encoding="utf-8")


def test_all_pass(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "imgcheck.toml").write_text(POLICY.replace('layouts = ["small.toml"]', ""), encoding="utf-8")
    assert run("check") == 0
    assert capsys.readouterr().out.startswith("Passed: all 2 builds.\n")


def test_a_given_file_is_the_build_that_the_policy_has_it_for(home: Path) -> None:
    assert run("check", "build/over/OpenBL602.elf", "-o", "json=r.json") == 1
    assert read("r.json")["title"] == "lamp berry"
    assert run("report", "--build", "default", "-o", "json=r.json") == 0
    assert read("r.json")["image"]["ota_source"].endswith("FW_OTA.bin.xz.ota")
    # A copy elsewhere that is said to be one has its own files beside it.
    shutil.copytree("build/over", "old")
    assert run("check", "old/OpenBL602.elf", "--build", "berry", "-o", "json=r.json") == 1
    assert read("r.json")["title"] == "lamp berry"


def test_one_build_needs_no_table(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "imgcheck.toml").write_text(
        'elf = "build/base/OpenBL602.elf"\ntitle = "the lamp"\nlayouts = ["guiflasher-2m"]\n',
        encoding="utf-8",
    )
    for command in ("check", "report"):
        assert run(command, "-o", "json=r.json") == 0
        report = read("r.json")
        assert "builds" not in report
        assert report["title"] == "the lamp"
    assert 'title = "the lamp"' in shown(capsys)


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    assert run("check", "--show-policy") == 0
    return capsys.readouterr().out


def test_the_shipped_ota_file_is_the_one_that_the_policy_names(home: Path) -> None:
    """Several are made; the newest is not the one that reaches devices."""
    ota = next(Path("build/base/ota").rglob("*.ota"))
    other = home / "build/base/ota/dts26M/FW_OTA.bin.xz.ota"
    other.parent.mkdir()
    other.write_bytes(b"BL60X_OTA_Ver1.0" + ota.read_bytes()[16:])
    shutil.copystat(ota, other)
    for name, chosen in (("dts40M", ota), ("dts26M", other)):
        (home / "imgcheck.toml").write_text(
            f'elf = "build/base/OpenBL602.elf"\nota = "build/base/ota/{name}*/*.ota"\n', encoding="utf-8"
        )
        assert run("check", "-o", "json=r.json") in (0, 1)
        assert read("r.json")["image"]["ota_source"] == str(
            chosen.relative_to(home) if chosen.is_absolute() else chosen
        )


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (POLICY, ("report",), "the policy names 2 builds (default, berry); --build NAME picks one"),
        (POLICY, ("check", "--build", "bery"), "did you mean 'berry'?"),
        (POLICY, ("check", "--title", "x"), "--title is one build's"),
        (POLICY, ("check", "--base-elf", "build/base/OpenBL602.elf"), "--build NAME picks it"),
        (POLICY.replace("base/O", "bsae/O"), ("check",), "no such file; was it built? (line 6"),
        (POLICY.replace("over/*", "base/*"), ("check",), "the file of builds default and berry"),
        (POLICY.replace("dts40M", "x").replace("ota/*/*", "ota/*/*x"), ("check",), "ota = "),
        ("", ("check", "--build", "a"), "names none"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, arguments: tuple[str, ...], said: str
) -> None:
    (home / "imgcheck.toml").write_text(text, encoding="utf-8")
    assert said in refused(capsys, *arguments, "-o", "json=r.json")
    assert not Path("r.json").exists()


def test_an_output_never_replaces_a_build_of_the_policy(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "would be written over" in refused(capsys, "check", "-o", "json=build/over/OpenBL602.map")


def test_a_report_of_several_is_the_base_of_several(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "-o", "json=base.json") == 1
    assert run("check", "--baseline", "base.json", "-o", "json=r.json") == 0  # the base has the same
    report = read("r.json")
    assert [one["diff"]["flash"] for one in report["builds"]] == [0, 0]
    assert run("check", "--build", "berry", "--baseline", "base.json") == 0
    run("check", "--build", "default", "-o", "json=one.json")
    capsys.readouterr()
    said = refused(capsys, "diff", "base.json", "one.json")
    assert "a report of 2 builds (OpenBL602 default, lamp berry)" in said


def test_committed_baselines_are_apart(home: Path) -> None:
    for name in ("default", "berry"):
        assert run("baseline", "update", "--build", name) == 0
    assert sorted(one.name for one in home.glob("*.baseline")) == [
        "imgcheck.berry.baseline",
        "imgcheck.default.baseline",
    ]
    assert run("check", "--baseline", "last") == 0


def test_a_comment_of_several(home: Path) -> None:
    run("check", "-o", "json=r.json")
    assert run("comment", "r.json", "-o", "c.md") == 0
    text = Path("c.md").read_text(encoding="utf-8")
    assert text.count("<!-- imgcheck:") == 3
    assert text.startswith("<!-- imgcheck:")
    # Documents in documents have an end.
    report = read("r.json")
    report["builds"][0]["builds"] = [report["builds"][1]]
    Path("deep.json").write_text(json.dumps(report), encoding="utf-8")
    assert run("comment", "deep.json", "-o", "d.md") == 2


def test_init_names_the_builds_and_check_alone_passes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "imgcheck.toml").unlink()
    assert run("init", "build/base/OpenBL602.elf", "build/over/OpenBL602.elf") == 0
    settings = policy.read(home / "imgcheck.toml")
    assert [one.name for one in settings.builds] == ["base", "over"]
    for one in settings.builds:  # limits of the project's own parts only, with room for 3 % more
        names = {budget.name for budget in one.budgets}
        assert names
        assert not names & {"libc", "libm", "libgcc", "wifi", "rtos", "lwip"}
    assert not settings.budgets
    sizes = measured("build/over/OpenBL602.elf")
    for budget in settings.builds[1].budgets:
        assert 1.03 * sizes[budget.name, budget.resource] <= budget.limit
    assert len(settings.layouts) == 4
    assert run("check") == 0
    assert run("init", "one=build/base/OpenBL602.elf", "two=build/over/OpenBL602.elf", "--to", "-") == 0
    assert '[build."two"]' in capsys.readouterr().out


def measured(elf: str) -> dict[tuple[str, str], int]:
    run("report", elf, "--policy", "openbeken-bl602", "-o", "json=m.json")
    found = read("m.json")["measures"]
    return {(one["name"], one["resource"]): one["size"] for one in found if one["kind"] == "component"}


def test_init_of_one_build_is_what_check_alone_takes(home: Path) -> None:
    (home / "imgcheck.toml").unlink()
    (home / "build/base/ota/dts26M").mkdir()
    ota = next(Path("build/base/ota").rglob("*.ota"))
    shutil.copy(ota, home / "build/base/ota/dts26M" / ota.name)
    assert run("init", "build/base/OpenBL602.elf") == 0
    text = (home / "imgcheck.toml").read_text(encoding="utf-8")
    assert 'elf = "build/base/OpenBL602.elf"' in text
    assert text.count("# ota = ") == 2  # whoever ships one knows which
    assert run("check") == 0


def test_a_layout_that_is_too_small_is_accepted_for_its_build_only(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = layouts.load("small.toml")
    monkeypatch.setattr(layouts, "default", lambda *_: (small,))
    (home / "imgcheck.toml").unlink()
    for reason in ((), ("--accept", "older than the web update")):
        assert run("init", "base=build/base/OpenBL602.elf", "--to", "x.toml", "--force", *reason) == 0
        said = capsys.readouterr().err
        assert "fits 0 of 1 layouts, and all 1 stay in force" in said
    assert ("until" in said) == bool(reason)
    assert run("init", "build/base/OpenBL602.elf", "build/over/OpenBL602.elf", "--accept", "old") == 0
    written = policy.read(home / "imgcheck.toml")
    assert {one.build for one in written.waivers} == {"base", "over"}
    assert [one.rule for one in written.waivers if one.build == "over"] == ["IMG101"]  # its body fits
    assert all(date.fromisoformat(one.expires) > date.today() for one in written.waivers)


@pytest.mark.usefixtures("home")
def test_builds_that_would_be_called_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    elf = "build/base/OpenBL602.elf"
    assert "write NAME=" in refused(capsys, "init", elf, elf, "--to", "x.toml")
    assert "would be written over" in refused(
        capsys, "init", elf, "--to", "build/base/OpenBL602.map", "--force"
    )


def test_paths_of_several_are_those_of_the_checkout_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(home))
    monkeypatch.chdir(home / "build")
    assert run("check", "-o", "json=r.json", "-o", "gitlab=g.json", "-o", "markdown=r.md") == 1
    found = [one for one in read("r.json")["builds"][1]["diagnostics"] if one["code"] == "IMG101"]
    assert [one["location"]["path"] for one in found] == ["small.toml"]
    paths = {one["location"]["path"] for one in read("g.json")}
    assert paths <= {"small.toml", "imgcheck.toml"}
    assert str(home) not in Path("r.md").read_text(encoding="utf-8").partition("<details>")[0]
