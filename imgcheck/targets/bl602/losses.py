"""What does a BL602 with OpenBeken lose when it is flashed with another partition table?

OpenBeken keeps its settings in PSM (EasyFlash, hal_flashConfig_bl602.c), its scripts in media (LittleFS,
our_lfs.c), and takes a MAC from the device tree in factory; each is looked for where the new table says, and
what lies elsewhere stays behind.
"""

from collections.abc import Iterator, Mapping

from imgcheck.model import Diagnostic, Layout, Severity
from imgcheck.targets.tablewords import consequence, grown, listed, place
from imgcheck.targets.target import Move

KEPT = ("PSM", "media", "factory")
_NO_MAC = "without it only the efuse's MAC is left, or 18:B9:05:88:88:88, the same for every device"


def losses(moves: Mapping[str, Move], new: Layout) -> Iterator[Diagnostic]:
    """Settings, scripts and MAC: kept or lost."""
    yield from _settings(moves, new)
    yield from _scripts(moves, new)
    yield from _factory(moves, new)


def _settings(moves: Mapping[str, Move], new: Layout) -> Iterator[Diagnostic]:
    move = moves.get("PSM")
    if move is None:
        return
    if move.change == "same":
        yield consequence(
            "settings-kept", "note", f"settings kept: PSM stays at {place(move.new)}", new, "PSM"
        )
    elif move.change == "resized" and move.old and move.new:
        message = f"settings kept: PSM still starts at {move.new[0]:#x}; {grown(move.old, move.new)}"
        swallowed = [
            label
            for label, other in moves.items()
            if label != "PSM"
            and other.old
            and other.old[0] < sum(move.new)
            and sum(other.old) > sum(move.old)
        ]
        if swallowed and move.new[1] > move.old[1]:
            message += f" and takes the place of the old {listed(swallowed)}"
        severity: Severity = "note" if move.new[1] > move.old[1] else "warning"
        yield consequence("settings-kept", severity, message, new, "PSM")
    elif move.change == "new":
        message = f"settings start empty: PSM is new, at {place(move.new)}"
        yield consequence("settings-lost", "note", message, new, "PSM")
    else:
        where = f"PSM moves from {place(move.old)} to {place(move.new)}" if move.new else "there is no PSM"
        message = f"settings lost (WiFi, pins, MQTT, everything set on the device's pages): {where}"
        yield consequence("settings-lost", "warning", message, new, "PSM")


def _scripts(moves: Mapping[str, Move], new: Layout) -> Iterator[Diagnostic]:
    move = moves.get("media")
    if move is None:
        return
    if move.change == "same":
        message = f"LittleFS scripts kept: media stays at {place(move.new)}"
        yield consequence("scripts-kept", "note", message, new, "media")
    elif move.change == "new":
        yield consequence("scripts-lost", "note", "LittleFS starts empty: media is new", new, "media")
    elif move.change == "resized":
        message = (
            f"LittleFS scripts lost (autoexec.bat, files): {_change(move, 'media')} and does not mount then"
        )
        yield consequence("scripts-lost", "warning", message, new, "media")
    else:
        where = (
            f"media moves from {place(move.old)} to {place(move.new)}" if move.new else "there is no media"
        )
        message = f"LittleFS scripts lost (autoexec.bat, files): {where}"
        yield consequence("scripts-lost", "warning", message, new, "media")


def _factory(moves: Mapping[str, Move], new: Layout) -> Iterator[Diagnostic]:
    move = moves.get("factory")
    if move is None:
        return
    if move.change == "same" or (
        move.change == "resized" and move.new and move.old and move.new[1] > move.old[1]
    ):
        message = f"MAC source kept: the device tree stays at {move.new[0]:#x}" if move.new else ""
        yield consequence("mac-kept", "note", message, new, "factory")
    elif move.change == "resized":
        message = f"MAC source kept only if the device tree fits: {_change(move, 'factory')}"
        yield consequence("mac-kept", "warning", message, new, "factory")
    else:
        where = (
            f"factory moves from {place(move.old)} to {place(move.new)}"
            if move.new
            else "no factory any more"
        )
        where = f"factory is new, at {place(move.new)}" if move.old is None else where
        message = f"MAC source gone unless the device tree is flashed too: {where}"
        yield consequence("mac-lost", "warning", message, new, "factory", _NO_MAC)


def _change(move: Move, name: str) -> str:
    assert move.old and move.new
    return grown(move.old, move.new, name)
