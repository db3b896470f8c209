"""What is this file, and which method takes it?

Every kind is told by its content; a name only decides what any bytes could be (a raw image, a text), and what
a name promises is compared with what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from imgcheck.devices import offer, texts, wholeflash
from imgcheck.devices.wholeflash import APPLICATION, BOOT2_IMAGE, FACTORY, TABLE
from imgcheck.errors import FormatError
from imgcheck.model import Cell, Content, Identity, Soc
from imgcheck.readers import bfpt, bootheader, devicetree, elf, ota, xz

BOOT2_WORDS = (b"BLSP_Boot2", b"BLSP Boot2", b"BLSP boot2 fail")
MANY_ERASED = 256  # in a row: more than chance or padding
RF_MARK = (1024, b"BLRFPARA")  # the SDK's linker script puts it into every application image


class Kind(NamedTuple):
    """What a file is in words, which method takes it, and where UART puts it."""

    title: str
    method: str
    offset: int | None
    endings: tuple[str, ...]  # names that promise this kind; () none does


KINDS = {
    "elf": Kind("ELF of an application", "none", None, (".elf",)),
    "app-bin": Kind("application image", "uart", APPLICATION, (".bin",)),
    "app-bin-with-header": Kind("application with header page", "uart", APPLICATION, (".bin",)),
    "fw-ota-bin": Kind("FW_OTA.bin", "uart", APPLICATION, (".bin",)),
    "xz": Kind("XZ without OTA header", "none", None, (".xz",)),
    "xz-ota": Kind("OTA file (XZ)", "ota", None, (".xz.ota", ".ota")),
    "raw-ota": Kind("OTA file (RAW)", "ota", None, (".bin.ota", ".ota")),
    "hash": Kind("hash twin (hosal update)", "none", None, (".hash",)),
    "boot2": Kind("boot2 with its header", "uart", 0, (".bin",)),
    "boot2-bin": Kind("boot2, code alone", "uart", BOOT2_IMAGE, (".bin",)),
    "boot-header": Kind("a boot header alone", "none", None, (".bin",)),
    "partition-table": Kind("partition table (BFPT)", "uart", TABLE, (".bin",)),
    "dtb": Kind("device tree (DTB)", "uart", FACTORY, (".dtb", ".bin")),
    "dts": Kind("device tree source", "none", None, (".dts", ".dtsi", ".overlay")),
    "partition-toml": Kind("partition table (TOML)", "none", None, (".toml",)),
    "policy": Kind("imgcheck policy", "none", None, (".toml",)),
    "map": Kind("GNU ld map", "none", None, (".map",)),
    "whole-flash": Kind("whole-flash image", "uart", 0, (".bin", ".img")),
    "erased": Kind("erased flash, nothing in it", "none", None, ()),
    "empty": Kind("empty file", "none", None, ()),
    "archive": Kind("archive (zip, gzip or tar)", "none", None, (".zip", ".gz", ".tgz", ".tar")),
    "text": Kind("text", "none", None, ()),
    "unknown": Kind("unknown", "none", None, ()),
}  # fmt: skip

_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b")


class Found(NamedTuple):
    """A kind with what is odd about it and what its headers say."""

    kind: str
    findings: tuple[str, ...] = ()
    fields: tuple[tuple[str, Cell], ...] = ()
    contents: tuple[Content, ...] = ()
    offset: int | None = None  # where UART puts it, when the file itself knows better


def identify(data: bytes, path: str, soc: Soc) -> Identity:
    """What the bytes of the file named `path` are; never raises for any bytes."""
    found = _found(data, path, soc)
    kind = KINDS[found.kind]
    findings = [*found.findings, *_name(path, found.kind)]
    return Identity(
        path=path,
        kind=found.kind,
        title=kind.title,
        method="uart" if kind.method == "uart" else "ota" if kind.method == "ota" else "none",
        offset=kind.offset if found.offset is None else found.offset,
        size=len(data),
        findings=tuple(findings),
        fields=found.fields,
        contents=found.contents,
    )


def _found(data: bytes, path: str, soc: Soc) -> Found:
    if not data:
        return Found("empty", ("the file is empty",))
    if not data.strip(b"\xff"):
        return Found("erased", (f"all {len(data):,} bytes are FF",))
    if not data.strip(b"\0"):
        return Found("unknown", (f"all {len(data):,} bytes are 00",))
    for magic, work in _BY_MAGIC:
        if data.startswith(magic):
            return work(data, path, soc)
    if data.startswith(_ARCHIVES) or data[257:262] == b"ustar":
        return Found("archive", ("unpack it: what matters is inside",))
    if offer.tail_fits(data):
        return _hash(data)
    if bfpt.found(data):
        return _flash(data, "")
    if any(word in data for word in BOOT2_WORDS) and len(data) <= wholeflash.BOOT2_LIMIT:
        return Found("boot2-bin")
    text = texts.kind(data, path)
    if text:
        return Found(text.kind, text.findings, text.fields)
    return _application(data, path, soc)


def _elf(data: bytes, path: str, soc: Soc) -> Found:
    try:
        parsed = elf.parse(data)
    except FormatError as error:
        return Found("elf", (f"truncated or damaged: {error}",))
    findings = []
    if parsed.machine != soc.elf_machine:
        findings.append(f"built for another machine (e_machine {parsed.machine})")
    elif parsed.kind != 2:
        findings.append("an object file, not a linked application")
    elif not any(s.filesz and s.paddr == soc.image_origin for s in parsed.segments):
        findings.append(f"nothing is loaded at {soc.image_origin:#x}: no BL602 application")
    return Found("elf", tuple(findings), (("machine", parsed.machine), ("entry", parsed.entry)))


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
        findings.insert(0, f"truncated: its last {last:,} bytes are FF, as in erased flash")
    if missing > 0:
        findings.insert(0, f"truncated: {missing:,} of {header_read.length:,} bytes of its body are missing")
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
            f"truncated: {header.img_len - image:,} of the image's {header.img_len:,} bytes are missing"
        )
    else:
        fault = offer.boot_fault(data, soc)
        if fault:
            findings.append(f"boot2 would not start it: {fault.why}")
        elif header.img_len != image:
            findings.append(f"{image - header.img_len:,} bytes follow the image of {header.img_len:,}")
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
    findings = (f"{len(data) - total:,} bytes follow the tree",) if data[total:].strip(b"\xff\0") else ()
    elsewhere = ("with the GUI flasher's layouts", "UART at 0x1fc000")
    return Found("dtb", findings, (("totalsize", total), elsewhere))


def _application(data: bytes, path: str, soc: Soc) -> Found:
    at, mark = RF_MARK
    if data[at : at + len(mark)] == mark:
        findings = []
        last = len(data) - len(data.rstrip(b"\xff"))
        if last >= 4096:
            findings.append(
                f"its last {last:,} bytes are FF: cut from a flash, or a download that was not finished"
            )
        return Found("app-bin", tuple(findings))
    filled = len(data) - data.count(b"\0") - data.count(b"\xff")
    if Path(path).suffix.lower() in (".bin", ".img") and len(data) > at and filled > len(data) // 8:
        return Found(
            "app-bin", ("no BLRFPARA at 0x400, which the SDK's images have: perhaps no BL602 application",)
        )
    return Found("unknown", ("nothing in it is known",))


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


def _name(path: str, kind: str) -> list[str]:
    """What the file's name promises and its content does not keep."""
    name = Path(path).name.lower()
    promised = max(
        (e for one in KINDS.values() for e in one.endings if name.endswith(e)), key=len, default=""
    )
    kept = max((e for e in KINDS[kind].endings if name.endswith(e)), key=len, default="")
    if len(kept) >= len(promised) or kind in ("empty", "erased"):
        return []
    what = "it is none" if kind == "unknown" else f"it is: {KINDS[kind].title}"
    return [f"named like a {promised} file, but {what}"]


_BY_MAGIC: tuple[tuple[bytes, Callable[[bytes, str, Soc], Found]], ...] = (
    (b"\x7fELF", _elf),
    (ota.IDENT_CHECKED, _ota),
    (xz.MAGIC, _xz),
    (bootheader.MAGIC, _paged),
    (devicetree.MAGIC, _dtb),
)
