"""What an OTA file offers to a device, as far as any step of its update looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
