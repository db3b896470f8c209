"""What does an OTA file offer to a device: every fact that a step of its update looks at, and what is odd?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from imgcheck.errors import FormatError
from imgcheck.model import SILENT, Diagnostic, Location, Severity, Soc
from imgcheck.readers import bootheader, ota, xz, xzdata
from imgcheck.targets.bl602.offered import Fault, Offer
from imgcheck.wording import commas

_CHECK_NONE, _CHECK_CRC32 = 0, 1
_CORRUPT = "File is corrupt"
_OPTIONS = "Unsupported options in the .xz headers"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's offer, the headers in it (None where there is none), and what is to be said of it."""

    offer: Offer
    header: ota.OtaHeader | None
    container: xz.Xz | None
    boot: bootheader.BootHeader | None
    plain: bytes
    findings: tuple[Diagnostic, ...]


def open_ota(data: bytes, path: str, soc: Soc, limit: int) -> Opened:
    """The offer of an OTA file, or of one that should be one; no input is refused.

    At most `limit` bytes are unpacked: what is larger than any slot need not be known further.
    """
    header = ota.parse(data) if data[:9] == ota.IDENT_CHECKED and len(data) >= ota.SIZE else None
    body = data[ota.SIZE :]
    content: Literal["xz", "image", "other"] = "other"
    container, decode, plain = None, None, body
    unpacked = len(body)
    if body.startswith(xz.MAGIC):
        content = "xz"
        container, decode = _container(body, soc)
        plain, fault = xzdata.begin(body, limit) if not decode else (b"", None)
        unpacked = max(len(plain), container.unpacked if container else 0)
        if fault and len(plain) < limit:
            decode = Fault(_CORRUPT, SILENT, str(fault))
    elif body.startswith(bootheader.MAGIC):
        content = "image"
    boot = None
    if len(plain) >= bootheader.SIZE and plain.startswith(bootheader.MAGIC):
        boot = bootheader.parse(plain)
    stops = boot_fault(plain, soc) if not decode else None
    if content == "xz" and unpacked > len(plain):
        stops = None  # cut at the limit: the size decides, and the hash is not known
    offer = Offer(
        size=len(data),
        ident=data[:9] == ota.IDENT_CHECKED,
        length=header.length if header else 0,
        sha_fits=bool(header) and sha256(body).digest() == (header.sha256 if header else b""),
        unpacked_len=header.unpacked_len if header else None,
        body=len(body),
        content=content,
        unpacked=unpacked,
        decode=decode,
        boot=stops,
        cut=max(boot.img_len - (len(plain) - soc.header_bytes), 0) if boot and len(plain) == unpacked else 0,
        tail_fits=tail_fits(data),
    )
    found = [
        *(_header_findings(offer, header) if header else ()),
        *_container_findings(offer, container, len(plain)),
        *_boot_findings(offer, boot, max(unpacked - soc.header_bytes, 0), path),
    ]
    said = tuple(
        Diagnostic(f"ota-{code}", severity, message, Location(path), subject=code, help=help)
        for code, severity, message, help in found
    )
    return Opened(offer, header, container, boot, plain, said)


def refusal(data: bytes, soc: Soc) -> str:
    """Why no boot2 decodes or starts an OTA file, or an XZ stream that will be one; "" where one may."""
    whole = data if data[:9] == ota.IDENT_CHECKED else bytes(ota.SIZE) + data
    opened = open_ota(whole, "", soc, soc.largest_unpacked)
    keyed = opened.boot is not None and (opened.boot.sign or opened.boot.encrypt)
    fault = opened.offer.decode or (None if keyed else opened.offer.boot)
    return fault.why if fault else ""


def twin(data: bytes, path: str, soc: Soc, limit: int) -> Offer:
    """The offer that a `.hash` twin is to hosal, which takes no header and a SHA-256 behind the body."""
    return replace(
        open_ota(bytes(ota.SIZE) + data[:-32], path, soc, limit).offer, size=len(data), tail_fits=True
    )


def tail_fits(data: bytes) -> bool:
    """Whether the last 32 bytes are the SHA-256 of all before: a `.hash` twin of the vendor's tool."""
    return len(data) > 32 and sha256(data[:-32]).digest() == data[-32:]


def boot_fault(plain: bytes, soc: Soc) -> Fault | None:
    """Why boot2 would not start the image of this header page, in the order of blsp_boot_parser.c."""
    if len(plain) < bootheader.SIZE:
        return Fault("bootheader crc error", SILENT, f"{len(plain)} bytes are no header page and image")
    # The CRC comes before the magic; parse() wants the magic, so it gets one.
    header = bootheader.parse(bootheader.MAGIC + plain[4 : bootheader.SIZE])._replace(
        raw=plain[: bootheader.SIZE]
    )
    if not (header.crc_ignored and header.crc == bootheader.IGNORED) and not header.crc_fits:
        return Fault("bootheader crc error", SILENT, "the CRC of the boot header does not fit")
    if header.bootcfg & bootheader.NOT_LOAD:
        return Fault(SILENT, SILENT, "the boot header says that boot2 must not load it")
    if not plain.startswith(bootheader.MAGIC):
        return Fault("Magic code error", SILENT, "the boot header does not begin with BFNP")
    if header.sign:
        return Fault(
            "sign not fit", SILENT, "the image is signed; a device without a key in its efuse refuses it"
        )
    if header.encrypt:
        return Fault(SILENT, SILENT, "the image is encrypted; a device without a key runs it as it is", False)
    if not header.img_len:
        return Fault(SILENT, SILENT, "the boot header gives no image length")
    if not header.no_segment:
        why = "the boot header announces segments, which boot2 neither refuses nor starts from flash"
        return Fault(SILENT, SILENT, why, False)
    if header.hash_ignored and int.from_bytes(header.sha256[:4], "little") == bootheader.IGNORED:
        return None
    image = plain[soc.header_bytes : soc.header_bytes + header.img_len]
    if len(image) < header.img_len or sha256(image).digest() != header.sha256:
        return Fault(
            "Hash error", "Hash error", "the image is not the one that the boot header's SHA-256 is of"
        )
    return None


