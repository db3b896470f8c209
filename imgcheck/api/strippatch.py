"""A plan as a patch for where its reader stands: what is in it, and how it is applied there."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from imgcheck.model import Plan
from imgcheck.prediction.sources import patches
from imgcheck.prediction.study import Study

TUNED = "This plan counts on an OTA file packed with `imgcheck pack --tune`.\n\n"


def written(known: Study, plan: Plan, path: Path | None) -> tuple[str, str]:
    """The patch, its paths from the current folder, and a sentence about the file `path` that it goes to.

    git and patch refuse paths that lead out of the folder they are run in: where a file lies outside the
    current one, paths start at the sources' root, and the sentence names that.
    """
    here = known.folder.resolve()
    paths = {path for path, _ in known.configuration.off(frozenset(plan.features))}
    files = {one: (known.root / one).resolve() for one in paths}
    inside = all(one.is_relative_to(here) for one in files.values())
    start = here if inside else Path(os.path.commonpath([*(one.parent for one in files.values())]))
    names = {one: full.relative_to(start).as_posix() for one, full in files.items()}
    text = patches.patch(known.configuration, plan.features, names)
    if plan.tuned:  # git passes over what stands in front of the first file
        text = TUNED + text
    if path is None:
        return text, ""
    if inside:
        return text, f" {path} switches it off: `git apply {_word(path)}`, then build."
    folder = Path(os.path.relpath(start, here))
    where = _word(Path(os.path.relpath(path.resolve(), start)))
    return text, f" {path} switches it off: `git -C {_word(folder)} apply {where}`, then build."


def _word(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))
