"""Which files beside a firmware file belong to the same build?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

OTA_NAME = "FW_OTA.bin.xz.ota"  # what the SDK's flash_build.py writes below ota/


class Companion(NamedTuple):
    """A file and how it was found, in words."""

    path: Path
    how: str


def beside(firmware: Path, suffix: str) -> Companion | None:
    """The file of the same stem with `suffix`, if there is one."""
    path = firmware.with_suffix(suffix)
    return Companion(path, "beside the ELF") if path != firmware and path.is_file() else None


def ota(firmware: Path) -> Companion | None:
    """The newest `ota/**/FW_OTA.bin.xz.ota` beside the ELF, else beside its folder.

    Of files with the same time of change the last by path is taken, so that the choice is always the same.
    """
    for found, words in _otas(firmware):
        if found:
            newest = max(found, key=lambda path: (path.stat().st_mtime_ns, str(path)))
            return Companion(newest, words if len(found) == 1 else f"newest of {len(found)} {words}")
    return None


def every_ota(firmware: Path) -> tuple[Path, ...]:
    """All of the files that `ota` chooses from."""
    return next((tuple(sorted(found)) for found, _ in _otas(firmware) if found), ())


def _otas(firmware: Path) -> Iterator[tuple[list[Path], str]]:
    folder = firmware.absolute().parent
    for where, words in ((folder, "beside the ELF"), (folder.parent, "beside the ELF's folder")):
        yield [path for path in (where / "ota").glob(f"**/{OTA_NAME}") if path.is_file()], words


def ota_label(path: str) -> str:
    """What tells an OTA file from the others of its build: all have one name, and each has a folder.

    The SDK's folders end in what the file is for: ota/dts40M_pt2M_boot2release_ef4015/FW_OTA.bin.xz.ota
    """
    *_, folder, name = ("", *path.split("/"))
    last = folder.rpartition("_")[2] if folder.startswith("dts") else ""
    return last if name == OTA_NAME and last else name
