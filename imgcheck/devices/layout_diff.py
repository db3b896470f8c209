"""What does a device lose when it is flashed with another partition table?

OpenBeken keeps its settings in PSM (EasyFlash), its scripts in media (LittleFS), and takes a MAC from the
device tree in factory; each is looked for where the new table says, and what lies elsewhere stays behind.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from imgcheck.devices import soundness
from imgcheck.devices.flashmap import size
from imgcheck.model import Diagnostic, Layout, Partition, Severity

Change = Literal["same", "moves", "resized", "moves, resized", "gone", "new"]

_HELP = {
    "mac-lost": "without it only the efuse's MAC is left, or 18:B9:05:88:88:88, the same for every device",
}


class Move(NamedTuple):
    """One copy of one partition in both tables; None where it is not there."""

    label: str
    change: Change
    old: tuple[int, int] | None  # address, size
    new: tuple[int, int] | None


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
    found = [*_settings(changed, before, new), *_scripts(changed, new), *_factory(changed, new)]
    found += [*_application(changed, new), *_others(changed, new), *_flash(old, new)]
    return Difference(moves, tuple(found))


def _places(layout: Layout) -> dict[str, tuple[int, int]]:
    firmware = soundness.application(layout)
    out: dict[str, tuple[int, int]] = {}
    for partition in layout.partitions:
        for number, address, length in soundness.copies(partition):
            label = (
                f"FW slot {number}"
                if partition is firmware
                else partition.name + (" copy 1" if number else "")
            )
            if label in out:  # the firmware finds the first of a name, so that one keeps it
                label += f" at {address:#x}, no. {len(out)}"
            out[label] = (address, length)
    return out


def _change(old: tuple[int, int] | None, new: tuple[int, int] | None) -> Change:
    if old is None or new is None:
        return "new" if old is None else "gone"
    moved, resized = old[0] != new[0], old[1] != new[1]
    if moved:
        return "moves, resized" if resized else "moves"
    return "resized" if resized else "same"


def _settings(
    moves: dict[str, Move], before: dict[str, tuple[int, int]], new: Layout
) -> Iterator[Diagnostic]:
    move = moves.get("PSM")
    if move is None:
        return
    if move.change == "same":
        yield _found("settings-kept", "note", f"settings kept: PSM stays at {_place(move.new)}", new, "PSM")
    elif move.change == "resized" and move.old and move.new:
        message = f"settings kept: PSM still starts at {move.new[0]:#x}; {_grown(move)}"
        swallowed = [
            label
            for label, (start, length) in before.items()
            if label != "PSM" and start < sum(move.new) and start + length > sum(move.old)
        ]
        if swallowed and move.new[1] > move.old[1]:
            message += f" and takes the place of the old {_listed(swallowed)}"
        severity: Severity = "note" if move.new[1] > move.old[1] else "warning"
        yield _found("settings-kept", severity, message, new, "PSM")
    elif move.change == "new":
        message = f"settings start empty: PSM is new, at {_place(move.new)}"
        yield _found("settings-lost", "note", message, new, "PSM")
    else:
        where = f"PSM moves from {_place(move.old)} to {_place(move.new)}" if move.new else "there is no PSM"
        message = f"settings lost (WiFi, pins, MQTT, everything set on the device's pages): {where}"
        yield _found("settings-lost", "warning", message, new, "PSM")


def _scripts(moves: dict[str, Move], new: Layout) -> Iterator[Diagnostic]:
    move = moves.get("media")
    if move is None:
        return
    if move.change == "same":
        message = f"LittleFS scripts kept: media stays at {_place(move.new)}"
        yield _found("scripts-kept", "note", message, new, "media")
    elif move.change == "new":
        yield _found("scripts-lost", "note", "LittleFS starts empty: media is new", new, "media")
    elif move.change == "resized":
        message = (
            f"LittleFS scripts lost (autoexec.bat, files): {_grown(move, 'media')} and does not mount then"
        )
        yield _found("scripts-lost", "warning", message, new, "media")
    else:
        where = (
            f"media moves from {_place(move.old)} to {_place(move.new)}" if move.new else "there is no media"
        )
        message = f"LittleFS scripts lost (autoexec.bat, files): {where}"
        yield _found("scripts-lost", "warning", message, new, "media")


def _factory(moves: dict[str, Move], new: Layout) -> Iterator[Diagnostic]:
    move = moves.get("factory")
    if move is None:
        return
    if move.change == "same" or (
        move.change == "resized" and move.new and move.old and move.new[1] > move.old[1]
    ):
        message = f"MAC source kept: the device tree stays at {move.new[0]:#x}" if move.new else ""
        yield _found("mac-kept", "note", message, new, "factory")
    elif move.change == "resized":
        message = f"MAC source kept only if the device tree fits: {_grown(move, 'factory')}"
        yield _found("mac-kept", "warning", message, new, "factory")
    else:
        where = (
            f"factory moves from {_place(move.old)} to {_place(move.new)}"
            if move.new
            else "no factory any more"
        )
        where = f"factory is new, at {_place(move.new)}" if move.old is None else where
        message = f"MAC source gone unless the device tree is flashed too: {where}"
        yield _found("mac-lost", "warning", message, new, "factory")


def _application(moves: dict[str, Move], new: Layout) -> Iterator[Diagnostic]:
    first, second = moves.get("FW slot 0"), moves.get("FW slot 1")
    if first and first.new and first.old and first.old[0] != first.new[0]:
        message = f"the application must be flashed again: its slot moves to {first.new[0]:#x}"
        yield _found("application-moves", "warning", message, new, "FW")
    if first and first.new and first.old and first.old[1] != first.new[1]:
        yield _found("limit", "note", f"largest unpacked image: {_sizes(first)}", new, "FW")
    if second and second.change == "gone":
        yield _found("no-second-slot", "warning", "no OTA any more: the second slot is gone", new, "FW")
    elif second and second.old is None:
        yield _found(
            "limit", "note", f"OTA becomes possible: a second slot at {_place(second.new)}", new, "FW"
        )
    elif second and second.old and second.new:
        if second.old[1] != second.new[1]:
            text = f"largest OTA body: {second.old[1] - 1:,} bytes before, {second.new[1] - 1:,} after"
            yield _found("limit", "note", text, new, "FW")
        if second.old[0] != second.new[0]:
            message = (
                f"the second slot moves from {second.old[0]:#x} to {second.new[0]:#x}: a device that runs "
                "from it, or has not unpacked its update yet, needs its application flashed again"
            )
            yield _found("second-slot-moves", "note", message, new, "FW")


def _others(moves: dict[str, Move], new: Layout) -> Iterator[Diagnostic]:
    known = ("PSM", "media", "factory", "FW slot 0", "FW slot 1")
    for label, move in moves.items():
        if label in known or move.change in ("same", "new"):
            continue
        what = "what lies in it" + (" (manufacturing firmware, radio data)" if label == "mfg" else "")
        name = soundness.show(label)
        if move.change == "resized":
            message = f"{_grown(move, name)}, at the same address"
        elif move.new:
            message = f"{name} moves from {_place(move.old)} to {_place(move.new)}: {what} stays behind"
        else:
            message = f"{name} is gone from {_place(move.old)}: {what} is no longer found"
        yield _found("other", "note", message, new, label)


def _flash(old: Layout, new: Layout) -> Iterator[Diagnostic]:
    if old.flash_size != new.flash_size:
        message = f"made for a flash of {size(new.flash_size)}, the old one for {size(old.flash_size)}"
        severity: Severity = "warning" if new.flash_size > old.flash_size else "note"
        yield Diagnostic("diff-flash-size", severity, message, new.location, subject="flash")


def _found(code: str, severity: Severity, message: str, new: Layout, name: str) -> Diagnostic:
    partition: Partition | None = next((one for one in new.partitions if one.name == name), None)
    where = partition.location if partition else new.location
    return Diagnostic(f"diff-{code}", severity, message, where, help=_HELP.get(code, ""), subject=name)


def _place(place: tuple[int, int] | None) -> str:
    return f"{place[0]:#x} ({size(place[1])})" if place else "nowhere"


def _grown(move: Move, name: str = "it") -> str:
    assert move.old and move.new
    verb = "grows" if move.new[1] > move.old[1] else "shrinks"
    return f"{name} {verb} from {size(move.old[1])} to {size(move.new[1])}"


def _sizes(move: Move) -> str:
    assert move.old and move.new
    return f"{move.old[1]:,} bytes before, {move.new[1]:,} after"


def _listed(names: list[str]) -> str:
    shown = [soundness.show(name) for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
