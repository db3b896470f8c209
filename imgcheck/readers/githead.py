"""Which commit is checked out (gitrepository-layout(5)), read from files: nothing of git is run."""

from __future__ import annotations

import re
from pathlib import Path

from imgcheck.errors import FormatError
from imgcheck.readers import files

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH = re.compile(r"ref: (refs/[^\s\\]+)")
_LARGEST = 4 << 20  # packed-refs of a repository with 50,000 branches
_DEEPEST = 5  # symbolic references that lead to others


def find(start: Path) -> str:
    """The commit of the checkout that `start` lies in, "" when there is none or it cannot be told."""
    try:
        for folder in (start.resolve(), *start.resolve().parents):
            place = folder / ".git"
            if place.is_dir():
                return _commit(place, place)
            if place.is_file():  # of a worktree or a submodule: "gitdir: PATH"
                own = folder / _text(place).removeprefix("gitdir:").strip()
                shared = own / "commondir"
                return _commit(own, own / _text(shared).strip() if shared.is_file() else own)
    except (OSError, ValueError, FormatError):
        pass
    return ""


def _commit(own: Path, shared: Path) -> str:
    name = "HEAD"
    for _ in range(_DEEPEST):
        text = _first(name, own, shared)
        if _COMMIT.fullmatch(text):
            return text
        branch = _BRANCH.fullmatch(text)
        if not branch or ".." in branch[1]:
            return ""
        name = branch[1]
    return ""


def _first(name: str, own: Path, shared: Path) -> str:
    for folder in (own, shared):
        if (folder / name).is_file():
            return _text(folder / name).strip()
    packed = shared / "packed-refs"
    if packed.is_file():
        for line in _text(packed).splitlines():
            commit, _, called = line.partition(" ")
            if called == name:
                return commit
    return ""


def _text(path: Path) -> str:
    return files.begin(path, _LARGEST).decode("utf-8", "replace")
