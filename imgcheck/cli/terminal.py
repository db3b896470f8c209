"""What is the terminal like: how wide, and does it show colours?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import TextIO

NARROWEST = 30
USUAL = 80  # of a log


def width(stream: TextIO, environment: Mapping[str, str]) -> int:
    """COLUMNS where it is set, else the terminal's, else that of a log."""
    said = environment.get("COLUMNS", "")
    if said.isdecimal() and int(said[:6]):
        return max(int(said[:6]), NARROWEST)
    if not _terminal(stream):
        return USUAL
    try:
        return max(os.get_terminal_size(stream.fileno()).columns or USUAL, NARROWEST)
    except (OSError, ValueError):
        return max(shutil.get_terminal_size((USUAL, 24)).columns, NARROWEST)


def coloured(asked: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """What was asked for, else what the environment says, else whether it is a terminal.

    NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE and CLICOLOR as no-color.org, force-color.org and
    bixense.com/clicolors have them.
    """
    if asked != "auto":
        return asked == "always"
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environment.get(name, "0") not in ("", "0"):
            return True
    if environment.get("CLICOLOR") == "0" or environment.get("FORCE_COLOR") == "0":
        return False
    return _terminal(stream) and environment.get("TERM") != "dumb"


def _terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False
