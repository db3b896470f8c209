"""`imgcheck check` with the rule runway: how many releases are left, and whose history says so."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gatefacts
import pytest
from studies import ELF, needs_fixture

from imgcheck.api import kept, timeline
from imgcheck.api.asked import Earlier
from imgcheck.api.build import Inputs
from imgcheck.cli import run
from imgcheck.history import questions, store
from imgcheck.history.builds import Build, Size
from imgcheck.model import Need
from imgcheck.rules import RULES

UNPACKED, BODY = 106_176, 65_616  # of the fixture
TABLE = """[pt_table]
address0 = 0xE000
address1 = 0xF000
[[pt_entry]]
type = 0
name = "FW"
device = 0
address0 = 0x10000
size0 = 0x1B000
address1 = 0x2B000
size1 = 0x11000
len = 0
"""
POLICY = 'layouts = ["small.toml"]\n[rules]\nselect = {select}\n[rules.runway]\nreleases = {releases}\n'

pytestmark = pytest.mark.usefixtures("remembered")


def builds(sizes: Sequence[int], **words: str) -> list[Build]:
    """Releases of these unpacked sizes; the body is always the fixture's."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Build(
            start + timedelta(days=7 * at),
            **{"revision": f"1.{at}", "target": "bl602", **words},  # type: ignore[arg-type]
            sizes=(Size("image", "unpacked", "flash", size), Size("image", "ota_body", "ota", BODY)),
        )
        for at, size in enumerate(sizes)
    ]


def keep(made: Sequence[Build], path: str = ".imgcheck/history.db") -> None:
    with store.connect(path, write=True) as opened:
        opened.add(made)


def steady(each: int, count: int = 20) -> list[Build]:
    """A history that grew by `each` a release, up to the fixture's size."""
    return builds([UNPACKED - each * (count - 1 - at) for at in range(count)])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.toml").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMGCHECK_DB", raising=False)
    asks(6)
    return tmp_path


def asks(releases: int, select: str = '["IMG101", "IMG305"]', more: str = "") -> None:
    Path("imgcheck.toml").write_text(POLICY.format(select=select, releases=releases) + more)


def checked(*more: str) -> tuple[int, dict[str, list[dict[str, object]]]]:
    code = run(["check", str(ELF), "--policy", "imgcheck.toml", "-o", "json=out.json", *more])
    return code, json.loads(Path("out.json").read_text()) if code != 2 else {}


