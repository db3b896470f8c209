"""Logs of OTA attempts, explained."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from imgcheck import targets
from imgcheck.builds import codeplaces
from imgcheck.devices import layouts, otalog
from imgcheck.errors import FormatError, UndecidedError
from imgcheck.model import Report
from imgcheck.readers import elf, files
from imgcheck.report import logs as report_logs
from imgcheck.targets.target import Target
from imgcheck.wording import commas

LARGEST = 64 << 20  # a day of a chatty device has 20 MB
_CHUNK = 1 << 16


def explain(source: BinaryIO | Path, name: str, elf_path: Path | None = None, target: str = "") -> Report:
    """What a device, web or tool log says of an OTA; `source` is a file or an open stream named `name`.

    `target` is whose devices wrote it; without it a file is read as the default one's, and where they say
    nothing as each other's. With the ELF that runs on the device the addresses of a crash dump get names.
    Raises UndecidedError when nothing in the log is known, FormatError for a file that cannot be read.
    """
    image = elf.read(elf_path) if elf_path else None
    asked = targets.find(target) if target else targets.DEFAULT
    if not target and not isinstance(source, Path):
        source = io.BytesIO(_whole(source, name))  # to be read again, as each target's
    story = _story(source, name, asked)
    if not target and not _says(story):
        others = ((one, _story(source, name, one)) for one in targets.known() if one.log.messages)
        asked, story = next(((one, other) for one, other in others if _says(other)), (asked, story))
    if not _says(story):
        raise UndecidedError(
            f"{name}: none of its {commas(story.lines)} lines is about an OTA, a crash or a layout"
        )
    placed = story.boots.rows or any(one.address is not None for one in story.attempts)
    known = layouts.shipped(asked if target else None) if placed else ()
    found = codeplaces.places(image, (point.address for point in story.crash)) if image else {}
    return report_logs.build(story, name, found, known, asked.chip, named=image is not None)


def _story(source: BinaryIO | Path, name: str, target: Target) -> otalog.Story:
    try:
        if isinstance(source, Path):
            with files.opened(source) as stream:
                if source.stat().st_size > LARGEST:
                    raise _too_large(name)
                return otalog.read(_lines(stream, name), target.log)
        if isinstance(source, io.BytesIO):
            source.seek(0)
        return otalog.read(_lines(source, name), target.log)
    except FormatError as error:
        raise error.within(name) from None
    except (OSError, ValueError) as error:
        raise files.unreadable(error, name) from None


def _whole(source: BinaryIO, name: str) -> bytes:
    try:
        data = source.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise files.unreadable(error, name) from None
    if len(data) > LARGEST:
        raise _too_large(name)
    return data


def _says(story: otalog.Story) -> bool:
    return bool(story.events or story.attempts or story.crash or story.boots.known or story.boots.rows)


def _lines(stream: BinaryIO, name: str) -> Iterator[str]:
    """Lines as text, each cut at what otalog looks at: a file of one endless line costs no memory."""
    total = 0
    while line := stream.readline(_CHUNK):
        total += len(line)
        if total > LARGEST:
            raise _too_large(name)
        # Windows terminals save UTF-16: its messages are ASCII with a NUL each.
        yield from line.replace(b"\0", b"").decode("utf-8", "replace").rstrip("\r\n").split("\r")


def _too_large(name: str) -> FormatError:
    return FormatError(f"larger than {LARGEST >> 20:d} MiB: give the part with the OTA", name)
