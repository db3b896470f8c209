"""What does a device lose when it is flashed with another partition table?

What its firmware keeps where, and looks for where the new table says, the target knows; what lies elsewhere
stays behind.
"""

from collections.abc import Iterator
from typing import NamedTuple

from imgcheck import targets
from imgcheck.devices import capacity
from imgcheck.model import Diagnostic, Layout, Severity
from imgcheck.targets.tablewords import consequence, grown, place, show, size
from imgcheck.targets.target import Move, Target
from imgcheck.wording import commas


class Difference(NamedTuple):
    """All partitions of both tables, and what their moves mean."""

    moves: tuple[Move, ...]
    consequences: tuple[Diagnostic, ...]


def compare(old: Layout, new: Layout) -> Difference:
    """Old table against new one, partitions matched by name and the application by its type."""
    before, after = _places(old), _places(new)
    moves = tuple(
        Move(label, _change(before.get(label), after.get(label)), before.get(label), after.get(label))
        for label in [*before, *(label for label in after if label not in before)]
    )
    changed = {move.label: move for move in moves}
    target = targets.of_layout(new)
    found = [*target.losses(changed, old, new), *_application(changed, new, target)]
    found += [*_others(changed, new, target), *_flash(old, new)]
    return Difference(moves, tuple(found))


def _places(layout: Layout) -> dict[str, tuple[int, int]]:
    slots = capacity.slot_numbers(layout)
    out: dict[str, tuple[int, int]] = {}
    for index, partition in enumerate(layout.partitions):
        for number, address, length in partition.copies:
            slot = slots.get((index, number))
            name = partition.name + (" copy 1" if number else "")
            label = name if slot is None else f"FW slot {slot}"
            if label in out:  # the firmware finds the first of a name, so that one keeps it
                label += f" at {address:#x}, no. {len(out)}"
            out[label] = (address, length)
    return out


def _change(old: tuple[int, int] | None, new: tuple[int, int] | None) -> str:
    if old is None or new is None:
        return "new" if old is None else "gone"
    moved, resized = old[0] != new[0], old[1] != new[1]
    if moved:
        return "moves, resized" if resized else "moves"
    return "resized" if resized else "same"


def _application(moves: dict[str, Move], new: Layout, target: Target) -> Iterator[Diagnostic]:
    first, second, strict = moves.get("FW slot 0"), moves.get("FW slot 1"), int(target.strict_body)
    if first and first.new and first.old and first.old[0] != first.new[0]:
        brief, why = "the application must be flashed again", f"its slot moves to {first.new[0]:#x}"
        yield consequence("application-moves", "warning", brief, new, "FW", why=why)
    if first and first.new and first.old and first.old[1] != first.new[1]:
        yield consequence("limit", "note", f"largest unpacked image: {_sizes(first)}", new, "FW")
    if second and second.change == "gone":
        yield consequence(
            "no-second-slot", "warning", "no OTA any more", new, "FW", why="the second slot is gone"
        )
    elif second and second.old is None:
        yield consequence(
            "limit", "note", f"OTA becomes possible: a second slot at {place(second.new)}", new, "FW"
        )
    elif second and second.old and second.new:
        if second.old[1] != second.new[1]:
            text = (
                f"largest OTA body: {commas(second.old[1] - strict)} bytes before, "
                f"{commas(second.new[1] - strict)} after"
            )
            yield consequence("limit", "note", text, new, "FW")
        if second.old[0] != second.new[0]:
            message = (
                f"the second slot moves from {second.old[0]:#x} to {second.new[0]:#x}: a device that runs "
                "from it, or has not unpacked its update yet, needs its application flashed again"
            )
            yield consequence("second-slot-moves", "note", message, new, "FW")


def _others(moves: dict[str, Move], new: Layout, target: Target) -> Iterator[Diagnostic]:
    known = (*target.kept, "FW slot 0", "FW slot 1")
    for label, move in moves.items():
        if label in known or move.change in ("same", "new"):
            continue
        inside = target.holds.get(label)
        what = "what lies in it" + (f" ({inside})" if inside else "")
        name = show(label)
        if move.change == "resized" and move.old and move.new:
            message = f"{grown(move.old, move.new, name)}, at the same address"
        elif move.new:
            message = f"{name} moves from {place(move.old)} to {place(move.new)}: {what} stays behind"
        else:
            message = f"{name} is gone from {place(move.old)}: {what} is no longer found"
        yield consequence("other", "note", message, new, label)


def _flash(old: Layout, new: Layout) -> Iterator[Diagnostic]:
    if old.flash_size != new.flash_size:
        message = f"made for a flash of {size(new.flash_size)}, the old one for {size(old.flash_size)}"
        severity: Severity = "warning" if new.flash_size > old.flash_size else "note"
        yield Diagnostic("diff-flash-size", severity, message, new.location, subject="flash")


def _sizes(move: Move) -> str:
    assert move.old and move.new
    return f"{commas(move.old[1])} bytes before, {commas(move.new[1])} after"
