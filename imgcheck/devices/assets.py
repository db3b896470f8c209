"""A file of a release, and what devices make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from imgcheck.targets.assetnames import Name
from imgcheck.targets.released import Judgement


class File(NamedTuple):
    """A file whose name says what it is; `read` gives its bytes when it is its turn."""

    name: Name
    path: str
    size: int
    read: Callable[[], bytes]


class Asset(NamedTuple):
    """A file with its verdict. `others` are verdicts of further layouts, `faults` why a file is none."""

    file: File
    counted: int
    judgement: Judgement
    own_table: bool = False  # judged by the table in a file of the release
    others: tuple[Judgement, ...] = ()
    faults: tuple[str, ...] = ()
    smaller: Judgement | None = None  # what the smaller flash of the same chip makes of it
    stray: tuple[str, ...] = ()  # files of the same build that hold another application
