"""Files that reach devices: what they are, and what a device makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from imgcheck.model.shown import Cell

SILENT = "(no message)"  # what a device says that prints nothing


class Content(NamedTuple):
    """What lies at an offset of a whole-flash image."""

    offset: int
    size: int
    partition: str  # name, or what the place is for ("boot loader", "partition table")
    what: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file is and which method takes it.

    `kind` is a stable word, `title` says it to people. `offset` is the flash address for UART, None for
    the other methods. `findings` are one sentence each; `fields` are what its headers say.
    """

    path: str
    kind: str
    title: str
    method: Literal["uart", "ota", "none"]
    offset: int | None
    size: int
    findings: tuple[str, ...] = ()
    fields: tuple[tuple[str, Cell], ...] = ()
    contents: tuple[Content, ...] = ()


class Verdict(NamedTuple):
    """What a device with this layout and this software does with a file.

    `step` is where it ends, `message` what the device says there, `detail` what that means.
    """

    layout: str
    installed: str
    outcome: Literal["accepts", "refuses", "bricks"]
    step: str
    message: str
    detail: str = ""
