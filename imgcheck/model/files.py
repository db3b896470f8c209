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
    partition: str  # name, or what the place is for ("boot2", "partition table")
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


@dataclass(frozen=True, slots=True)
class Fault:
    """Why boot2 does not take something: what old and new boot2 print, and what it means.

    `noticed` is False where boot2 does not see it and jumps into what cannot run.
    """

    old: str
    new: str
    why: str
    noticed: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered to a device: everything of an OTA file that any step looks at.

    Sizes are bytes. `unpacked` is what comes out of the XZ body (of a raw one: its size), `decode` why
    boot2's decoder stops, `boot` why boot2 does not start the image.
    """

    size: int
    ident: bool  # the first nine characters say BL60X_OTA
    length: int  # of the body as the header has it
    sha_fits: bool
    unpacked_len: int | None
    body: int
    content: Literal["xz", "image", "other"]
    unpacked: int
    decode: Fault | None = None
    boot: Fault | None = None
    cut: int = 0  # bytes that the boot header promises and the image lacks, where no checksum notices
    tail_fits: bool = False  # the last 32 bytes are the SHA-256 of all before: what hosal wants


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
