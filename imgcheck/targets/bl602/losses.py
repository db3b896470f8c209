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
_SETTINGS = "WiFi, pins, MQTT, everything set on the device's pages"
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
        why = f"PSM stays at {place(move.new)}"
        yield consequence("settings-kept", "note", "settings kept", new, "PSM", why=why)
    elif move.change == "resized" and move.old and move.new:
        why = f"PSM still starts at {move.new[0]:#x}; {grown(move.old, move.new)}"
        swallowed = [
            label
            for label, other in moves.items()
            if label != "PSM"
            and other.old
            and other.old[0] < sum(move.new)
            and sum(other.old) > sum(move.old)
        ]
        if swallowed and move.new[1] > move.old[1]:
            why += f" and takes the place of the old {listed(swallowed)}"
        severity: Severity = "note" if move.new[1] > move.old[1] else "warning"
        yield consequence("settings-kept", severity, "settings kept", new, "PSM", why=why)
    elif move.change == "new":
        why = f"PSM is new, at {place(move.new)}"
        yield consequence("settings-lost", "note", "settings start empty", new, "PSM", why=why)
    else:
        why = f"PSM moves from {place(move.old)} to {place(move.new)}" if move.new else "there is no PSM"
        yield consequence("settings-lost", "warning", "settings lost", new, "PSM", lost=_SETTINGS, why=why)


def _scripts(moves: Mapping[str, Move], new: Layout) -> Iterator[Diagnostic]:
    move = moves.get("media")
    if move is None:
        return
    if move.change == "same":
        why = f"media stays at {place(move.new)}"
        yield consequence("scripts-kept", "note", "LittleFS scripts kept", new, "media", why=why)
    elif move.change == "new":
        yield consequence("scripts-lost", "note", "LittleFS starts empty", new, "media", why="media is new")
    elif move.change == "resized":
        why = f"{_change(move, 'media')} and does not mount then"
        yield _scripts_lost(new, why)
    elif move.new:
        yield _scripts_lost(new, f"media moves from {place(move.old)} to {place(move.new)}")
    else:
        yield _scripts_lost(new, "there is no media")


def _scripts_lost(new: Layout, why: str) -> Diagnostic:
    lost = "autoexec.bat, files"
    return consequence("scripts-lost", "warning", "LittleFS scripts lost", new, "media", lost=lost, why=why)


def _factory(moves: Mapping[str, Move], new: Layout) -> Iterator[Diagnostic]:
    move = moves.get("factory")
    if move is None:
        return
    if move.change == "same" or (
        move.change == "resized" and move.new and move.old and move.new[1] > move.old[1]
    ):
        why = f"the device tree stays at {move.new[0]:#x}" if move.new else ""
        yield consequence("mac-kept", "note", "MAC source kept", new, "factory", why=why)
    elif move.change == "resized":
        brief = "MAC source kept only if the device tree fits"
        yield consequence("mac-kept", "warning", brief, new, "factory", why=_change(move, "factory"))
    else:
        where = (
            f"factory moves from {place(move.old)} to {place(move.new)}"
            if move.new
            else "no factory any more"
        )
        where = f"factory is new, at {place(move.new)}" if move.old is None else where
        brief = "MAC source gone unless the device tree is flashed too"
        yield consequence("mac-lost", "warning", brief, new, "factory", why=where, help=_NO_MAC)


def _change(move: Move, name: str) -> str:
    assert move.old and move.new
    return grown(move.old, move.new, name)
