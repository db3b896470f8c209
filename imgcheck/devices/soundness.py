"""Can a BL602 carry this partition table at all?

A layout with one of these faults is judged by no command: its slots would be fiction. What merely is unwise,
or stops the firmware later, is devices/layout_lint's question.
"""

from collections.abc import Iterator
from itertools import chain

from imgcheck.model import Diagnostic, Layout, Location, Partition
from imgcheck.printable import clip, printable

SECTOR = 0x1000  # the flash erases 4 KiB at a time
TABLES = (0xE000, 0xF000)  # where BL602 has the table's two copies; other chips keep theirs elsewhere
FIRST_ADDRESS = 0x10000  # below it: boot2 (0 to 0xE000) and the table's two copies
LONGEST_NAME = 7  # the device's struct holds 8 and a NUL, the vendor's tools refuse 8
MOST_ENTRIES = 16  # partition.c refuses a table with more
NO_TYPE = -1  # of a partition that a device tree fixes: there is no vendor table, and no boot2
APPLICATION = 0  # the type that boot2 and OpenBeken look the application up by

_BOOT2 = 16  # a type of the newer chips' tables
_BYTES = ("type", "device", "activeindex")


def faults(layout: Layout) -> Iterator[Diagnostic]:
    """Everything that makes a table one that no BL602 can carry, with the line where the source has lines."""
    if layout.tables and layout.tables != TABLES:
        there = " and ".join(f"{address:#x}" for address in layout.tables)
        message = f"a table of another chip: its copies lie at {there}, BL602's at 0xe000 and 0xf000"
        yield fault("other-chip", message, layout.location, "pt_table")
    boot = next((one for one in layout.partitions if layout.tables and one.type == _BOOT2), None)
    if boot:
        message = (
            f"a table of another chip: {show(boot.name)} has type {_BOOT2}, BL602's boot2 has no partition"
        )
        yield fault("other-chip", message, place(boot, "type"), boot.name)
    if not layout.partitions:
        yield fault("no-entries", "the table has no partitions", layout.location, "pt_table")
    if len(layout.partitions) > MOST_ENTRIES and layout.tables:
        message = f"{len(layout.partitions)} partitions; the device takes at most {MOST_ENTRIES}"
        yield fault("too-many", message, layout.partitions[MOST_ENTRIES].location, "pt_table")
    yield from chain.from_iterable(
        _own_faults(partition, bool(layout.tables)) for partition in layout.partitions
    )
    yield from _overlaps(layout)
    if layout.tables:
        yield from _application_faults(layout)


def fault(code: str, message: str, location: Location | None, subject: str) -> Diagnostic:
    """An error of a table, `code` without its prefix."""
    return Diagnostic(f"layout-{code}", "error", message, location, subject=subject)


def place(partition: Partition, key: str) -> Location | None:
    """Where `key` of a partition stands, or the partition itself."""
    line = dict(partition.lines).get(key, 0)
    return Location(partition.location.path, line) if partition.location and line else partition.location


def copies(partition: Partition) -> tuple[tuple[int, int, int], ...]:
    """Number, address and size of each copy of a partition that there is."""
    both = ((0, partition.address0, partition.size0), (1, partition.address1, partition.size1))
    return tuple(copy for copy in both if copy[2] > 0)


def application(layout: Layout) -> Partition | None:
    """The partition that boot2 starts: the first of type 0."""
    return next((partition for partition in layout.partitions if partition.type == APPLICATION), None)


def show(name: str) -> str:
    """A partition's name for a message."""
    return printable(clip(name, 24)) or '""'


def _own_faults(partition: Partition, table: bool) -> Iterator[Diagnostic]:
    name = show(partition.name)
    where = place(partition, "name")
    if not partition.name:
        yield fault("bad-name", "a partition without a name", where, partition.name)
    elif not (partition.name.isascii() and partition.name.isprintable()):
        yield fault("bad-name", f"{name}: a name is printable ASCII", where, partition.name)
    if table and len(partition.name) > LONGEST_NAME:
        length = f"a name of {len(partition.name)} characters"
        yield fault(
            "long-name", f"{name}: {length}; the device takes at most {LONGEST_NAME}", where, partition.name
        )
    for key, value in (
        ("type", partition.type), ("device", partition.device), ("address0", partition.address0),
        ("size0", partition.size0), ("address1", partition.address1), ("size1", partition.size1),
        ("len", partition.length), ("activeindex", partition.active), ("age", partition.age),
    ):  # fmt: skip
        where = place(partition, key)
        if key == "type" and not table:
            continue
        if value < 0:
            yield fault("negative", f"{name}: {key} is negative ({in_hex(value)})", where, partition.name)
        elif value > (0xFF if key in _BYTES else 0xFFFFFFFF):
            yield fault(
                "too-large", f"{name}: {key} ({in_hex(value)}) does not fit its field", where, partition.name
            )
        elif key[:-1] in ("address", "size") and value % SECTOR:
            message = f"{name}: {key} {value:#x} is not a multiple of 4 KiB; the flash erases whole sectors"
            yield fault("unaligned", message, where, partition.name)


def _overlaps(layout: Layout) -> Iterator[Diagnostic]:
    spans = sorted(
        (address, address + size, index, number)
        for index, partition in enumerate(layout.partitions)
        for number, address, size in copies(partition)
        if address >= 0
    )
    firmware = application(layout)
    furthest: tuple[int, int, int, int] | None = None  # of the spans so far, the one that ends last
    for span in spans:
        start, end, index, number = span
        partition = layout.partitions[index]
        where = place(partition, f"address{number}")
        if start < FIRST_ADDRESS and layout.tables == TABLES:
            under = f"it starts at {in_hex(start)}, below 0x10000"
            message = f"{show(partition.name)} overlaps boot2 and the partition table: {under}"
            yield fault("overlap", message, where, partition.name)
        if furthest and start < furthest[1]:
            other = layout.partitions[furthest[2]]
            if not _deliberate(start, partition, other, firmware):
                message = (
                    f"{show(partition.name)} [{in_hex(start)}, {in_hex(end)}) overlaps "
                    f"{show(other.name)} [{in_hex(furthest[0])}, {in_hex(furthest[1])})"
                )
                yield fault("overlap", message, where, partition.name)
        if furthest is None or end > furthest[1]:
            furthest = span


def _deliberate(start: int, partition: Partition, other: Partition, firmware: Partition | None) -> bool:
    # Manufacturing firmware in the second application slot: an OTA renames it away (hal_boot2.c:294-316).
    if firmware is None or start != firmware.address1:
        return False
    return "mfg" in (partition.name, other.name) and firmware in (partition, other)


def _application_faults(layout: Layout) -> Iterator[Diagnostic]:
    firmware = application(layout)
    if firmware is None:
        message = "no partition of type 0: boot2 and OpenBeken look the application (FW) up by it"
        yield fault("no-application", message, layout.location, "FW")
        return
    if firmware.size0 <= 0:
        message = f"{show(firmware.name)}: its first slot has no size, so no application can lie in it"
        yield fault("no-application", message, place(firmware, "size0"), firmware.name)
    for number, address, size in copies(firmware):
        if address + size > layout.flash_size:
            message = (
                f"{show(firmware.name)}: slot {number} ends at {in_hex(address + size)}, "
                f"beyond the flash ({in_hex(layout.flash_size)})"
            )
            yield fault("beyond-flash", message, place(firmware, f"size{number}"), firmware.name)


def in_hex(value: int) -> str:
    """A number of a table for a message; the digits of an absurd one are left out."""
    return f"{value:#x}" if abs(value) < 1 << 64 else "over 64 bits"
