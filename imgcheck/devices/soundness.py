"""Can a device of the layout's target carry this partition table at all?

A layout with one of these faults is judged by no command: its slots would be fiction. What merely is unwise,
or stops the firmware later, is devices/layout_lint's question.
"""

from collections.abc import Iterator
from itertools import chain

from imgcheck import targets
from imgcheck.model import Diagnostic, Layout, Partition
from imgcheck.targets.tablewords import fault, in_hex, show, size
from imgcheck.targets.target import TableRules, Target

NO_TYPE = -1  # of a partition that a device tree fixes: there is no vendor table, and no loader that reads it

_BYTES = ("type", "device", "activeindex")


def faults(layout: Layout) -> Iterator[Diagnostic]:
    """Everything that makes a table one that no device can carry, with lines where the source has them."""
    target = targets.of_layout(layout)
    rules = target.table
    if layout.tables and layout.tables != rules.copies:
        there, ours = (
            " and ".join(f"{one:#x}" for one in places) for places in (layout.tables, rules.copies)
        )
        message = f"a table of another chip: its copies lie at {there}, {rules.title}'s at {ours}"
        yield fault("other-chip", message, layout.location, "pt_table")
    boot = next((one for one in layout.partitions if layout.tables and one.type in rules.foreign_types), None)
    if boot:
        message = (
            f"a table of another chip: {show(boot.name)} has type {boot.type}, "
            f"{rules.title}'s {rules.loader} has no partition"
        )
        yield fault("other-chip", message, boot.place("type"), boot.name)
    if not layout.partitions:
        yield fault("no-entries", "the table has no partitions", layout.location, "pt_table")
    most = rules.most_entries
    if most and len(layout.partitions) > most and layout.tables:
        message = f"{len(layout.partitions)} partitions; the device takes at most {most}"
        yield fault("too-many", message, layout.partitions[most].location, "pt_table")
    yield from chain.from_iterable(
        _own_faults(partition, rules, bool(layout.tables)) for partition in layout.partitions
    )
    yield from _overlaps(layout, target)
    if layout.tables:
        yield from _application_faults(layout, target)


def _own_faults(partition: Partition, rules: TableRules, table: bool) -> Iterator[Diagnostic]:
    name = show(partition.name)
    where = partition.place("name")
    if not partition.name:
        yield fault("bad-name", "a partition without a name", where, partition.name)
    elif not (partition.name.isascii() and partition.name.isprintable()):
        yield fault("bad-name", f"{name}: a name is printable ASCII", where, partition.name)
    longest = rules.longest_name
    if table and longest and len(partition.name) > longest:
        length = f"a name of {len(partition.name)} characters"
        yield fault(
            "long-name", f"{name}: {length}; the device takes at most {longest}", where, partition.name
        )
    for key, value in (
        ("type", partition.type), ("device", partition.device), ("address0", partition.address0),
        ("size0", partition.size0), ("address1", partition.address1), ("size1", partition.size1),
        ("len", partition.length), ("activeindex", partition.active), ("age", partition.age),
    ):  # fmt: skip
        where = partition.place(key)
        if key == "type" and not table:
            continue
        if value < 0:
            yield fault("negative", f"{name}: {key} is negative ({in_hex(value)})", where, partition.name)
        elif value > (0xFF if key in _BYTES else 0xFFFFFFFF):
            yield fault(
                "too-large", f"{name}: {key} ({in_hex(value)}) does not fit its field", where, partition.name
            )
        elif key[:-1] in ("address", "size") and value % rules.sector:
            unit = size(rules.sector)
            message = f"{name}: {key} {value:#x} is not a multiple of {unit}; the flash erases whole sectors"
            yield fault("unaligned", message, where, partition.name)


def _overlaps(layout: Layout, target: Target) -> Iterator[Diagnostic]:
    rules = target.table
    spans = sorted(
        (address, address + size, index, number)
        for index, partition in enumerate(layout.partitions)
        for number, address, size in partition.copies
        if address >= 0
    )
    furthest: tuple[int, int, int, int] | None = None  # of the spans so far, the one that ends last
    for span in spans:
        start, end, index, number = span
        partition = layout.partitions[index]
        where = partition.place(f"address{number}")
        if start < rules.first_address and layout.tables == rules.copies:
            under = f"it starts at {in_hex(start)}, below {rules.first_address:#x}"
            message = f"{show(partition.name)} overlaps {rules.below}: {under}"
            yield fault("overlap", message, where, partition.name)
        if furthest and start < furthest[1]:
            other = layout.partitions[furthest[2]]
            if not target.overlaps_deliberately(start, partition, other, layout):
                message = (
                    f"{show(partition.name)} [{in_hex(start)}, {in_hex(end)}) overlaps "
                    f"{show(other.name)} [{in_hex(furthest[0])}, {in_hex(furthest[1])})"
                )
                yield fault("overlap", message, where, partition.name)
        if furthest is None or end > furthest[1]:
            furthest = span


def _application_faults(layout: Layout, target: Target) -> Iterator[Diagnostic]:
    firmware = target.application_partition(layout)
    if firmware is None:
        yield fault("no-application", target.table.no_application, layout.location, "FW")
        return
    if firmware.size0 <= 0:
        message = f"{show(firmware.name)}: its first slot has no size, so no application can lie in it"
        yield fault("no-application", message, firmware.place("size0"), firmware.name)
    for number, address, length in firmware.copies:
        if address + length > layout.flash_size:
            message = (
                f"{show(firmware.name)}: slot {number} ends at {in_hex(address + length)}, "
                f"beyond the flash ({in_hex(layout.flash_size)})"
            )
            yield fault("beyond-flash", message, firmware.place(f"size{number}"), firmware.name)
