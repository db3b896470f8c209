"""Where are the files of a build after it moved? The longest common end of a path tells."""

from __future__ import annotations

import os
from bisect import bisect_left
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
        # By their ends, in order: what has the longest common one with a path stands beside its place.
        self._known = sorted((_parts(path)[::-1], path) for path in paths if _parts(path))
        self._found: dict[str, str] = {}  # each object names the same hundred headers

    def find(self, path: str) -> str:
        """The indexed path that `path` means on this machine, "" if none or several do."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._find(path)
        return found

    def _find(self, path: str) -> str:
        wanted = _parts(path)[::-1]
        if not wanted:
            return ""
        place = bisect_left(self._known, (wanted, ""))
        best = max((_common(self._known[at][0], wanted) for at in self._near(place)), default=0)
        if not best or (best == 1 and len(wanted) > 1):
            # A name alone says something of files without a folder only, and those come first.
            place, wanted = bisect_left(self._known, (wanted[:1], "")), wanted[:1]
            alike = [one for one in self._known[place : place + 2] if one[0] == wanted]
        else:
            first = bisect_left(self._known, (wanted[:best], ""))
            alike = [one for one in self._known[first : first + 2] if one[0][:best] == wanted[:best]]
        return alike[0][1] if len(alike) == 1 else ""

    def _near(self, place: int) -> range:
        return range(max(place - 1, 0), min(place + 1, len(self._known)))


def _parts(path: str) -> tuple[str, ...]:
    return tuple(
        part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..") and part[-1] != ":"
    )


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    common = 0
    for a, b in zip(one, other, strict=False):
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
