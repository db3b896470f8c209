"""What goes over the air: the artefact of a build, packed here as its SDK packs it, or from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imgcheck.model import (
    INCONSISTENT,
    OTHER_IMAGE,
    REFUSED,
    Artefact,
    Diagnostic,
    Image,
    Location,
    Packed,
    Read,
)
from imgcheck.readers import files
from imgcheck.targets.target import Target
from imgcheck.wording import commas


def pack(binary: bytes, target: Target) -> Artefact:
    """The artefact of the image `binary`, with the usual parameters."""
    made = target.wrap(binary)
    return Artefact(
        unpacked=len(made.plain),
        body=len(made.body),
        file=len(made.header) + len(made.body),
        source=Packed(),
        stream=made.body if made.body != made.plain else b"",
        plain=made.plain,
    )


def read(path: Path, image: Image | None, target: Target) -> Artefact:
    """The artefact in a file for the air, with its own sizes.

    Raises FormatError when it is none, does not unpack or cannot be read. What contradicts itself, or `image`
    if there is one, becomes a diagnostic.
    """
    larger = f"larger than any flash that a {target.title} can have"
    with files.named(path):
        return _read(files.read(path, target.largest_flash, larger), str(path), image, target)


def prices(artefact: Artefact, target: Target) -> Sequence[float]:
    """Bytes of the artefact's body before each offset of its `plain`.

    The image's byte at offset n is plain[header_bytes + n]. Raises FormatError for a stream that is none.
    """
    return target.prices(artefact.stream, artefact.plain)


def image_prices(image: Image, artefact: Artefact, target: Target) -> Sequence[float]:
    """What the image's first n bytes cost in the artefact; in one of our own if that holds another image."""
    start = image.soc.header_bytes
    if artefact.plain[start : start + len(image.binary)] != image.binary or not artefact.stream:
        artefact = pack(image.binary, target)
    return prices(artefact, target)[start : start + len(image.binary) + 1]


def _read(data: bytes, source: str, image: Image | None, target: Target) -> Artefact:
    opened = target.unwrap(data)
    said = [
        Diagnostic(INCONSISTENT, "warning", message, Location(source), subject=subject)
        for subject, message in opened.findings
    ]
    why = target.refusal(data)
    if why:
        help = "Pack with the SDK or `imgcheck pack`; `imgcheck verify` says what each device does."
        message = f"no device takes {source}: {why}"
        said.append(Diagnostic(REFUSED, "error", message, Location(source), help=help, subject="loader"))
    chip = target.chip
    if image:
        padded = image.binary + bytes(-len(image.binary) % chip.image_alignment)
        differs = _differs(opened.plain[chip.header_bytes :], padded)
        if differs:
            message = f"not made from {image.path}: {differs}"
            help = "Give the OTA file of the same build, or leave it out: imgcheck packs the image itself."
            said.append(
                Diagnostic(OTHER_IMAGE, "warning", message, Location(source), help=help, subject="image")
            )
    return Artefact(
        unpacked=len(opened.plain),
        body=len(opened.body),
        file=opened.header + len(opened.body),
        source=Read(source),
        stream=opened.stream,
        plain=opened.plain,
        diagnostics=tuple(said),
    )


def _differs(packed: bytes, image: bytes) -> str:
    """In words where the two images first differ, "" when they are the same."""
    if packed == image:
        return ""
    low, high = 0, min(len(packed), len(image))
    if packed[:high] == image[:high]:
        return f"its image has {commas(len(packed))} bytes, this one {commas(len(image))}"
    while high - low > 1:  # equal up to low, different by high
        middle = (low + high) // 2
        low, high = (middle, high) if packed[low:middle] == image[low:middle] else (low, middle)
    return f"the images first differ at offset {low:#x}"
