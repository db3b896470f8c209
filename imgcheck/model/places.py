"""Where something was written or comes from, as values that a decision can be taken by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text file for an annotation; lines and columns count from 1, 0 is unknown.

    Nobody can annotate what ships with imgcheck: `shipped` is the name of what the place is in then, and
    `path` how an error calls that.
    """

    path: str
    line: int = 0
    column: int = 0
    end_column: int = 0
    shipped: str = ""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A policy that ships with imgcheck."""

    name: str

    def __str__(self) -> str:
        return f"shipped:{self.name}"


@dataclass(frozen=True, slots=True)
class File:
    """A policy in a file of the project's own."""

    path: str

    def __str__(self) -> str:
        return self.path


Written = Shipped | File


@dataclass(frozen=True, slots=True)
class Packed:
    """An artefact that was packed here, as the SDK packs it."""


@dataclass(frozen=True, slots=True)
class Read:
    """An artefact that was read from a file."""

    path: str


Origin = Packed | Read
