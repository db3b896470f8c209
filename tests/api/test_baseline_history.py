"""`imgcheck check --baseline last` without a committed one: the newest build of the history is the base."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from studies import BASE, needs_fixture

from imgcheck.cli import run
from imgcheck.history import store
from imgcheck.history.builds import Build

pytestmark = [needs_fixture, pytest.mark.usefixtures("remembered")]
SMALL, LARGE = BASE.parent / "over/OpenBL602.elf", BASE.parent / "base/OpenBL602.elf"
POLICY = (
    'layouts = ["small.toml"]\n[components]\nlwip = "liblwip.a"\nlibm = "libm.a"\n'
    '[rules]\nselect = ["IMG101", "IMG102", "IMG20", "IMG30"]\nignore = ["runway"]\n'
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.toml").write_bytes((BASE.parent / "over/small.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMGCHECK_DB", raising=False)
    asks()
    return tmp_path


def asks(more: str = "[growth]\nflash = 0\n") -> None:
    Path("imgcheck.toml").write_text(POLICY + more)


def record(elf: Path, revision: str, date: str = "2026-10-01", *more: str) -> None:
    words = ("--revision", revision, "--date", date, "--policy", "imgcheck.toml")
    assert run(["history", "record", str(elf), *words, *more]) == 0


def checked(elf: Path, *more: str) -> tuple[int, dict[str, list[dict[str, object]]]]:
    words = ("--policy", "imgcheck.toml", "--baseline", "last", "-o", "json=out.json", *more)
    code = run(["check", str(elf), *words])
    return code, json.loads(Path("out.json").read_text()) if code != 2 else {}


def codes(document: dict[str, list[dict[str, object]]], waived: bool = False) -> set[tuple[object, object]]:
    return {
        (one["code"], one["subject"])
        for one in document["diagnostics"]
        if one["severity"] != "note" and bool(one["waived"]) == waived
    }


def refused(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    capsys.readouterr()
    assert checked(SMALL, *more)[0] == 2
    said = capsys.readouterr().err
    assert said.startswith("imgcheck: error: ") and said.count("\n") == 1
    return said


def test_the_newest_build_is_the_base_and_is_named(project: Path) -> None:
    record(LARGE, "1.0", "2026-09-01")
    record(SMALL, "1.1", "2026-10-01")
    code, document = checked(SMALL)
    assert code == 0
    assert document["diff"]["old"]["name"] == "1.1 in .imgcheck/history.db"  # type: ignore[call-overload]
    assert "1.1 in .imgcheck/history.db" in str(document["verdict"])
    assert ("IMG101", "small") in codes(document, waived=True)
    assert document["diff"]["flash"] == 0  # type: ignore[call-overload]
    assert document["diff"]["ota"] == 0  # type: ignore[call-overload]
    assert document["diff"]["ram"] == 0  # type: ignore[call-overload]
    code, document = checked(LARGE)
    assert code == 1
    assert {("IMG304", "growth total flash"), ("IMG101", "small")} <= codes(document)


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ("[growth]\nram = '10 KiB'\n", {"growth total ram"}),
        ("[growth]\nota = '10 KiB'\n", {"growth total ota"}),
        ("[growth]\ncomponents = { libm = '8 KiB', lwip = 0 }\n", {"growth libm flash"}),
        ("[growth]\nflash = '48 %'\n", set()),
    ],
)
def test_growth_is_held_against_it(project: Path, limits: str, found: set[str]) -> None:
    record(SMALL, "1.1")
    asks(limits)
    assert {subject for code, subject in codes(checked(LARGE)[1]) if code == "IMG304"} == found


def test_what_was_over_before_is_excused_and_what_nobody_recorded_is_not(project: Path) -> None:
    asks('[budgets]\nlwip = 1\n"symbol:vfscanf" = 1\n"archive:libm.a" = 1\n[heap]\nfloor = "1 MiB"\n')
    record(SMALL, "1.1")
    code, document = checked(SMALL)
    assert codes(document, waived=True) >= {
        ("IMG101", "small"),
        ("IMG301", "component lwip flash"),
        ("IMG301", "archive libm.a flash"),
        ("IMG202", "heap"),
    }
    assert (code, codes(document)) == (1, {("IMG301", "symbol vfscanf flash")})


def test_a_committed_baseline_counts_more(project: Path) -> None:
    record(LARGE, "1.0")
    assert run(["baseline", "update", str(SMALL), "--policy", "imgcheck.toml", "--reason", "x"]) == 0
    _, document = checked(SMALL)
    assert document["diff"]["old"]["name"] == "imgcheck.baseline"  # type: ignore[call-overload]


def test_this_build_is_no_base_of_itself(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("init", "-q", "-b", "main")
    git("add", "imgcheck.toml")
    git("commit", "-q", "-m", "x")
    head = git("rev-parse", "HEAD")
    record(SMALL, "1.1", "2026-09-01")
    own = project / "fw.elf"
    own.write_bytes(LARGE.read_bytes())
    own.with_suffix(".map").write_bytes(LARGE.with_suffix(".map").read_bytes())
    record(own, head)
    _, document = checked(own)
    assert document["diff"]["old"]["name"] == "1.1 in .imgcheck/history.db"  # type: ignore[call-overload]


def test_which_builds_may_be_the_base(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no imgcheck.baseline" in refused(capsys) and "there is no history" in refused(capsys)
    record(SMALL, "1.1", "2026-10-01", "--branch", "main")
    record(LARGE, "1.2", "2026-10-02", "--branch", "pull")
    assert "several branches (main, pull): choose with --branch" in refused(capsys)
    assert checked(SMALL, "--branch", "main")[0] == 0
    asks('[growth]\nflash = 0\n[history]\nbranch = "main"\n')
    assert checked(SMALL)[0] == 0
    assert "no earlier build of bl602 main berry" in refused(capsys, "--variant", "berry").replace(
        "berry main", "main berry"
    )
    record(LARGE, "1.2", "2026-10-02", "--branch", "main", "--variant", "berry")
    assert "several kinds (bl602, bl602 berry)" in refused(capsys)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"compiler": "GNU C11 10.2.0"}, "another compiler: GNU C11 10.2.0"),
        ({"policy": "other (0123456789ab)"}, "another policy"),
        ({"policy": "other"}, "another policy: other"),
        ({"sizes": ()}, "without the size of its image"),
        ({"target": "bl702"}, "no earlier build of bl602"),
    ],
)
def test_a_build_that_cannot_be_compared_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object], says: str
) -> None:
    from dataclasses import replace

    record(SMALL, "1.1")
    with store.connect(store.DEFAULT, write=True) as opened:
        (made,) = opened.builds(sizes=True)
        assert isinstance(made, Build)
        opened.remove([made.id])
        opened.add([replace(made, **change)])  # type: ignore[arg-type]
    assert says in refused(capsys)


def git(*words: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_base_that_is_stale_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asks("[growth]\nflash = 0\nstale = 2\n")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    record(SMALL, git("rev-parse", "HEAD"))
    record(SMALL, "1.5", "2026-10-01", "--variant", "tagged")
    record(SMALL, "1.6", "2026-10-01", "--variant", "nameless")
    git("tag", "1.5")
    for number in range(3):
        for variant in ("", "tagged", "nameless"):
            code = checked(SMALL, "--variant", variant)[0] if variant else None
            assert code in (None, 0)
        git("commit", "-q", "--allow-empty", "-m", str(number))
    assert "1.5 in .imgcheck/history.db is stale" in refused(capsys, "--variant", "tagged")
    assert checked(SMALL, "--variant", "nameless")[0] == 0  # nobody can say how old it is


def test_under_policy_from_the_trees_history_is_no_base(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "base")
    base = git("rev-parse", "HEAD")
    record(LARGE, "1.1")  # of the change: what it grew was there before
    outside = tmp_path_factory.mktemp("runner") / "history.db"
    record(SMALL, "1.0", "2026-10-01", "--db", str(outside))
    assert "lies in the working tree" in refused(capsys, "--policy-from", base)
    assert f"there is no imgcheck.baseline at {base}" in refused(capsys, "--policy-from", base)
    code, document = checked(LARGE, "--policy-from", base, "--db", str(outside))
    assert code == 1
    assert ("IMG304", "growth total flash") in codes(document)
