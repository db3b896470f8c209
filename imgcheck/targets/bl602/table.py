"""The partition table of a BL602: what the device takes, how TOML and binary form say it, what fails later.

Struct, validity and choice follow the device's partition.h and partition.c; OpenBeken opens partitions by
name and never returns from a name that is absent (bl_mtd.c:110-146), finds the application by type, and opens
media and factory by bus address (hal_boot2.c:146-152).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from imgcheck.errors import FormatError
from imgcheck.model import SMALLEST_FLASH, Diagnostic, Layout, Location, Partition, Severity, flash_size
from imgcheck.readers import bfpt, partitions
from imgcheck.targets.bl602.chip import APPLICATION, FIRST_ADDRESS, TABLES
from imgcheck.targets.tablewords import fault, finding, size
from imgcheck.targets.target import Copy, Survey, TableRules

NAME = "bl602"
RULES = TableRules(
    title="BL602",
    copies=TABLES,
    below="boot2 and the partition table",
    loader="boot2",
    first_address=FIRST_ADDRESS,
    most_entries=16,  # partition.c:105 refuses a table with more
    longest_name=7,  # the device's struct holds 8 and a NUL, the vendor's tools refuse 8 (flash_build.py:416)
    foreign_types=(16,),  # boot2 as a partition: the newer chips' tables
    required={
        "FW": "the application: an OTA opens it by this name",
        "PSM": "the settings",
        "media": "the file system that is opened at boot",
        "factory": "the device tree with MAC and radio data",
    },
    no_application="no partition of type 0: boot2 and OpenBeken look the application (FW) up by it",
    no_table="no vendor partition table: boot2's OTA, and its limits, do not apply to these partitions",
)
BY_BUS_ADDRESS = ("media", "factory")
SETTINGS_LEAST = 8 << 10  # EasyFlash takes no less (ef_port.c:75)
SETTINGS_TIGHT = 16 << 10  # devices with 8 KiB lost settings in the field
SETTINGS_EASY = 32 << 10


def application(layout: Layout) -> Partition | None:
    """The partition that boot2 starts: the first of type 0."""
    return next((partition for partition in layout.partitions if partition.type == APPLICATION), None)


def survey(data: bytes, path: str) -> Survey | None:
    """The table in a TOML file, a binary table or a whole-flash image; None for a device tree."""
    file = Path(path)
    # What is binary and no table is told where one was looked for.
    if bfpt.found(data) or b"\0" in data[:4096] or data[:4] == b"\xff\xff\xff\xff":
        return _from_bfpt(bfpt.parse(data), file)
    return from_toml(data, file.stem, path)


def table_bytes(layout: Layout) -> bytes:
    """The binary table, byte for byte as the vendor's tools write it."""
    return bfpt.build(
        bfpt.Entry(
            type=one.type, device=0, active=one.active, name=one.name,
            address0=one.address0, address1=one.address1, size0=one.size0, size1=one.size1,
            length=one.length, age=one.age,
        )
        for one in layout.partitions
    )  # fmt: skip


def deliberate(start: int, one: Partition, other: Partition, layout: Layout) -> bool:
    """Manufacturing firmware in the second application slot: an OTA renames it away (hal_boot2.c:294-316)."""
    firmware = application(layout)
    if firmware is None or start != firmware.address1:
        return False
    return "mfg" in (one.name, other.name) and firmware in (one, other)


def settings(layout: Layout) -> Iterator[Diagnostic]:
    """Whether EasyFlash has room for the settings."""
    partition = next((one for one in layout.partitions if one.name == "PSM" and one.size0 > 0), None)
    if partition is None or partition.size0 >= SETTINGS_EASY:
        return
    message = f"PSM has {size(partition.size0)}"
    if partition.size0 < SETTINGS_LEAST:
        yield finding(
            "settings", "error", f"{message}: EasyFlash takes no less than 8 KiB", partition, "size0"
        )
    elif partition.size0 < SETTINGS_TIGHT:
        yield finding("settings", "warning", f"{message}: too few in the field", partition, "size0")
    else:
        yield finding("settings", "note", f"{message}, less than usual", partition, "size0")


