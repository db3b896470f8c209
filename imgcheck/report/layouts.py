"""Layouts as tables: the shipped ones with their limits, one with its map, the difference of two."""

from collections.abc import Collection, Sequence
from typing import Literal

from imgcheck.devices import flashmap
from imgcheck.devices.capacity import Limits
from imgcheck.devices.layout_diff import Difference
from imgcheck.model import Cell, Column, Layout, Table
from imgcheck.report.columns import size_column
from imgcheck.targets.slots import Slots
from imgcheck.targets.tablewords import show, size
from imgcheck.targets.target import Survey, Target

LANE = 32  # characters of the flash map
_RIGHT: Literal["right"] = "right"


def limits(rows: Sequence[tuple[Layout, Limits]], default: Collection[str]) -> tuple[Table, Table]:
    """Both limits of each layout, and where it comes from; `default` names the default set."""
    sizes = tuple(
        (
            layout.name,
            layout.flash_size >> 20,
            one.binary,
            one.unpacked,
            one.body,
            _yes(layout.name in default),
        )
        for layout, one in rows
    )
    return (
        Table(
            "Layouts, largest sizes in bytes",
            (
                Column("Layout"),
                Column("MiB", _RIGHT),
                size_column("Max .bin"),
                size_column("Max unpacked"),
                size_column("Max OTA body"),
                Column("Default"),
            ),
            sizes,
            name="limits",
            note="unpacked = 4,096 bytes of header page + the .bin padded to 16; the OTA file has 512 bytes "
            "more than its body. A layout without a limit for the body has no second slot: no OTA. Default: "
            "judged when no layout is named, because devices in the field have it.",
        ),
        Table(
            "Where they come from",
            (Column("Layout"), Column("Table")),
            tuple((layout.name, layout.summary) for layout, _ in rows),
            name="sources",
        ),
    )


def chips(rows: Sequence[tuple[Layout, Target, Slots]]) -> Table:
    """Layouts of the chips whose release files are judged: where they come from, and the slot for updates."""
    return Table(
        "Layouts of other chips",
        (Column("Layout"), Column("Chip"), Column("MiB", _RIGHT), size_column("Slot"), Column("Table")),
        tuple(
            (layout.name, target.title, layout.flash_size >> 20, slots.other, layout.summary)
            for layout, target, slots in rows
        ),
        name="chips",
        note="Slot: of an update over the air, in flash bytes. What lies in it or behind it: imgcheck layout "
        "show NAME.",
    )


def limit_records(
    rows: Sequence[tuple[Layout, Limits]], default: Collection[str]
) -> tuple[dict[str, Cell], ...]:
    """The same for JSON."""
    return tuple(
        {
            "name": layout.name,
            "target": layout.target,
            "flash_bytes": layout.flash_size,
            "max_bin_bytes": one.binary,
            "max_unpacked_bytes": one.unpacked,
            "max_body_bytes": one.body,
            "default": layout.name in default,
            "summary": layout.summary,
        }
        for layout, one in rows
    )


def shown(layout: Layout, note: str = "") -> tuple[Table, Table]:
    """A layout's entries as written, and its flash to scale."""
    entries = Table(
        f"{layout.name}: {layout.summary or 'partition table'}",
        (
            Column("Partition"),
            Column("Type", _RIGHT),
            Column("Address 0", _RIGHT, _address),
            Column("Size 0", _RIGHT, _kib),
            Column("Address 1", _RIGHT, _address),
            Column("Size 1", _RIGHT, _kib),
            Column("Active", _RIGHT),
            Column("Age", _RIGHT),
        ),
        tuple(
            (
                show(one.name),
                one.type if layout.tables else None,
                one.address0 if one.size0 else None,
                one.size0 or None,
                one.address1 if one.size1 else None,
                one.size1 or None,
                one.active,
                one.age,
            )
            for one in layout.partitions
        ),
        name="partitions",
        note=note,
    )
    scale = flashmap.extent(layout)
    drawing = Table(
        f"Flash map of {layout.name}, {size(layout.flash_size)}",
        (Column("What"), Column("From", _RIGHT, _address), Column("To", _RIGHT, _address),
         Column("Size", _RIGHT, _kib), Column(f"One character is {size(scale // LANE)}")),
        tuple(
            (span.label, span.start, span.start + span.size, span.size, flashmap.lane(span, scale, LANE))
            for span in flashmap.spans(layout)
        ),
        name="map",
    )  # fmt: skip
    return entries, drawing


def partition_records(layout: Layout) -> tuple[dict[str, Cell], ...]:
    """A layout's entries for JSON."""
    return tuple(
        {
            "layout": layout.name,
            "name": one.name,
            "type": one.type if layout.tables else None,
            "device": one.device,
            "address0": one.address0,
            "size0": one.size0,
            "address1": one.address1,
            "size1": one.size1,
            "active": one.active,
            "length": one.length,
            "age": one.age,
            "line": one.location.line if one.location else 0,
        }
        for one in layout.partitions
    )


def copies(found: Survey) -> Table:
    """Both copies of a binary table, and which one the device takes."""
    return Table(
        "Copies of the table",
        (Column("At", _RIGHT, _address), Column("Age", _RIGHT), Column("State")),
        tuple(
            (one.offset, one.age, one.fault or ("counts" if one.chosen else "valid")) for one in found.copies
        ),
        name="copies",
        note=found.why[:1].upper() + found.why[1:] + ".",
    )


def copy_records(found: Survey) -> tuple[dict[str, Cell], ...]:
    """The same for JSON."""
    return tuple(
        {
            "layout": found.layout.name,
            "offset": one.offset,
            "age": one.age,
            "valid": not one.fault,
            "fault": one.fault,
            "chosen": one.chosen,
            "why": found.why if one.chosen else "",
        }
        for one in found.copies
    )


def moves(old: str, new: str, difference: Difference) -> Table:
    """Where each partition lay and lies."""
    return Table(
        f"From {old} to {new}",
        (Column("Partition"), Column("Was at", _RIGHT, _address), Column("Size", _RIGHT, _kib),
         Column("Is at", _RIGHT, _address), Column("Size", _RIGHT, _kib), Column("Change")),
        tuple(
            (show(one.label), *(one.old or (None, None)), *(one.new or (None, None)), one.change)
            for one in difference.moves
        ),
        name="moves",
        note="Flashing a table alone moves no partition's content; erasing the chip loses everything.",
    )  # fmt: skip


def move_records(difference: Difference) -> tuple[dict[str, Cell], ...]:
    """The same for JSON."""
    return tuple(
        {
            "partition": one.label,
            "change": one.change,
            "old_address": one.old[0] if one.old else None,
            "old_size": one.old[1] if one.old else None,
            "new_address": one.new[0] if one.new else None,
            "new_size": one.new[1] if one.new else None,
        }
        for one in difference.moves
    )


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _address(cell: Cell) -> str:
    return flashmap.address(cell) if isinstance(cell, int) else str(cell)


def _kib(cell: Cell) -> str:
    return size(cell) if isinstance(cell, int) else str(cell)
