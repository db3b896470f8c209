"""A file of a release, and what devices make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from imgcheck.targets.assetnames import Name
from imgcheck.targets.released import Judgement

FaultKind: TypeAlias = Literal[
    "empty", "page", "archive", "blank", "text", "too large", "format", "check", "refused"
]


class File(NamedTuple):
    """A file whose name says what it is; `read` gives its bytes when it is its turn."""

    name: Name
    path: str
    size: int
    read: Callable[[], bytes]


class Fault(NamedTuple):
    """Why a file is nothing for a device: `kind` is what files of a bad upload share, `said` this one's."""

    kind: FaultKind
    said: str


class Asset(NamedTuple):
    """A file with its verdict. `others` are verdicts of further layouts, `faults` why a file is none.

    `run` is the size of the image that comes out of it, None where nothing is unpacked or nobody knows.
    """

    file: File
    counted: int
    judgement: Judgement
    own_table: bool = False  # judged by the table in a file of the release
    others: tuple[Judgement, ...] = ()
    faults: tuple[Fault, ...] = ()
    smaller: Judgement | None = None  # what the smaller flash of the same chip makes of it
    run: int | None = None
    stray: tuple[str, ...] = ()  # files of the same build that hold another application
