"""Which of the files around a BL602 is this, and what is odd about it?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from imgcheck.errors import FormatError
from imgcheck.model import Cell, Soc
from imgcheck.readers import bfpt, bootheader, devicetree, ota, xz
from imgcheck.targets.bl602 import offer, plausibility, wholeflash
from imgcheck.targets.bl602.chip import BOOT2_IMAGE, FIRST_ADDRESS
from imgcheck.targets.bl602.wholeflash import FACTORY, TABLE
from imgcheck.targets.target import Found, Kind
from imgcheck.wording import commas

BOOT2_WORDS = (b"BLSP_Boot2", b"BLSP Boot2", b"BLSP boot2 fail")
MANY_ERASED = 256  # in a row: more than chance or padding


KINDS = {
    "app-bin": Kind("application image", "uart", FIRST_ADDRESS, (".bin",)),
    "app-bin-with-header": Kind("application with header page", "uart", FIRST_ADDRESS, (".bin",)),
    "fw-ota-bin": Kind("FW_OTA.bin", "uart", FIRST_ADDRESS, (".bin",)),
    "xz": Kind("XZ without OTA header", "none", None, (".xz",)),
    "xz-ota": Kind("OTA file (XZ)", "ota", None, (".xz.ota", ".ota")),
    "raw-ota": Kind("OTA file (RAW)", "ota", None, (".bin.ota", ".ota")),
    "hash": Kind("hash twin (hosal update)", "none", None, (".hash",)),
    "boot2": Kind("boot2 with its header", "uart", 0, (".bin",)),
    "boot2-bin": Kind("boot2, code alone", "uart", BOOT2_IMAGE, (".bin",)),
    "boot-header": Kind("a boot header alone", "none", None, (".bin",)),
    "partition-table": Kind("partition table (BFPT)", "uart", TABLE, (".bin",)),
    "dtb": Kind("device tree (DTB)", "uart", FACTORY, (".dtb", ".bin")),
    "whole-flash": Kind("whole-flash image", "uart", 0, (".bin", ".img")),
}  # fmt: skip


def identify(data: bytes, path: str, soc: Soc) -> Found | None:
    """What the bytes certainly are; None for what is not a BL602's own."""
    for magic, work in _BY_MAGIC:
        if data.startswith(magic):
            return work(data, path, soc)
    if offer.tail_fits(data):
        return _hash(data)
    if bfpt.found(data):
        return _flash(data, "")
    if any(word in data for word in BOOT2_WORDS) and len(data) <= wholeflash.BOOT2_LIMIT:
        return Found("boot2-bin")
    return None


def _ota(data: bytes, path: str, soc: Soc) -> Found:
    if len(data) < ota.SIZE:
        header = bytes(data).ljust(ota.SIZE, b"\xff")
        kind = "xz-ota" if ota.parse(header).packed else "raw-ota"
        return Found(kind, (f"truncated: {len(data)} bytes, its header alone has {ota.SIZE}",))
    opened = offer.open_ota(data, path, soc, _limit(soc))
    made, header_read = opened.offer, opened.header
    assert header_read
    missing = header_read.length - made.body
    findings = [
        finding.message
        for finding in opened.findings
        if finding.severity != "note" and not (missing > 0 and finding.code == "ota-length")
    ]
    last = len(data) - len(data.rstrip(b"\xff"))
    if last >= MANY_ERASED and not made.sha_fits:
        findings.insert(0, f"truncated: its last {commas(last)} bytes are FF, as in erased flash")
    if missing > 0:
        findings.insert(
            0, f"truncated: {commas(missing)} of {commas(header_read.length)} bytes of its body are missing"
        )
    if not made.sha_fits:
        findings.append("the SHA-256 in its header is not that of its body: devices refuse it")
    if made.decode:
        findings.append(f"boot2 would not unpack it: {made.decode.why}")
    elif made.boot:
        findings.append(f"boot2 would not start it: {made.boot.why}")
    fields: list[tuple[str, Cell]] = [
        ("type", _text(header_read.kind)),
        ("body", header_read.length),
        ("hardware", _text(header_read.hardware)),
        ("software", _text(header_read.software)),
        ("unpacked_len", header_read.unpacked_len),
        ("sha256", header_read.sha256.hex()),
        *(_boot_fields(opened.boot) if opened.boot else ()),
    ]
    return Found("xz-ota" if header_read.packed else "raw-ota", tuple(findings), tuple(fields))


