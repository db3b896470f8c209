"""Which builds lie in a folder, and when they were made: as a CSV or a git repository's tags say."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgcheck.api import artifacts
from imgcheck.errors import ImgcheckError

WHO = ("-c", "user.name=a", "-c", "user.email=a@b.example")


def git(folder: Path, *arguments: str, seconds: int = 0, text: bytes = b"") -> str:
    dates = {"GIT_AUTHOR_DATE": f"@{seconds} +0000", "GIT_COMMITTER_DATE": f"@{seconds} +0000"}
    done = subprocess.run(
        ("git", "-C", str(folder), *WHO, *arguments),
        env={**os.environ, **dates},
        capture_output=True,
        check=True,
        input=text,
    )
    return done.stdout.decode().strip()


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "one", seconds=1_700_000_000)
    git(root, "tag", "v1.2")
    git(root, "commit", "-q", "--allow-empty", "-m", "two", seconds=1_700_000_100)
    git(root, "tag", "-a", "-m", "annotated", "1.3", seconds=1_700_000_200)
    return root


def day(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_tags_say_when(tagged: Path) -> None:
    expected = {"v1.2": day(1_700_000_000), "1.2": day(1_700_000_000), "1.3": day(1_700_000_200)}
    assert artifacts.tags(tagged) == expected
    below = tagged / "builds" / "old"
    below.mkdir(parents=True)
    assert artifacts.tags(below) == expected
    git(tagged, "clone", "-q", "--mirror", str(tagged), str(tagged.parent / "mirror.git"))
    assert artifacts.tags(tagged.parent / "mirror.git") == expected
    assert artifacts.tags(None) == {}


def test_a_tag_of_no_day_dates_nothing_and_stops_nothing(tagged: Path) -> None:
    commit = git(tagged, "cat-file", "commit", "HEAD") + "\n"
    for name, seconds in (("far", "99999999999999"), ("endless", "9" * 5_000)):
        text = commit.replace("1700000100", seconds).encode()
        oid = git(tagged, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", text=text)
        git(tagged, "update-ref", f"refs/tags/{name}", oid)
    git(tagged, "update-ref", os.fsdecode(b"refs/tags/v2.\xff"), "HEAD")
    found = artifacts.tags(tagged)
    assert "far" not in found and found["1.2"] == day(1_700_000_000)
    assert found[os.fsdecode(b"2.\xff")] == day(1_700_000_100)


def test_what_is_no_repository_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ImgcheckError, match="--tags"):
        artifacts.tags(tmp_path)
    with pytest.raises(ImgcheckError, match="--tags"):
        artifacts.tags(tmp_path / "absent")


def test_nothing_that_the_repository_configures_is_run(tagged: Path, tmp_path: Path) -> None:
    """Its tags are asked for, its programs are not."""
    mark = tmp_path / "ran"
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.alternateRefsCommand"):
        git(tagged, "config", key, f"touch {mark}")
    git(tagged, "config", "alias.for-each-ref", f"!touch {mark}")
    assert artifacts.tags(tagged)["1.3"] == day(1_700_000_200)
    assert not mark.exists()