def _container(body: bytes, soc: Soc) -> tuple[xz.Xz | None, Fault | None]:
    """The stream, and why boot2's decoder would not take it, in the order in which it looks."""
    try:
        check, filters = xz.head(body)
        if check not in (_CHECK_NONE, _CHECK_CRC32):
            name = xz.CHECKS.get(check, f"number {check}")
            return None, Fault(_OPTIONS, SILENT, f"its check is {name}; boot2 knows none and CRC32")
        others = [one.name for one in filters if one.id != xz.LZMA2]
        if others:
            return None, Fault(_OPTIONS, SILENT, f"it uses the filter {others[0]}; boot2 has LZMA2 alone")
        size = max((one.dict_bytes for one in filters), default=0)
        if size > soc.dict_bytes:
            limit = soc.dict_bytes >> 10
            why = f"its dictionary has {commas(size >> 10)} KiB, boot2 holds {limit} KiB"
            return None, Fault("Memory usage limit reached", SILENT, why)
        container = xz.parse(body)
    except xz.UnsupportedError as error:
        return None, Fault(_OPTIONS, SILENT, str(error))
    except FormatError as error:
        return None, Fault(_CORRUPT, SILENT, str(error))
    if container.oddities:
        return container, Fault(_CORRUPT, SILENT, container.oddities[0])
    return container, None


_Finding = tuple[str, Severity, str, str]


def _header_findings(offer: Offer, header: ota.OtaHeader) -> Iterator[_Finding]:
    if header.length != offer.body:
        message = f"its header says that {commas(header.length)} bytes follow, {commas(offer.body)} do"
        yield "length", "warning", message, "OpenBeken does not look; the SDK's TCP update does."
    if header.packed != (offer.content == "xz"):
        kind = header.kind.decode("ascii", "backslashreplace").strip()
        no = "" if offer.content == "xz" else "not "
        yield "kind", "warning", f"its header says {kind!r}, its body is {no}XZ", ""
    if header.unpacked_len is None:
        message = "its header has no unpacked_len: an application cannot tell that the image is too large"
        help = "An old boot2 does not tell either. The SDK writes it since June 2025; imgcheck pack does."
        yield "no-unpacked-len", "warning", message, help
    elif not offer.decode and header.unpacked_len != offer.unpacked:
        message = (
            f"its header says that it unpacks to {commas(header.unpacked_len)} bytes, it does to "
            f"{commas(offer.unpacked)}"
        )
        yield "unpacked-len", "warning", message, "Devices compare the header's number with their slot."


def _container_findings(offer: Offer, container: xz.Xz | None, known: int) -> Iterator[_Finding]:
    if container and container.trailing:
        message = (
            f"{commas(container.trailing)} bytes follow the XZ stream; boot2 reads the first stream only"
        )
        yield "trailing", "warning", message, ""
    if offer.content == "xz" and offer.unpacked > known and not offer.decode:
        message = (
            f"it unpacks to {commas(offer.unpacked)} bytes, more than any slot of these layouts holds; "
            f"unpacking was stopped at {commas(known)}"
        )
        yield "too-large", "error", message, ""


def _boot_findings(
    offer: Offer, boot: bootheader.BootHeader | None, image: int, path: str
) -> Iterator[_Finding]:
    if not boot or offer.decode:
        return
    # The SDK's folders name the crystal: ota/dts40M_pt2M_boot2release_ef4015/FW_OTA.bin.xz.ota
    promised = re.search(r"dts(RC32M|[0-9.]+M)_", path)
    if not boot.xtal or (promised and promised[1] != boot.xtal):
        there = boot.xtal or f"type {boot.clock[0]}, which is none"
        against = f", its folder says {promised[1]}" if promised else ""
        yield "xtal", "warning", f"its boot header is for the crystal {there}{against}", ""
    if boot.img_len != image:
        message = (
            f"its boot header says that the image has {commas(boot.img_len)} bytes, there are {commas(image)}"
        )
        yield "img-len", "warning", message, ""
    for name, fits in (("flash", boot.flash_fits), ("clock", boot.clock_fits)):
        if not fits:
            message = f"CRC or magic of the boot header's {name} configuration is wrong"
            yield f"{name}-config", "warning", message, ""
    ignored = (("CRC", boot.crc_ignored), ("SHA-256", boot.hash_ignored))
    which = " and ".join(name for name, ignore in ignored if ignore)
    if which:
        message = f"its boot header tells boot2 to ignore {which}: it starts damaged images"
        yield "unchecked", "note", message, "The SDK's builds do; the vendor's tool does not."
