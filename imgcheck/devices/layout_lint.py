"""What is wrong with this partition table, or will be once the firmware runs on it?

Everything that soundness.py refuses, and what only the running device meets, as its target tells.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from imgcheck import targets
from imgcheck.data import shipped
from imgcheck.devices import soundness
from imgcheck.model import Diagnostic, Layout, Partition, Severity
from imgcheck.targets.tablewords import finding, in_hex, show, size
from imgcheck.targets.target import Target

_HELP = {
    "beyond-flash": "make it smaller; for larger flash, `imgcheck layout lint --flash-size`",
    "duplicate-type": "an update finds its entry by type and takes the first: give each its own",
    "duplicate-name": "the firmware opens partitions by name and finds only the first",
    "missing": "give it an address and a size",
    "first-slot": "flash tools write the application to 0x10000, right behind the partition table",
    "active": "the next OTA has the slots swapped: judge it with --active 1",
    "settings": "32 KiB is what 2 MB tables give it",
    "bus-address": "the firmware opens it by bus address, which works only behind both slots",
    "no-second-slot": "update it by UART",
}


def lint(layout: Layout) -> tuple[Diagnostic, ...]:
    """All findings, errors first, each with the line of its key where the source has lines."""
    target = targets.of_layout(layout)
    found = [*soundness.faults(layout), *beyond_flash(layout, target)]
    if layout.tables:
        for rule in (
            _duplicates,
            _required,
            _application,
        ):
            found += rule(layout, target)
        found += (_helped(one) for one in target.table_faults(layout))
        found += _second_slot(layout, target)
    else:
        where, subject = layout.location, layout.name
        found.append(Diagnostic("layout-no-table", "note", target.table.no_table, where, subject=subject))
    rank = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda one: rank[one.severity]))


def concerns(layouts: Iterable[Layout]) -> tuple[Diagnostic, ...]:
    """What a verdict on these layouts should say beside it: errors as warnings, since the slots are sound.

    A missing second slot is left out: the verdict itself says that nothing fits there.
    """
    return tuple(
        replace(placed(one), severity="warning", message=f"layout {layout.name}: {one.message}")
        for layout in layouts
        for one in lint(layout)
        if one.severity == "error" and one.code != "layout-no-second-slot"
    )


def placed(one: Diagnostic) -> Diagnostic:
    """A finding without its place where that is in a file that ships: nobody can edit it there."""
    ours = one.location and Path(one.location.path).is_relative_to(str(shipped("budgets")))
    return replace(one, location=None) if ours else one


def beyond_flash(layout: Layout, target: Target) -> Iterator[Diagnostic]:
    """Partitions that end behind the flash."""
    firmware = target.application_partition(layout)
    for partition in layout.partitions:
        for number, address, length in partition.copies:
            end = address + length
            if partition is not firmware and end > layout.flash_size:
                message = (
                    f"{show(partition.name)} ends at {in_hex(end)}, beyond the flash of "
                    f"{size(layout.flash_size)} ({layout.flash_size:#x})"
                )
                yield _found("beyond-flash", "error", message, partition, f"size{number}")


def _duplicates(layout: Layout, _target: Target) -> Iterator[Diagnostic]:
    types: dict[int, str] = {}
    names: set[str] = set()
    for partition in layout.partitions:
        name = show(partition.name)
        if partition.type in types:
            message = f"{name} has type {partition.type}, as {types[partition.type]} has"
            yield _found("duplicate-type", "error", message, partition, "type")
        types.setdefault(partition.type, name)
        if partition.name in names:
            yield _found("duplicate-name", "error", f"a second partition {name}", partition, "name")
        names.add(partition.name)


def _required(layout: Layout, target: Target) -> Iterator[Diagnostic]:
    by_name = {partition.name: partition for partition in reversed(layout.partitions)}
    for name, purpose in target.table.required.items():
        partition = by_name.get(name)
        if partition is None:
            near = next((other for other in by_name if other.lower() == name.lower()), None)
            hint = f"; {show(near)} is another name to it" if near else ""
            message = f"no partition {name} ({purpose}): the firmware hangs when it opens it{hint}"
            yield Diagnostic(
                "layout-missing",
                "error",
                message,
                layout.location,
                subject=name,
                help=f"add a partition named {name}",
            )
        elif partition.size0 == 0 and partition is not target.application_partition(layout):
            yield _found("missing", "error", f"{name} ({purpose}) has no size", partition, "size0")


def _application(layout: Layout, target: Target) -> Iterator[Diagnostic]:
    firmware = target.application_partition(layout)
    if firmware and firmware.size0 > 0 and firmware.address0 > target.table.first_address:
        where = f"starts at {firmware.address0:#x}, not at {target.table.first_address:#x}"
        message = f"{show(firmware.name)} {where}"
        yield _found("first-slot", "error", message, firmware, "address0")
    if firmware and firmware.active > 1:
        message = f"{show(firmware.name)}: active copy {firmware.active}; there are only 0 and 1"
        yield _found("active", "warning", message, firmware, "activeindex")
    elif firmware and firmware.active == 1:
        message = f"{show(firmware.name)}: the device runs from its second slot"
        yield _found("active", "note", message, firmware, "activeindex")


def _second_slot(layout: Layout, target: Target) -> Iterator[Diagnostic]:
    firmware = target.application_partition(layout)
    if firmware and firmware.size0 > 0 and firmware.size1 == 0:
        message = f"{show(firmware.name)} has no second slot: a device with this table takes no OTA"
        yield _found("no-second-slot", "error", message, firmware, "size1")


def _found(code: str, severity: Severity, message: str, partition: Partition, key: str) -> Diagnostic:
    return finding(code, severity, message, partition, key, _HELP.get(code, ""))


def _helped(one: Diagnostic) -> Diagnostic:
    return one if one.help else replace(one, help=_HELP.get(one.code.removeprefix("layout-"), ""))
