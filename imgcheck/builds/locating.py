"""Where are the files of a build after it moved? The longest common end of a path tells."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from imgcheck.errors import FormatError
from imgcheck.wording import commas

_MOST_FILES = 200_000  # of a folder to search: a mistyped --objects / must end
OBJECT_SUFFIXES = (".o", ".obj", ".a", ".lo")
_SKIPPED_FOLDERS = frozenset({".git", ".svn", ".hg", ".venv", "node_modules", "__pycache__"})


class Index:
    """Files by the end of their path: the longest common end wins, a tie finds nothing."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for path in paths:
            parts = _parts(path)
            if parts:
                self._by_name.setdefault(parts[-1], []).append((parts, path))

    def find(self, path: str) -> str:
        """The indexed path that `path` means on this machine, "" if none or several do."""
        wanted = _parts(path)
        candidates = self._by_name.get(wanted[-1], ()) if wanted else ()
        best, found = 0, ""
        for parts, known in candidates:
            common = _common_end(parts, wanted)
            whole = common == min(len(parts), len(wanted))
            if common < 2 and not whole:
                continue
            if common > best:
                best, found = common, known
            elif common == best:
                found = ""
        return found


def _parts(path: str) -> tuple[str, ...]:
    return tuple(
        part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..") and part[-1] != ":"
    )


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    common = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        common += 1
    return common


def files_below(folder: Path, suffixes: tuple[str, ...]) -> list[str]:
    """Paths of the files below `folder` with one of the suffixes, sorted; raises FormatError for too many."""
    found: list[str] = []
    seen = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED_FOLDERS)
        seen += len(names)
        if seen > _MOST_FILES:
            raise FormatError(f"more than {commas(_MOST_FILES)} files to search", str(folder))
        found.extend(f"{parent}/{name}" for name in names if name.endswith(suffixes))
    return sorted(found)
