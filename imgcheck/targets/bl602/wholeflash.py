"""What lies at which offset of a flash image: boot2, both tables, and what each partition holds."""

from __future__ import annotations

from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.model import Cell, Content
from imgcheck.readers import bfpt, bootheader, devicetree, ota, xz
from imgcheck.targets.bl602.chip import APPLICATION, BOOT2_IMAGE, CHIP, TABLES
from imgcheck.wording import commas

TABLE = TABLES[0]
BOOT2_LIMIT = TABLE - BOOT2_IMAGE
FACTORY = 0x1F8000  # in the tables of the vendor's tools; the GUI flasher's have it at 0x1FC000
HEADER_PAGE = CHIP.header_bytes
ERASED = "erased"
BEYOND = "beyond the end of this file"
SHOWN = 64  # partitions; a table has at most 16 of two copies each

_MARKS = (  # of the beginnings that partitions have in the field, at which offset
    (0, bootheader.MAGIC, "application"),
    (0, xz.MAGIC, "packed update (XZ)"),
    (0, ota.IDENT_CHECKED, "OTA file with its header (boot2 does not start it)"),
    (0, devicetree.MAGIC, "device tree (DTB)"),
    (0, b"-rom1fs-", "romfs"),
    (8, b"littlefs", "LittleFS"),
)


class Survey(NamedTuple):
    """`whole` is False for a table alone."""

    whole: bool
    findings: tuple[str, ...]
    fields: tuple[tuple[str, Cell], ...]
    contents: tuple[Content, ...] = ()


def survey(data: bytes) -> Survey:
    """What is in a flash image or a table; `data` has a table where bfpt.found looks."""
    table = bfpt.parse(data)
    findings = [
        f"copy {index} of the table at {copy.offset:#x} is not valid: {copy.fault}"
        for index, copy in enumerate(table.copies)
        if copy.fault
    ]
    fields: list[tuple[str, Cell]] = [("chosen", table.chosen), ("why", table.why)]
    chosen = table.copies[table.chosen] if table.chosen is not None else None
    fields.append(("partitions", len(chosen.entries) if chosen else 0))
    if not table.whole_flash:
        return Survey(False, tuple(findings), tuple(fields))
    contents = [_boot2(data)]
    for index, copy in enumerate(table.copies):
        state = copy.fault or f"valid, age {copy.age}, {len(copy.entries)} partitions"
        counts = ", the one that counts" if index == table.chosen else ""
        contents.append(Content(copy.offset, 0x1000, "partition table", state + counts))
    if not data.startswith(bootheader.MAGIC):
        findings.append("no boot2 header at 0x0: a device with this flash does not start")
    for entry in chosen.entries if chosen else ():
        for copy_number, start, size in ((0, entry.address0, entry.size0), (1, entry.address1, entry.size1)):
            if not size or len(contents) >= SHOWN:
                continue
            name = f"{entry.name}{f' copy {copy_number}' if entry.size1 else ''}"
            what = _content(data, start, size)
            if entry.type == APPLICATION and copy_number == entry.active % 2:
                what += ", active"
                findings += _active(data, start, size, name)
            if entry.name == "factory" and what in (ERASED, BEYOND):
                findings.append("no device tree in factory: the device makes up its MAC, or has none")
            contents.append(Content(start, size, name, what))
    contents.sort(key=lambda one: one.offset)
    return Survey(True, tuple(findings), tuple(fields), tuple(contents))


def _boot2(data: bytes) -> Content:
    return Content(0, TABLE, "boot2", _application(data, 0, TABLE, BOOT2_IMAGE))


def _content(data: bytes, start: int, size: int) -> str:
    part = data[start : start + size]
    if not part:
        return BEYOND
    if not part.strip(b"\xff"):
        return ERASED
    for at, mark, what in _MARKS:
        if part[at : at + len(mark)] == mark:
            if mark == bootheader.MAGIC:
                return _application(data, start, size, HEADER_PAGE)
            if mark == devicetree.MAGIC:
                return _tree(part)
            return what
    if b"EF40" in part[:64]:
        return "EasyFlash (settings)"
    used = len(part.rstrip(b"\xff"))
    return f"unknown, {commas(used)} bytes used"


def _tree(part: bytes) -> str:
    try:
        devicetree.parse(part)
    except FormatError as error:
        return f"device tree (DTB), damaged: {error}"
    return f"device tree (DTB), {commas(int.from_bytes(part[4:8], 'big'))} bytes"


def _application(data: bytes, start: int, size: int, code: int) -> str:
    try:
        header = bootheader.parse(data[start : start + bootheader.SIZE])
    except FormatError:
        return ERASED if not data[start : start + size].strip(b"\xff") else "unknown, no boot header"
    what = "boot2" if code == BOOT2_IMAGE else "application"
    return f"{what}, image of {commas(header.img_len)} bytes"


def _active(data: bytes, start: int, size: int, name: str) -> list[str]:
    """What keeps boot2 from starting the active slot."""
    page = data[start : start + bootheader.SIZE]
    if not page:
        return [f"truncated: the file ends before the active slot {name} at {start:#x}"]
    if page.startswith(xz.MAGIC):
        return [f"the active slot {name} holds a packed update that boot2 unpacks at the next start"]
    try:
        header = bootheader.parse(page)
    except FormatError:
        return [f"the active slot {name} at {start:#x} holds no application"]
    end = start + HEADER_PAGE + header.img_len
    if HEADER_PAGE + header.img_len > size:
        return [f"the application in {name} is larger than its slot: the next update destroys it"]
    if end > len(data):
        return [f"truncated: the file ends {commas(end - len(data))} bytes before the end of the application"]
    return []
