"""The commit of a checkout, against git."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from imgcheck.readers import githead


def git(folder: Any, *arguments: Any) -> Any:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Any:
    root = tmp_path / "project"
    (root / "build").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    return root


def test_the_commit_is_the_one_that_git_says(checkout: Any, tmp_path: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    assert githead.find(checkout / "build") == head
    git(checkout, "pack-refs", "--all")
    assert githead.find(checkout / "build") == head
    git(checkout, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "second")
    assert githead.find(tmp_path / "other") == git(tmp_path / "other", "rev-parse", "HEAD") != head
    git(checkout, "checkout", "-q", "--detach")
    assert githead.find(checkout) == head


@pytest.mark.parametrize(
    "text", ["", "ref: refs/heads/none", "ref: refs/../../secret", "ref: /etc/passwd", "x" * 40, "ref: HEAD"]
)
def test_a_head_that_is_none_is_no_commit(tmp_path: Path, text: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text(text)
    assert githead.find(tmp_path) == ""


def test_a_head_that_leads_round_in_circles(tmp_path: Path) -> None:
    place = tmp_path / ".git/refs/heads"
    place.mkdir(parents=True)
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/a")
    (place / "a").write_text("ref: refs/heads/b")
    (place / "b").write_text("ref: refs/heads/a")
    assert githead.find(tmp_path) == ""
