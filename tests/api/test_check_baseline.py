"""`imgcheck check --baseline`, and `imgcheck baseline update`, as a project uses them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imgcheck.cli import run

FIRMWARE = Path(__file__).parents[1] / "firmware"
BUILDS = FIRMWARE / "build"
SMALL, LARGE = BUILDS / "over/OpenBL602.elf", BUILDS / "base/OpenBL602.elf"
POLICY = (
    'layouts = ["small.toml"]\n[components]\nlwip = "liblwip.a"\nlibm = "libm.a"\n'
    '[rules]\nselect = ["IMG101", "IMG102", "IMG30"]\n[growth]\n'
)

pytestmark = pytest.mark.usefixtures("remembered")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "small.toml").write_bytes((BUILDS / "over/small.toml").read_bytes())
    (tmp_path / "imgcheck.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(command: Any, elf: Any, *arguments: Any) -> Any:
    return run([*command.split(), str(elf), "--policy", "imgcheck.toml", *map(str, arguments)])


def checked(elf: Any, *arguments: Any) -> Any:
    code = call("check", elf, *arguments, "--output", "json=out.json")
    return code, json.loads(Path("out.json").read_text()) if code != 2 else {}


def findings(document: Any, waived: bool = False) -> Any:
    return [(one["code"], one["subject"]) for one in document["diagnostics"]
            if one["severity"] != "note" and bool(one["waived"]) == waived]  # fmt: skip


def grows(limits: Any) -> None:
    Path("imgcheck.toml").write_text(POLICY + limits)


def keep(elf: Any) -> None:
    assert call("baseline update", elf, "--reason", "first") == 0


def test_what_the_base_has_as_well_is_said_and_does_not_fail(project: Any) -> None:
    assert checked(SMALL)[0] == 1  # strict without a base
    keep(SMALL)
    for asked in (("--baseline", "last"), ("--baseline", "imgcheck.baseline"), ("--base-elf", SMALL)):
        code, document = checked(SMALL, *asked)
        assert code == 0
        assert ("IMG101", "small") in findings(document, waived=True)
        assert document["diff"]["flash"] == 0
        assert all(one["passed"] for one in document["checks"])


def test_a_slip_that_was_there_before_is_excused_by_a_committed_baseline(project: Any) -> None:
    policy = ("--policy", FIRMWARE / "imgcheck.toml")
    assert run([*map(str, ("baseline", "update", LARGE, *policy, "--to", "x.baseline"))]) == 0
    options = ("--output", "json=out.json", "--fail-on", "warning")
    command = [*map(str, ("check", LARGE, *policy, *options))]
    assert run(command) == 1
    assert run([*command, "--baseline", "x.baseline"]) == 0
    assert ("IMG402", "ENABLE_DRIVER_IRREMOTEESP") in findings(
        json.loads(Path("out.json").read_text()), waived=True
    )


def test_what_an_excused_finding_makes_worth_asking_is_excused_with_it(project: Any) -> None:
    """What to strip is asked because the image is too large, which it was before."""
    policy = ("--policy", BUILDS / "over/imgcheck.toml", "--sources", FIRMWARE)
    command = [*map(str, ("check", SMALL, *policy, "--fail-on", "warning", "--output", "json=out.json"))]
    assert run(command) == 1
    before = json.loads(Path("out.json").read_text())
    assert [one for one in findings(before) if one[0] == "IMG401"]
    run([*command, "--base-elf", str(SMALL)])
    after = json.loads(Path("out.json").read_text())
    assert not [one for one in findings(after) if one[0] in ("IMG101", "IMG401")]


def test_who_makes_it_worse_fails(project: Any) -> None:
    keep(SMALL)
    code, document = checked(LARGE, "--baseline", "last")
    assert code == 1
    assert ("IMG101", "small") in findings(document)


def test_a_policy_may_ask_that_old_findings_fail(project: Any) -> None:
    keep(SMALL)
    grows("strict = true\n")
    assert checked(SMALL, "--baseline", "last")[0] == 1


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ("flash = 0", [("IMG304", "growth total flash")]),
        ("flash = '1 MiB'", []),
        ("flash = '47 %'", [("IMG304", "growth total flash")]),
        ("flash = '48 %'", []),
        ("ram = '10 KiB'", [("IMG304", "growth total ram")]),
        ("ota = '10 KiB'", [("IMG304", "growth total ota")]),
        ("components = { libm = '8 KiB', lwip = 0 }", [("IMG304", "growth libm flash")]),
        ("components = { libm = { ram = 0, flash = '1 MB' } }", [("IMG304", "growth libm ram")]),
    ],
)
def test_growth_over_what_the_policy_allows(project: Any, limits: str, found: Any) -> None:
    keep(SMALL)
    grows(limits + "\n")
    code, document = checked(LARGE, "--baseline", "last")
    assert code == 1  # it does not fit either
    assert [one for one in findings(document) if one[0] == "IMG304"] == found
    if found:
        (finding,) = (one for one in document["diagnostics"] if one["code"] == "IMG304")
        assert finding["location"]["path"] == "imgcheck.toml"
        assert finding["location"]["line"] == POLICY.count("\n") + 1


@pytest.mark.parametrize(
    "limits", ["components = { lwpi = 0 }", "components = { lwip = { ota = 0 } }", "ram = 0"]
)
def test_a_limit_that_cannot_be_held_against_the_base_is_no_pass(
    project: Any, capsys: pytest.CaptureFixture[str], limits: str
) -> None:
    grows(limits + "\n")
    elf = LARGE.with_suffix(".bin") if limits == "ram = 0" else LARGE
    assert run(["report", str(SMALL), "--policy", "imgcheck.toml", "--output", "json=base.json"]) == 1
    capsys.readouterr()
    assert call("check", elf, "--baseline", "base.json") == 2
    said = capsys.readouterr().err
    assert "IMG304" in said or "another compiler" in said
    assert said.count("\n") == 1


def test_a_build_that_shrinks_passes(project: Any) -> None:
    grows("flash = 0\nram = 0\nota = 0\n")
    keep(LARGE)
    assert checked(SMALL, "--baseline", "last")[0] == 0


def test_a_report_of_the_base_build_is_a_base(project: Any) -> None:
    grows("flash = 0\n")
    assert call("check", SMALL, "--output", "json=base.json") == 1
    assert checked(SMALL, "--baseline", "base.json")[0] == 0
    code, document = checked(LARGE, "--baseline", "base.json")
    assert code == 1
    assert document["diff"]["old"]["name"] == "base.json"
    assert any(one["kind"] == "symbol" for one in document["deltas"])
    text = document["verdict"]
    assert "base.json" in text


def test_limits_of_growth_that_nothing_was_held_against_are_a_warning(project: Any) -> None:
    grows("flash = 0\nram = '2 KiB'\n")
    Path("imgcheck.toml").write_text(Path("imgcheck.toml").read_text().replace('"IMG101", "IMG102", ', ""))
    code, document = checked(SMALL)
    found = [one for one in document["diagnostics"] if one["code"] == "IMG306"]
    assert [(one["severity"], one["message"][:20]) for one in found] == [("warning", "2 limits of [growth]")]
    assert found[0]["location"]["path"] == "imgcheck.toml"
    assert code == 0  # the first run of a recipe has no base yet
    assert checked(SMALL, "--fail-on", "warning")[0] == 1
    assert call("check", SMALL, "--output", "markdown=c.md") == 0
    shown = Path("c.md").read_text().split("<details>")[0]
    assert "IMG306" in shown
    # With a base it is measured, and the base itself is asked for none.
    assert not [
        one for one in checked(SMALL, "--base-elf", SMALL)[1]["diagnostics"] if one["code"] == "IMG306"
    ]
    assert call("baseline update", SMALL) == 0
    assert "IMG306" not in Path("imgcheck.baseline").read_text()
    Path("imgcheck.toml").write_text(Path("imgcheck.toml").read_text().replace('"IMG30"', '"IMG304"'))
    assert checked(SMALL)[0] == 2  # selected by its code: then it must be evaluated


def test_update_goes_down_by_itself_and_up_with_a_reason(
    project: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "imgcheck.baseline"
    assert call("baseline update", LARGE) == 0
    before = file.read_text()
    assert call("baseline update", SMALL) == 0 or "new" not in before
    low = file.read_text()
    assert re.search(r"^total flash 69376$", low, re.M)
    assert call("baseline update", LARGE) == 1
    assert "--reason" in capsys.readouterr().err
    assert re.search(r"^total flash 69376$", file.read_text(), re.M)
    assert call("baseline update", LARGE, "--reason", "TLS for MQTT") == 0
    assert re.search(r"^total flash 102068$", file.read_text(), re.M)
    assert re.search(r"^reason \d{4}-\d\d-\d\d TLS for MQTT$", file.read_text(), re.M)
    _, document = checked(LARGE, "--baseline", "last")
    assert any("TLS for MQTT" in one["message"] for one in document["diagnostics"])
    capsys.readouterr()
    call("check", LARGE, "--baseline", "last")
    assert re.search(
        r"^The baseline was raised on \d{4}-\d\d-\d\d: TLS for MQTT\.$", capsys.readouterr().out, re.M
    )


def test_one_of_another_compiler_gives_way_to_a_reason_which_is_kept(project: Any) -> None:
    file = project / "imgcheck.baseline"
    assert call("baseline update", LARGE) == 0
    file.write_text(file.read_text().replace("GNU C11 12.2.0", "GNU C11 10.2.0"))
    before = file.read_text()
    assert call("baseline update", LARGE) == 2
    assert file.read_text() == before
    assert call("baseline update", LARGE, "--reason", "GCC 12") == 0
    assert "compiler GNU C11 12.2.0\n" in file.read_text()
    assert re.search(r"^reason \d{4}-\d\d-\d\d GCC 12$", file.read_text(), re.M)


def refused(capsys: pytest.CaptureFixture[str], *arguments: Any) -> Any:
    capsys.readouterr()
    assert call("check", SMALL, *arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("imgcheck: error: ")
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("target bl602", "target bl702", "another target"),
        ("GNU C11 12.2.0", "GNU C11 10.2.0", "another compiler"),
        (r"components [0-9a-f]+", "components 0", "another policy"),
        (r"total flash .*", "total flash many", "line"),
    ],
)
def test_a_baseline_that_is_not_of_this_project_is_refused(
    project: Any, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    keep(SMALL)
    file = project / "imgcheck.baseline"
    file.write_text(re.sub(old, new, file.read_text()))
    assert says in refused(capsys, "--baseline", "last")


def test_what_is_not_there_is_refused(project: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "imgcheck.baseline" in refused(capsys, "--baseline", "last")
    assert "--baseline" in refused(capsys, "--baseline", "no-such-revision")
    assert "none.elf" in refused(capsys, "--base-elf", "none.elf")


def git(*arguments: Any) -> Any:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(text: Any) -> Any:
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", text)
    return git("rev-parse", "HEAD")


def test_the_baseline_of_a_revision_and_of_the_base_branch(project: Any) -> None:
    git("init", "-q", "-b", "main")
    grows("flash = 0\n")
    keep(SMALL)
    commit("base")
    keep_of_base = (project / "imgcheck.baseline").read_text()
    assert call("baseline update", LARGE, "--reason", "a change that raises its own limit") == 0
    assert (project / "imgcheck.baseline").read_text() != keep_of_base
    assert ("IMG304", "growth total flash") in findings(checked(LARGE, "--baseline", "main")[1])
    assert findings(checked(LARGE, "--baseline", "last")[1]) == []
    for text in ("last", "imgcheck.baseline"):
        found = findings(checked(LARGE, "--baseline", text, "--policy-from", "main")[1])
        assert ("IMG304", "growth total flash") in found


def test_a_stale_baseline_is_refused(project: Any, capsys: pytest.CaptureFixture[str]) -> None:
    git("init", "-q", "-b", "main")
    grows("stale = 2\n")
    head = commit("first")
    keep(SMALL)
    file = project / "imgcheck.baseline"
    text = re.sub(r"^(revision .*\n)?", "", file.read_text(), flags=re.M)
    file.write_text(text.replace("policy ", f"revision {head}\npolicy ", 1))
    commit("second")
    commit("third")
    assert checked(SMALL, "--baseline", "last")[0] == 0
    commit("fourth")
    assert "stale" in refused(capsys, "--baseline", "last")
