"""Which partitions does a device tree fix, and what of its source might fix others?"""

from collections.abc import Iterator
from pathlib import Path

from imgcheck.devices import soundness
from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Layout, Location, Partition, Severity, flash_size
from imgcheck.readers import devicesource, devicetree, files
from imgcheck.readers.fixedpartitions import Flash, flashes
from imgcheck.targets.target import Survey, Target

_HELP = "give the tree that the build made of it: Zephyr's zephyr.dts, or the .dtb"


def survey(data: bytes, path: Path, target: Target) -> Survey:
    """The layout in a DTS or DTB file, and what was not followed; FormatError without fixed partitions."""
    if files.sniff(data) == "dtb":
        scan = devicesource.Scan(devicetree.parse(data), (), (), ())
    else:
        scan = devicesource.scan(devicesource.decode(data).text)
    every = flashes(scan.root)
    found = max(every, key=lambda flash: len(flash.partitions), default=None)
    if found is None:
        raise FormatError(
            "a device tree without fixed partitions; 'imgcheck dts lint' looks at factory trees"
        )
    entries = tuple(
        Partition(
            name=entry.label,
            type=soundness.NO_TYPE,
            address0=entry.offset,
            size0=entry.size,
            address1=0,
            size1=0,
            location=Location(str(path), entry.line),
        )
        for entry in found.partitions
    )
    size = found.size or flash_size(entries)
    words = "fixed partitions of a device tree"
    where = Location(str(path), found.line)
    layout = Layout(path.stem, size, entries, words, where, target=target.name)
    return Survey(layout, tuple(_findings(scan, [one for one in every if one is not found], str(path))))


def _findings(scan: devicesource.Scan, others: list[Flash], path: str) -> Iterator[Diagnostic]:
    for note in scan.unfollowed:
        yield _finding("unfollowed", "error", note.message, path, note.line)
    for note in scan.elsewhere:
        yield _finding("elsewhere", "warning", note.message, path, note.line)
    for flash in others:
        names = ", ".join(one.label for one in flash.partitions[:8])
        message = f"another flash with {len(flash.partitions)} partitions is not part of this layout: {names}"
        yield _finding("elsewhere", "warning", message, path, flash.line)


def _finding(code: str, severity: Severity, message: str, path: str, line: int) -> Diagnostic:
    return Diagnostic(f"layout-{code}", severity, message, Location(path, line), help=_HELP, subject=message)
