"""What is wrong with this partition table, or will be once the firmware runs on it?

Everything that soundness.py refuses, and what only the running device meets: OpenBeken opens partitions by
name and never returns from a name that is absent (bl_mtd.c), finds the application by type, and opens media
and factory by bus address (hal_boot2.c).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from imgcheck.devices import soundness
from imgcheck.devices.flashmap import size
from imgcheck.model import Diagnostic, Layout, Partition, Severity

REQUIRED = {  # name -> what the firmware wants it for
    "FW": "the application: an OTA opens it by this name",
    "PSM": "the settings",
    "media": "the file system that is opened at boot",
    "factory": "the device tree with MAC and radio data",
}
BY_BUS_ADDRESS = ("media", "factory")
FIRST_SLOT = 0x10000
SETTINGS_LEAST = 8 << 10  # EasyFlash takes no less (ef_port.c)
SETTINGS_TIGHT = 16 << 10  # devices with 8 KiB lost settings in the field
SETTINGS_EASY = 32 << 10

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
    found = [*soundness.faults(layout), *_beyond_flash(layout)]
    if layout.tables:
        for rule in (
            _duplicates,
            _required,
            _application,
            _settings,
            _bus_address,
            _second_slot,
            _shared_slot,
        ):
            found += rule(layout)
    else:
        message = "no vendor partition table: boot2's OTA, and its limits, do not apply to these partitions"
        found.append(Diagnostic("layout-no-table", "note", message, layout.location, subject=layout.name))
    rank = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda one: rank[one.severity]))


def concerns(layouts: Iterable[Layout]) -> tuple[Diagnostic, ...]:
    """What a verdict on these layouts should say beside it: errors as warnings, since the slots are sound.

    A missing second slot is left out: the verdict itself says that nothing fits there.
    """
    return tuple(
        replace(one, severity="warning", message=f"layout {layout.name}: {one.message}")
        for layout in layouts
        for one in lint(layout)
        if one.severity == "error" and one.code != "layout-no-second-slot"
    )


def _beyond_flash(layout: Layout) -> Iterator[Diagnostic]:
    firmware = soundness.application(layout)
    for partition in layout.partitions:
        for number, address, length in soundness.copies(partition):
            end = address + length
            if partition is not firmware and end > layout.flash_size:
                message = (
                    f"{soundness.show(partition.name)} ends at {soundness.in_hex(end)}, beyond the flash of "
                    f"{size(layout.flash_size)} ({layout.flash_size:#x})"
                )
                yield _found("beyond-flash", "error", message, partition, f"size{number}")


def _duplicates(layout: Layout) -> Iterator[Diagnostic]:
    types: dict[int, str] = {}
    names: set[str] = set()
    for partition in layout.partitions:
        name = soundness.show(partition.name)
        if partition.type in types:
            message = f"{name} has type {partition.type}, as {types[partition.type]} has"
            yield _found("duplicate-type", "error", message, partition, "type")
        types.setdefault(partition.type, name)
        if partition.name in names:
            yield _found("duplicate-name", "error", f"a second partition {name}", partition, "name")
        names.add(partition.name)


def _required(layout: Layout) -> Iterator[Diagnostic]:
    by_name = {partition.name: partition for partition in reversed(layout.partitions)}
    for name, purpose in REQUIRED.items():
        partition = by_name.get(name)
        if partition is None:
            near = next((other for other in by_name if other.lower() == name.lower()), None)
            hint = f"; {soundness.show(near)} is another name to it" if near else ""
            message = f"no partition {name} ({purpose}): the firmware hangs when it opens it{hint}"
            yield Diagnostic(
                "layout-missing",
                "error",
                message,
                layout.location,
                subject=name,
                help=f"add a partition named {name}",
            )
        elif partition.size0 == 0 and partition is not soundness.application(layout):
            yield _found("missing", "error", f"{name} ({purpose}) has no size", partition, "size0")


def _application(layout: Layout) -> Iterator[Diagnostic]:
    firmware = soundness.application(layout)
    if firmware and firmware.size0 > 0 and firmware.address0 > FIRST_SLOT:
        message = f"{soundness.show(firmware.name)} starts at {firmware.address0:#x}, not at {FIRST_SLOT:#x}"
        yield _found("first-slot", "error", message, firmware, "address0")
    if firmware and firmware.active > 1:
        message = f"{soundness.show(firmware.name)}: active copy {firmware.active}; there are only 0 and 1"
        yield _found("active", "warning", message, firmware, "activeindex")
    elif firmware and firmware.active == 1:
        message = f"{soundness.show(firmware.name)}: the device runs from its second slot"
        yield _found("active", "note", message, firmware, "activeindex")


def _settings(layout: Layout) -> Iterator[Diagnostic]:
    partition = next((one for one in layout.partitions if one.name == "PSM" and one.size0 > 0), None)
    if partition is None or partition.size0 >= SETTINGS_EASY:
        return
    message = f"PSM has {size(partition.size0)}"
    if partition.size0 < SETTINGS_LEAST:
        yield _found(
            "settings", "error", f"{message}: EasyFlash takes no less than 8 KiB", partition, "size0"
        )
    elif partition.size0 < SETTINGS_TIGHT:
        yield _found("settings", "warning", f"{message}: too few in the field", partition, "size0")
    else:
        yield _found("settings", "note", f"{message}, less than usual", partition, "size0")


def _bus_address(layout: Layout) -> Iterator[Diagnostic]:
    firmware = soundness.application(layout)
    if firmware is None:
        return
    for partition in layout.partitions:
        if partition.name in BY_BUS_ADDRESS and partition.size0 > 0:
            above = [slot for number, slot, _ in soundness.copies(firmware) if slot > partition.address0]
            if above:
                message = (
                    f"{partition.name} at {partition.address0:#x} lies below the slot of FW at {above[0]:#x}"
                )
                yield _found("bus-address", "error", message, partition, "address0")


def _second_slot(layout: Layout) -> Iterator[Diagnostic]:
    firmware = soundness.application(layout)
    if firmware and firmware.size0 > 0 and firmware.size1 == 0:
        message = f"{soundness.show(firmware.name)} has no second slot: a device with this table takes no OTA"
        yield _found("no-second-slot", "error", message, firmware, "size1")


def _shared_slot(layout: Layout) -> Iterator[Diagnostic]:
    firmware = soundness.application(layout)
    for partition in layout.partitions:
        if (
            firmware
            and partition.name == "mfg"
            and partition.size0
            and partition.address0 == firmware.address1
        ):
            message = "mfg lies in the second slot: the first OTA overwrites it and takes its name away"
            yield _found("mfg-in-slot", "note", message, partition, "address0")


def _found(code: str, severity: Severity, message: str, partition: Partition, key: str) -> Diagnostic:
    where = soundness.place(partition, key)
    help_text = _HELP.get(code, "")
    return Diagnostic(f"layout-{code}", severity, message, where, help=help_text, subject=partition.name)
