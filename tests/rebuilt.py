"""What is said of the only feature of a small firmware, ENABLE_A, beside a build that is made without it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from compiled import OFF, firmware_of, left_out

from imgcheck import cli

Row = dict[str, Any]


class Rebuilt(NamedTuple):
    """The row of the feature, what a rebuild without it saves of the image and of static RAM, and the ELF."""

    row: Row
    flash: int
    ram: int
    firmware: Path


def said(firmware: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """The document of `features`, whose exit code is `code`."""
    path = firmware.parent.with_suffix(".json")
    assert cli.run(["features", str(firmware), *words, "-o", f"json={path}"]) == code
    document = json.loads(path.read_text())
    assert isinstance(document, dict)
    return document


def rebuilt(folder: Path, files: Mapping[str, str], *flags: Any, **how: Any) -> Rebuilt:
    """The firmware of `files` (see firmware_of), and what a rebuild in `folder` says of its feature."""
    firmware = firmware_of(folder / "on", files, *flags, **how)
    (row,) = said(firmware)["features"]
    return Rebuilt(row, *left_out(folder / "off", firmware, files, *flags, **how), firmware)


def needed(folder: Path, files: Mapping[str, str], refused: str, off: Mapping[str, str] = OFF) -> list[str]:
    """The findings that the build needs the feature.

    `refused` is what the tools say of a build without it, a pattern; nothing where they make it.
    """
    firmware = firmware_of(folder / "on", files)
    if refused:
        with pytest.raises(AssertionError, match=refused):
            firmware_of(folder / "off", {**files, **off}, debug="-g0")
    else:
        firmware_of(folder / "off", {**files, **off}, debug="-g0")
    found = said(firmware)["diagnostics"]
    return [one["message"] for one in found if one["code"] == "feature-needed"]
