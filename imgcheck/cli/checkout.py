"""Where does a file lie in the checkout that a CI job has, whatever folder the job stands in?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from imgcheck.errors import ImgcheckError
from imgcheck.policies.checkouts import CHECKOUTS


def root(environment: Mapping[str, str]) -> Path | None:
    """The checkout's root, None outside of a CI job."""
    return next((Path(environment[name]) for name in CHECKOUTS if environment.get(name)), None)


def names(paths: Iterable[str], here: Path, top: Path) -> dict[str, str]:
    """Each path that is something below `top`, as the CI system knows it: from there, without links.

    A source that was compiled through a linked folder is the file of the repository; the checkout itself may
    be a link. What lies elsewhere is not renamed.
    """
    real = os.path.realpath(top)
    if not os.path.realpath(here).startswith((real + os.sep, real)) or real == os.sep:
        return {}
    found: dict[str, str] = {}
    for path in paths:
        target = os.path.realpath(here / path)
        if path and target.startswith(real + os.sep) and Path(target).exists():
            found[path] = Path(target).relative_to(real).as_posix()
    return {path: name for path, name in found.items() if path != name}


def above(here: Path, environment: Mapping[str, str]) -> Path:
    """The checkout that a job stands in: its CI system's word, else the folder with `.git`, else its own."""
    upward = (one for one in (here, *here.parents) if (one / ".git").exists())
    return root(environment) or next(upward, here)


def unlinked(paths: Iterable[Path], top: Path) -> None:
    """Raises ImgcheckError for an output that a link of a tree that is not trusted would lead elsewhere.

    The checkout itself may be reached through a link, and what lies outside of it is the job's own.
    """
    real = os.path.realpath(top)
    for path in paths:
        whole = path.absolute()  # as the system goes: behind a link `..` is not where it came from
        start = next((one for one in whole.parents if os.path.realpath(one) == real), None)
        while start and whole != start:
            if whole.is_symlink():
                raise ImgcheckError(
                    f"{path}: {whole} is a link of the checkout, which the change may have made"
                )
            whole = whole.parent