def found(document: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
    return [one for one in document["diagnostics"] if one["code"] == "IMG305"]


@needs_fixture
@pytest.mark.parametrize(("each", "fires"), [(1_000, True), (800, False)])
def test_it_fires_when_fewer_releases_are_left_than_asked_for(project: Path, each: int, fires: bool) -> None:
    # 4,416 bytes are left: the fifth release of 1,000 bytes does not fit, of 800 the sixth.
    keep(steady(each))
    code, document = checked()
    assert code == 0  # a warning
    findings = found(document)
    assert [(one["subject"], one["severity"]) for one in findings] == (
        [("small unpacked", "warning")] if fires else []
    )
    if fires:
        assert "overflows in 5 releases, with 1.24 (80 % interval: 5 to 5)" in str(findings[0]["message"])
        assert "the policy asks for 6" in str(findings[0]["message"])
    rows = [(one["subject"], one["passed"]) for one in document["checks"] if one["rule"] == "IMG305"]
    assert sorted(rows) == [("small body", True), ("small unpacked", not fires)]
    assert checked("--fail-on", "warning")[0] == int(fires)


@needs_fixture
def test_what_this_build_adds_counts(project: Path) -> None:
    """The same growth, but the history ends 3,000 bytes below this build: 4,416 bytes are left."""
    keep(builds([UNPACKED - 3_000 - 1_000 * (19 - at) for at in range(20)]))
    (finding,) = found(checked()[1])
    assert "in 5 releases, with 1.25 " in str(finding["message"])


@needs_fixture
def test_a_build_that_is_recorded_already_is_not_counted_twice(project: Path) -> None:
    assert run(["history", "record", str(ELF), "--revision", "1.20", "--date", "2026-06-30"]) == 0
    keep(steady(1_000))
    known = timeline.read(store.connect(store.DEFAULT), "", store.Wanted())
    assert known.newest() == {"unpacked": UNPACKED, "body": BODY}
    (finding,) = found(checked()[1])
    assert "with 1.25 " in str(finding["message"])


@needs_fixture
@pytest.mark.parametrize(
    ("history", "words"),
    [
        (None, "there is no history"),
        (8, "8 builds of bl602 are too few, it takes 9"),
        (0, "no build of target bl602 is in it; it has other"),
    ],
)
def test_what_cannot_be_told_is_said_and_by_name_refused(
    project: Path, capsys: pytest.CaptureFixture[str], history: int | None, words: str
) -> None:
    if history is not None:
        keep(steady(1_000, history) if history else builds([1] * 20, target="other"))
    for select in ('["IMG101", "IMG3"]', '["IMG101", "IMG305"]', '["IMG101", "runway"]'):
        asks(6, select)
        code, document = checked()
        if select.endswith('"IMG3"]'):
            (note,) = (one for one in document["diagnostics"] if one["code"] == "not-evaluated")
            assert (code, note["subject"]) == (0, "IMG305")
            assert words in str(note["message"])
        else:
            assert code == 2
            error = [one for one in capsys.readouterr().err.splitlines() if "error:" in one]
            assert len(error) == 1
            assert words in error[0] and "IMG305 (runway) is selected" in error[0]


@needs_fixture
def test_nobody_hears_of_it_who_does_not_ask(project: Path) -> None:
    Path(".imgcheck").mkdir()
    Path(".imgcheck/history.db").write_text("not read at all")
    Path("imgcheck.toml").write_text('layouts = ["small.toml"]\n')
    code, document = checked()
    assert code == 0
    assert "IMG305" not in json.dumps([document["diagnostics"], document["checks"]])
    Path("imgcheck.toml").write_text('layouts = ["small.toml"]\n[rules]\nselect = ["IMG101", "runway"]\n')
    assert checked()[0] == 2  # by name, and no number to hold against


@needs_fixture
@pytest.mark.parametrize("where", ["option", "policy", "environment"])
def test_a_history_that_is_named_must_be_there_and_be_one(
    project: Path, where: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "policy":
        asks(6, '["IMG101", "IMG3"]', '[history]\ndb = "mine.db"\n')
    elif where == "environment":
        monkeypatch.setenv("IMGCHECK_DB", "mine.db")
    more = ("--db", "mine.db") if where == "option" else ()
    for content, words in ((None, "no such history"), ("x" * 5_000, "not a database")):
        if content:
            Path("mine.db").write_text(content)
        assert checked(*more)[0] == 2
        error = capsys.readouterr().err
        assert words in error and "mine.db" in error and error.count("\n") == 1
    Path("mine.db").unlink()
    keep(steady(1_000), "mine.db")
    assert found(checked(*more)[1])


@needs_fixture
def test_which_builds_count(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(steady(1_000))
    keep([replace(one, branch="pull", variant="berry") for one in builds([UNPACKED] * 20)])
    assert checked()[0] == 2
    assert "several kinds" in capsys.readouterr().err
    assert found(checked("--variant", "berry")[1]) == []
    asks(6, more='[history]\nvariant = "berry"\nbranch = "pull"\n')
    assert found(checked()[1]) == []
    assert checked("--branch", "main")[0] == 2  # berry has none there


def test_a_slot_of_which_nothing_is_known_is_no_pass() -> None:
    facts = gatefacts.facts(forecasts=(), options={"rules.runway.releases": 6})
    notes = list(RULES["IMG305"].check(facts))
    assert {(one.severity, one.subject) for one in notes} == {
        ("note", f"{gatefacts.LAYOUT.name} {slot}") for slot in ("unpacked", "body")
    }
    assert list(RULES["IMG305"].subjects(facts)) == []


def git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *words],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@needs_fixture
def test_a_history_in_the_working_tree_is_the_changes_own_word(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "base")
    base = git("rev-parse", "HEAD")
    keep(builds([UNPACKED] * 20))  # of the change: it never grows
    trusted = tmp_path_factory.mktemp("runner") / "history.db"
    keep(steady(1_000), str(trusted))
    assert found(checked()[1]) == []
    assert checked("--policy-from", base)[0] == 2  # selected by its code: not believed, so not measured
    assert "lies in the working tree" in capsys.readouterr().err
    asks(6, '["IMG101", "IMG3"]', '[history]\ndb = ".imgcheck/history.db"\n')
    git("commit", "-q", "-a", "-m", "names it")
    _, document = checked("--policy-from", git("rev-parse", "HEAD"))
    assert "lies in the working tree" in json.dumps(document["diagnostics"])
    link = trusted.parent / "link.db"
    link.symlink_to(project / ".imgcheck/history.db")
    Path("out.db").symlink_to(trusted)
    for inside in (".imgcheck/history.db", str(project / ".imgcheck/history.db"), str(link), "out.db"):
        assert checked("--policy-from", base, "--db", inside)[0] == 2
        assert "lies in the working tree" in capsys.readouterr().err
    assert found(checked("--policy-from", base, "--db", str(trusted))[1])


def test_an_address_of_a_server_is_believed(project: Path) -> None:
    policy = replace(gatefacts.POLICY, history={"db": "postgresql://x/y", "branch": "main"})
    inputs = Inputs(ELF)
    address, wanted = kept.find(Earlier(variant="a"), policy, inputs, "bl602", "HEAD")
    assert (address, wanted.branch, wanted.variant, wanted.target) == (
        "postgresql://x/y",
        "main",
        "a",
        "bl602",
    )


def test_the_forecast_of_a_slot_starts_at_this_build() -> None:
    from imgcheck.history import forecast

    made = steady(1_000)
    sizes = [one.size(questions.UNPACKED) or 0 for one in made]
    plain = forecast.forecast("x", "unpacked", UNPACKED + 4_500, made, sizes)
    later = forecast.forecast("x", "unpacked", UNPACKED + 4_500, made, sizes, now=UNPACKED + 2_000)
    over = forecast.forecast("x", "unpacked", UNPACKED + 4_500, made, sizes, now=UNPACKED + 4_501)
    assert plain and later and over
    assert (plain.left, plain.first, plain.size) == (5, "1.24", UNPACKED)
    assert (later.left, later.first, later.size) == (3, "1.23", UNPACKED + 2_000)
    assert (over.left, over.first) == (0, "")
    assert forecast.forecast("x", "unpacked", 1, [], []) is None
    assert Need.HISTORY in RULES["IMG305"].needs
