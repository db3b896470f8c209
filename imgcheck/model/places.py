"""A place in a text file that a finding points at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text file for an annotation; lines and columns count from 1, 0 is unknown."""

    path: str
    line: int = 0
    column: int = 0
    end_column: int = 0
