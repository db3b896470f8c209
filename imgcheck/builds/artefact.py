"""What goes over the air: the OTA artefact of a build, packed here as the SDK packs it, or read from a file.

FW_OTA.bin       header page (4096) + image padded with 0x00 to 16
FW_OTA.bin.xz    that as XZ: LZMA2, dictionary 32 KiB, check CRC32
.xz.ota          OTA header (512) + that
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from imgcheck.builds import packing
from imgcheck.errors import FormatError
from imgcheck.model import Artefact, Diagnostic, Image, Location, Soc
from imgcheck.readers import bootheader, ota, xz, xzdata

OTHER_IMAGE = "artefact-other-image"  # packed from another image than the one that it is judged with
INCONSISTENT = "artefact-inconsistent"  # its own header or container contradicts its contents


class Wrapped(NamedTuple):
    """The files that the SDK writes of one image, as bytes."""

    plain: bytes  # FW_OTA.bin
    body: bytes  # FW_OTA.bin.xz
    header: bytes  # of the .xz.ota


def padded(binary: bytes, soc: Soc) -> bytes:
    """The image as it lies in flash behind its header page: `binary`, 0x00 to the chip's alignment."""
    return binary + bytes(-len(binary) % soc.image_alignment)


def limit(soc: Soc) -> int:
    """The most bytes that an artefact of this chip can unpack to: header page and the whole XIP region."""
    return soc.header_bytes + soc.image_limit - soc.image_origin


def wrap(
    binary: bytes, soc: Soc, options: packing.Options = packing.SDK, unpacked_len: bool = True
) -> Wrapped:
    """`binary` with header page, packed, and the OTA header for it, as the SDK's flash_build.py does."""
    image = padded(binary, soc)
    plain = bootheader.build(len(image)).ljust(soc.header_bytes, b"\xff") + image
    body = packing.compress(plain, options)
    return Wrapped(plain, body, ota.build(body, len(plain) if unpacked_len else None))


def pack(image: Image, soc: Soc, *, lc: int = 3, lp: int = 0, pb: int = 2, nice: int = 64) -> Artefact:
    """The artefact of `image`, by default with the SDK's XZ parameters."""
    made = wrap(image.binary, soc, packing.Options(lc, lp, pb, nice))
    return Artefact(
        unpacked=len(made.plain),
        body=len(made.body),
        file=len(made.header) + len(made.body),
        source="packed by imgcheck",
        stream=made.body,
        plain=made.plain,
    )


def read(path: Path, image: Image | None, soc: Soc) -> Artefact:
    """The artefact in a .xz.ota, .bin.ota or .xz file, with its own sizes.

    Raises FormatError when it is none of these or does not unpack, OSError when it cannot be read. What
    contradicts itself, or `image` if there is one, becomes a diagnostic.
    """
    try:
        return _read(path.read_bytes(), str(path), image, soc)
    except FormatError as error:
        raise error.within(str(path)) from None


def prices(artefact: Artefact) -> Sequence[float]:
    """`packing.prices` of an artefact's stream: bytes of OTA payload before each offset of `plain`.

    The image's byte at offset n is plain[soc.header_bytes + n]. Raises FormatError for a stream that is none.
    """
    return packing.prices(artefact.stream, xz.parse(artefact.stream).chunks)


def _read(data: bytes, source: str, image: Image | None, soc: Soc) -> Artefact:
    said: list[Diagnostic] = []

    def say(code: str, message: str, subject: str, help: str = "") -> None:
        said.append(Diagnostic(code, "warning", message, Location(source), help=help, subject=subject))

    header = None
    body = data
    if data[:9] == ota.IDENT_CHECKED:
        header = ota.parse(data)
        body = data[ota.SIZE :]
        if header.length != len(body):
            say(INCONSISTENT, f"its header says {header.length:,} bytes follow, {len(body):,} do", "length")
    elif not data.startswith(xz.MAGIC):
        raise FormatError("neither an OTA file (BL60X_OTA) nor an XZ stream", "", "offset 0x0")
    packed = body.startswith(xz.MAGIC)
    if header and header.packed and not packed:
        raise FormatError("its header says XZ, its body is none", "", f"offset {ota.SIZE:#x}")
    plain = xzdata.unpack(body, limit(soc)) if packed else body
    if header:
        from hashlib import sha256

        if sha256(body).digest() != header.sha256:
            say(INCONSISTENT, "the SHA-256 in its header is not that of its body", "sha256")
        if header.unpacked_len not in (None, len(plain)):
            say(INCONSISTENT, f"its header says it unpacks to {header.unpacked_len:,} bytes, it unpacks to "
                f"{len(plain):,}", "unpacked_len")  # fmt: skip
    if image:
        differs = _differs(plain[soc.header_bytes :], padded(image.binary, soc))
        if differs:
            say(
                OTHER_IMAGE,
                f"not made from {image.path}: {differs}",
                "image",
                "Give the OTA file of the same build, or leave it out: imgcheck packs the image itself.",
            )
    return Artefact(
        unpacked=len(plain),
        body=len(body),
        file=len(data) if header else ota.SIZE + len(body),
        source=source,
        stream=body if packed else b"",
        plain=plain,
        diagnostics=tuple(said),
    )


def _differs(packed: bytes, image: bytes) -> str:
    """In words where the two images first differ, "" when they are the same."""
    if packed == image:
        return ""
    low, high = 0, min(len(packed), len(image))
    if packed[:high] == image[:high]:
        return f"its image has {len(packed):,} bytes, this one {len(image):,}"
    while high - low > 1:  # equal up to low, different by high
        middle = (low + high) // 2
        low, high = (middle, high) if packed[low:middle] == image[low:middle] else (low, middle)
    return f"the images first differ at offset {low:#x}"
