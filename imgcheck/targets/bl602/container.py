"""The OTA file of a BL602 image: packed here as the SDK packs it, or opened.

FW_OTA.bin       header page (4096) + image padded with 0x00 to 16
FW_OTA.bin.xz    that as XZ: LZMA2, dictionary 32 KiB, check CRC32
.xz.ota          OTA header (512) + that
"""

from __future__ import annotations

from hashlib import sha256

from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Location
from imgcheck.readers import bfpt, bootheader, ota, xz, xzdata
from imgcheck.targets.bl602 import packing, plausibility
from imgcheck.targets.bl602.chip import CHIP
from imgcheck.targets.target import Tried, Unwrapped, Wrapped
from imgcheck.wording import commas

MAGICS = (ota.IDENT_CHECKED, xz.MAGIC)
# What the vendor's tool writes behind the mark that the SDK's linker script puts into every image.
_RF_MARK, _RF_DATA = b"BLRFPARA", slice(0x408, 0xC00)


def padded(binary: bytes) -> bytes:
    """The image as it lies in flash behind its header page: `binary`, 0x00 to the chip's alignment."""
    return binary + bytes(-len(binary) % CHIP.image_alignment)


def wrap(
    binary: bytes,
    options: packing.Options = packing.SDK,
    *,
    tune: bool = False,
    unpacked_len: bool = True,
    tried: Tried | None = None,
) -> Wrapped:
    """`binary` with header page, packed, and the OTA header for it, as the SDK's flash_build.py does."""
    image = padded(binary)
    plain = bootheader.build(len(image)).ljust(CHIP.header_bytes, b"\xff") + image
    body = packing.compress(plain, options)
    saved = 0
    if tune:
        options, size = packing.best(plain, True, tried, len(body) if options == packing.SDK else None)
        saved = len(body) - size
        body = packing.compress(plain, options)
    return Wrapped(plain, body, ota.build(body, len(plain) if unpacked_len else None), str(options), saved)


def unwrap(data: bytes) -> Unwrapped:
    """A .xz.ota, .bin.ota or .xz file; FormatError when it is none of these or does not unpack."""
    findings: list[tuple[str, str]] = []
    header = None
    body = data
    if data[:9] == ota.IDENT_CHECKED:
        header = ota.parse(data)
        body = data[ota.SIZE :]
        if header.length != len(body):
            said = f"its header says {commas(header.length)} bytes follow, {commas(len(body))} do"
            findings.append(("length", said))
    elif not data.startswith(xz.MAGIC):
        raise FormatError("neither an OTA file (BL60X_OTA) nor an XZ stream", offset=0x0)
    packed = body.startswith(xz.MAGIC)
    if header and header.packed and not packed:
        raise FormatError("its header says XZ, its body is none", offset=ota.SIZE)
    plain = xzdata.unpack(body, CHIP.largest_unpacked) if packed else body
    if header:
        if sha256(body).digest() != header.sha256:
            findings.append(("sha256", "the SHA-256 in its header is not that of its body"))
        if header.unpacked_len not in (None, len(plain)):
            said = (
                f"its header says it unpacks to {commas(header.unpacked_len)} bytes, it unpacks to "
                f"{commas(len(plain))}"
            )
            findings.append(("unpacked_len", said))
    return Unwrapped(ota.SIZE, body, plain, body if packed else b"", tuple(findings))


def application(data: bytes, path: str) -> tuple[bytes, tuple[Diagnostic, ...]]:
    """The image in a raw file, a header page in front taken off; FormatError for a file of another kind."""
    if data.startswith(ota.IDENT_CHECKED):
        raise FormatError("an OTA file, not a raw image", path, offset=0x0)
    if data.startswith(xz.MAGIC):
        raise FormatError("an XZ stream, not a raw image", path, offset=0x0)
    if not data.startswith(bootheader.MAGIC):
        if why := plausibility.doubt(data):
            raise FormatError(f"no firmware: {why}", path)
        return data, ()
    if any(data[at : at + 4] == bfpt.MAGIC for at in bfpt.OFFSETS):
        raise FormatError("a whole-flash image, not that of one application", path, offset=0xE000)
    if len(data) <= CHIP.header_bytes:
        raise FormatError("a boot header with nothing behind it", path, offset=len(data))
    message = f"begins with its boot header page: {commas(CHIP.header_bytes)} bytes are taken off"
    said = Diagnostic("bin-with-header", "note", message, Location(path), subject="bin")
    return data[CHIP.header_bytes :], (said,)


def inside(data: bytes, kind: str) -> bytes:
    """The application image in a file of that kind, b"" when there is none."""
    if kind == "app-bin":
        return data
    if kind in ("fw-ota-bin", "raw-ota", "app-bin-with-header"):
        return data[(ota.SIZE if kind == "raw-ota" else 0) + CHIP.header_bytes :]
    if kind in ("xz", "xz-ota"):
        plain, fault = xzdata.begin(data[ota.SIZE if kind == "xz-ota" else 0 :], CHIP.largest_unpacked)
        return b"" if fault else plain[CHIP.header_bytes :]
    return b""


def explained(made: bytes, data: bytes) -> str:
    """Whether only the radio parameters differ, which the vendor's tool fills in."""
    rf = _RF_DATA
    marked = made[: rf.start].endswith(_RF_MARK)
    if marked and made[: rf.start] == data[: rf.start] and made[rf.stop :] == data[rf.stop :]:
        return "the .bin is this ELF's image with radio parameters filled in by the vendor's tool"
    return ""