def bus_address(layout: Layout) -> Iterator[Diagnostic]:
    """Whether what is opened by bus address lies behind both slots."""
    firmware = application(layout)
    if firmware is None:
        return
    for partition in layout.partitions:
        if partition.name in BY_BUS_ADDRESS and partition.size0 > 0:
            above = [slot for number, slot, _ in firmware.copies if slot > partition.address0]
            if above:
                message = (
                    f"{partition.name} at {partition.address0:#x} lies below the slot of FW at {above[0]:#x}"
                )
                yield finding("bus-address", "error", message, partition, "address0")


def shared_slot(layout: Layout) -> Iterator[Diagnostic]:
    """Whether manufacturing firmware lies where the first update goes."""
    firmware = application(layout)
    for partition in layout.partitions:
        if (
            firmware
            and partition.name == "mfg"
            and partition.size0
            and partition.address0 == firmware.address1
        ):
            message = "mfg lies in the second slot: the first OTA overwrites it and takes its name away"
            yield finding("mfg-in-slot", "note", message, partition, "address0")


def from_toml(data: bytes, name: str, path: str) -> Survey:
    """The table of a TOML document; FormatError when there is none in it."""
    try:
        table = partitions.scan(data)
    except FormatError as error:
        raise error.within(path) from None
    entries = tuple(
        Partition(
            name=entry.name, type=entry.type, address0=entry.address0, size0=entry.size0,
            address1=entry.address1, size1=entry.size1, location=Location(path, entry.line),
            device=entry.device, active=entry.active, length=entry.length, age=entry.age,
            lines=tuple(entry.lines.items()),
        )
        for entry in table.entries
    )  # fmt: skip
    incomplete = any(problem.subject in ("address0", "address1") and problem.line == table.line
                     for problem in table.problems)  # fmt: skip
    layout = Layout(
        name=name,
        flash_size=table.flash_size or flash_size(entries),
        partitions=entries,
        summary=table.summary,
        location=Location(path, table.line),
        tables=TABLES if incomplete else table.addresses,
        target=table.target or NAME,
    )
    return Survey(
        layout,
        tuple(
            fault(problem.code, problem.message, Location(path, problem.line), problem.subject)
            for problem in sorted(table.problems, key=lambda problem: problem.line)
        ),
    )


def _from_bfpt(table: bfpt.Bfpt, path: Path) -> Survey:
    where = Location(str(path))
    findings = []
    severity: Severity = "error" if table.chosen is None else "warning"
    for index, copy in enumerate(table.copies):
        if copy.fault:
            message = f"copy {index} of the table at {copy.offset:#x} is not valid: {copy.fault}"
            if table.chosen is None:
                message += f" ({table.why})"
            findings.append(Diagnostic("layout-copy", severity, message, where, subject=f"copy {index}"))
    best = table.chosen
    if best is None:  # nothing counts, but what is there can still be shown
        best = max(range(len(table.copies)), key=lambda index: len(table.copies[index].entries))
    copies = tuple(
        Copy(copy.offset, copy.age, copy.fault, index == table.chosen, _layout(table, index, path))
        for index, copy in enumerate(table.copies)
    )
    return Survey(copies[best].layout, tuple(findings), copies, table.why)


def _layout(table: bfpt.Bfpt, index: int, path: Path) -> Layout:
    where = Location(str(path))
    entries = tuple(
        Partition(
            name=entry.name, type=entry.type, address0=entry.address0, size0=entry.size0,
            address1=entry.address1, size1=entry.size1, location=where,
            device=entry.device, active=entry.active, length=entry.length, age=entry.age,
        )
        for entry in table.copies[index].entries
    )  # fmt: skip
    # A whole dump has the flash's size; the vendor's images end with their last partition.
    whole = table.whole_flash and table.size >= SMALLEST_FLASH and not table.size & (table.size - 1)
    size = table.size if whole else flash_size(entries)
    summary = "table of a whole-flash image" if table.whole_flash else "binary partition table"
    return Layout(
        name=path.stem,
        flash_size=size,
        partitions=entries,
        summary=summary,
        location=where,
        tables=TABLES,
        target=NAME,
    )