def _xz(data: bytes, path: str, soc: Soc) -> Found:
    if offer.tail_fits(data):
        return _hash(data)
    opened = offer.open_ota(bytes(ota.SIZE) + data, path, soc, _limit(soc))
    findings = []
    if opened.offer.decode:
        findings.append(f"boot2 would not unpack it: {opened.offer.decode.why}")
    elif opened.offer.boot:
        findings.append(f"no BL602 application is in it: {opened.offer.boot.why}")
    fields: tuple[tuple[str, Cell], ...] = (("unpacked", opened.offer.unpacked),)
    return Found("xz", tuple(findings), fields)


def _hash(data: bytes) -> Found:
    body = data[:-32]
    what = (
        "FW_OTA.bin.xz"
        if body.startswith(xz.MAGIC)
        else "FW_OTA.bin"
        if body[:4] == bootheader.MAGIC
        else "a file"
    )
    return Found("hash", (), (("of", what),))


def _paged(data: bytes, path: str, soc: Soc) -> Found:
    """What begins with a boot header: an application, boot2, or a whole flash."""
    if bfpt.found(data):
        return _flash(data, path)
    if len(data) < bootheader.SIZE:
        return Found("boot-header", (f"truncated: {len(data)} of {bootheader.SIZE} bytes",))
    header = bootheader.parse(data)
    fields = _boot_fields(header)
    if not data[bootheader.SIZE :].strip(b"\xff\0"):
        return Found("boot-header", ("there is no image behind it",), fields)
    if offer.tail_fits(data):
        return _hash(data)
    boot2 = any(word in data[: BOOT2_IMAGE + wholeflash.BOOT2_LIMIT] for word in BOOT2_WORDS)
    if boot2 and len(data) <= TABLE:
        return Found("boot2", (), fields)
    findings = []
    image = len(data) - soc.header_bytes
    if header.img_len > image:
        findings.append(
            f"truncated: {commas(header.img_len - image)} of the image's "
            f"{commas(header.img_len)} bytes are missing"
        )
    else:
        fault = offer.boot_fault(data, soc)
        if fault:
            findings.append(f"boot2 would not start it: {fault.why}")
        elif header.img_len != image:
            findings.append(
                f"{commas(image - header.img_len)} bytes follow the image of {commas(header.img_len)}"
            )
    erased = not data[bootheader.SIZE : soc.header_bytes].strip(b"\xff")
    return Found("fw-ota-bin" if erased else "app-bin-with-header", tuple(findings), fields)


def _flash(data: bytes, path: str) -> Found:
    surveyed = wholeflash.survey(data)
    if not surveyed.whole:
        return Found("partition-table", surveyed.findings, surveyed.fields)
    return Found("whole-flash", surveyed.findings, surveyed.fields, surveyed.contents)


def _dtb(data: bytes, path: str, soc: Soc) -> Found:
    try:
        devicetree.parse(data)
    except FormatError as error:
        return Found("dtb", (str(error),))
    total = int.from_bytes(data[4:8], "big")
    findings = (
        (f"{commas(len(data) - total)} bytes follow the tree",) if data[total:].strip(b"\xff\0") else ()
    )
    elsewhere = ("with the GUI flasher's layouts", "UART at 0x1fc000")
    return Found("dtb", findings, (("totalsize", total), elsewhere))


def guess(data: bytes, path: str) -> Found | None:
    """What any bytes may be: an application image, by the mark that the SDK leaves, or by size and name."""
    if plausibility.marked(data):
        findings = []
        last = len(data) - len(data.rstrip(b"\xff"))
        if last >= 4096:
            findings.append(
                f"its last {commas(last)} bytes are FF: cut from a flash, or a download that was not finished"
            )
        return Found("app-bin", tuple(findings))
    if Path(path).suffix.lower() in (".bin", ".img"):
        if why := plausibility.doubt(data):
            return Found("unknown", (f"no firmware: {why}",))
        return Found(
            "app-bin", ("no BLRFPARA at 0x400, which the SDK's images have: perhaps no BL602 application",)
        )
    return None


def _boot_fields(header: bootheader.BootHeader) -> tuple[tuple[str, Cell], ...]:
    return (
        ("xtal", header.xtal or header.clock[0]),
        ("bootcfg", f"{header.bootcfg:#010x}"),
        ("img_len", header.img_len),
        ("img_start", f"{header.img_start:#x}"),
        ("crc_ignored", int(header.crc_ignored)),
        ("hash_ignored", int(header.hash_ignored)),
    )


def _text(field: bytes) -> str:
    return field.rstrip(b"\0 ").decode("ascii", "backslashreplace")


def _limit(soc: Soc) -> int:
    return soc.header_bytes + soc.image_limit - soc.image_origin


_BY_MAGIC: tuple[tuple[bytes, Callable[[bytes, str, Soc], Found]], ...] = (
    (ota.IDENT_CHECKED, _ota),
    (xz.MAGIC, _xz),
    (bootheader.MAGIC, _paged),
    (devicetree.MAGIC, _dtb),
)
