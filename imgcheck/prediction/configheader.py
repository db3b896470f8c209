"""Where a build's configuration header is: the file that switches its features on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Found(NamedTuple):
    """The header, and the folder that the project's paths start from."""

    root: Path
    header: Path


def find(config: str, policy_root: str, given: Path | None, firmware: Path) -> Found | None:
    """The header `config`, or None when there is none to be found.

    Tried in order: `given` (--sources) alone; else the policy's folder ("" for one that ships), the folders
    above the firmware, and those above the current one. A given folder may be a part of the project: the
    header's own folder, or one above it.
    """
    if given:
        root, parts = given.absolute(), Path(config).parts
        headers = (root.joinpath(*parts[skip:]) for skip in range(len(parts)))
        return next((Found(root, header) for header in headers if header.is_file()), None)
    here = Path.cwd()
    roots = [Path(policy_root)] if policy_root else []
    roots += [*firmware.absolute().parents, here, *here.parents]
    return next((Found(root, root / config) for root in roots if (root / config).is_file()), None)
