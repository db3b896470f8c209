"""Which partition tables may a device in the field have, and what does a given file say is in one?

`budgets/layouts/` holds the tables known to be written to BL602 devices, one TOML file each, written from
published figures. The default set is what 2 MB devices with OpenBeken carry: the firmware's releases hold no
table, so a device keeps the one that its flash tool wrote. The SDK's own `sdk-2m` is not in it: only a
whole-flash image of an SDK build writes it, and its two slots are those of `devcube-1.4.8-2m`, which is.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from imgcheck.data import shipped as shipped_folder
from imgcheck.devices import soundness
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Diagnostic, Layout, Location, Partition, Severity
from imgcheck.readers import bfpt, partitions

LARGEST_FILE = 64 * 1024 * 1024  # no BL602 has a larger flash, and nothing else that is read here is larger
SMALLEST_FLASH = 1 << 20

_SOURCES = (".dts", ".dtsi", ".overlay")
SUFFIXES = (".toml", ".bin", ".dtb", *_SOURCES)
_DTB = b"\xd0\x0d\xfe\xed"
_HEAD = 4096  # where /dts-v1/ stands, behind a comment


class Copy(NamedTuple):
    """One of the two copies of a binary table: `fault` says why the device does not take it, "" if it may."""

    offset: int
    age: int
    fault: str
    chosen: bool
    layout: Layout


class Survey(NamedTuple):
    """A file's layout as far as it can be read, and what is wrong with the file itself.

    Of a binary table both copies, and `why` the device takes the one it does.
    """

    layout: Layout
    findings: tuple[Diagnostic, ...]
    copies: tuple[Copy, ...] = ()
    why: str = ""


def load(name_or_path: str) -> Layout:
    """The shipped layout of that name, or the one in a file: TOML, BFPT or whole-flash image, DTS or DTB.

    Raises FormatError for a file that is none, or whose table no BL602 can carry; ImgcheckError for an
    unknown name.
    """
    known = {_name(file): file for file in _files()}
    if name_or_path in known:
        return _sound(_from_toml(known[name_or_path].read_bytes(), name_or_path, str(known[name_or_path])))
    path = Path(name_or_path)
    if meant_as_file(name_or_path) or path.exists():
        return read(path)
    raise unknown(name_or_path)


def names() -> frozenset[str]:
    """The names of the shipped layouts: they never mean a file, whatever lies in the current folder."""
    return frozenset(map(_name, _files()))


def meant_as_file(name: str) -> bool:
    """Whether a name that is no shipped layout's is written as a file's is."""
    return "/" in name or Path(name).suffix.lower() in SUFFIXES


def unknown(name: str) -> ImgcheckError:
    """The error for a name that is neither shipped nor a file's, with the nearest one."""
    near = get_close_matches(name[:80], names(), n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ImgcheckError(
        f"no layout named {name!r}: {hint}'imgcheck layouts' lists them, and a file's name works too"
    )


def read(path: Path) -> Layout:
    """The layout in a file; FormatError when it is none, or one that no BL602 can carry."""
    found = survey(path)
    for finding in found.findings:
        if finding.severity == "error":
            raise _refusal(finding, str(path))
    return _sound(found)


def survey(path: Path) -> Survey:
    """The layout in a file with all that is wrong; FormatError only when there is no table in it."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):  # a device has no end
            raise FormatError("not a regular file", str(path))
        if status.st_size > LARGEST_FILE:
            raise FormatError("larger than any flash that a BL602 can have", str(path))
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(error.strerror or "cannot be read", str(path)) from None
    try:
        if data[:4] == _DTB:
            return _from_tree(data, path)
        # What is binary and no table is told where one was looked for.
        if bfpt.found(data) or b"\0" in data[:_HEAD] or data[:4] == b"\xff\xff\xff\xff":
            return _from_bfpt(bfpt.parse(data), path)
        if path.suffix.lower() in _SOURCES or b"/dts-v1/" in data[:_HEAD]:
            return _from_tree(data, path)
        return _from_toml(data, path.stem, str(path))
    except FormatError as error:
        raise error.within(str(path)) from None


def shipped() -> tuple[Layout, ...]:
    """Every layout in budgets/layouts, by flash size and name."""
    layouts = [_sound(_from_toml(file.read_bytes(), _name(file), str(file))) for file in _files()]
    return tuple(sorted(layouts, key=lambda layout: (layout.flash_size, layout.name)))


def default() -> tuple[Layout, ...]:
    """The layouts that a release has to fit when nobody says otherwise: `in_field = true` in their files."""
    # Only these are worth parsing for each report.
    files = ((file, data) for file in _files() if b"in_field = true" in (data := file.read_bytes()))
    return tuple(_sound(_from_toml(data, _name(file), str(file))) for file, data in files)


def flash_size(partitions: Iterable[Partition]) -> int:
    """The flash that a table was made for: the smallest usual size in which every partition starts."""
    last = max((start for entry in partitions for _, start, _ in soundness.copies(entry)), default=0)
    return max(SMALLEST_FLASH, 1 << min(last, 0xFFFFFFFF).bit_length())


def _files() -> list[Traversable]:
    folder = shipped_folder("budgets") / "layouts"
    return sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )


def _name(file: Traversable) -> str:
    return file.name.removesuffix(".toml")


def _sound(found: Survey) -> Layout:
    layout = found.layout
    for fault in soundness.faults(layout):
        raise _refusal(fault, layout.location.path if layout.location else layout.name)
    return layout


def _refusal(finding: Diagnostic, path: str) -> FormatError:
    line = finding.location.line if finding.location else 0
    return FormatError(finding.message, path, f"line {line}" if line else "")


def _from_toml(data: bytes, name: str, path: str) -> Survey:
    try:
        table = partitions.scan(data)
    except FormatError as error:
        raise error.within(path) from None
    entries = tuple(
        Partition(
            name=entry.name, type=entry.type, address0=entry.address0, size0=entry.size0,
            address1=entry.address1, size1=entry.size1, location=Location(path, entry.line),
            device=entry.device, active=entry.active, length=entry.length, age=entry.age,
            lines=tuple(entry.lines.items()),
        )
        for entry in table.entries
    )  # fmt: skip
    incomplete = any(problem.subject in ("address0", "address1") and problem.line == table.line
                     for problem in table.problems)  # fmt: skip
    layout = Layout(
        name=name,
        flash_size=table.flash_size or flash_size(entries),
        partitions=entries,
        summary=table.summary,
        location=Location(path, table.line),
        tables=soundness.TABLES if incomplete else table.addresses,
    )
    return Survey(
        layout,
        tuple(
            soundness.fault(problem.code, problem.message, Location(path, problem.line), problem.subject)
            for problem in sorted(table.problems, key=lambda problem: problem.line)
        ),
    )


def _from_bfpt(table: bfpt.Bfpt, path: Path) -> Survey:
    where = Location(str(path))
    findings = []
    severity: Severity = "error" if table.chosen is None else "warning"
    for index, copy in enumerate(table.copies):
        if copy.fault:
            message = f"copy {index} of the table at {copy.offset:#x} is not valid: {copy.fault}"
            if table.chosen is None:
                message += f" ({table.why})"
            findings.append(Diagnostic("layout-copy", severity, message, where, subject=f"copy {index}"))
    best = table.chosen
    if best is None:  # nothing counts, but what is there can still be shown
        best = max(range(len(table.copies)), key=lambda index: len(table.copies[index].entries))
    copies = tuple(
        Copy(copy.offset, copy.age, copy.fault, index == table.chosen, _layout(table, index, path))
        for index, copy in enumerate(table.copies)
    )
    return Survey(copies[best].layout, tuple(findings), copies, table.why)


def _layout(table: bfpt.Bfpt, index: int, path: Path) -> Layout:
    where = Location(str(path))
    entries = tuple(
        Partition(
            name=entry.name, type=entry.type, address0=entry.address0, size0=entry.size0,
            address1=entry.address1, size1=entry.size1, location=where,
            device=entry.device, active=entry.active, length=entry.length, age=entry.age,
        )
        for entry in table.copies[index].entries
    )  # fmt: skip
    # A whole dump has the flash's size; the vendor's images end with their last partition.
    whole = table.whole_flash and table.size >= SMALLEST_FLASH and not table.size & (table.size - 1)
    size = table.size if whole else flash_size(entries)
    summary = "table of a whole-flash image" if table.whole_flash else "binary partition table"
    return Layout(path.stem, size, entries, summary, where, soundness.TABLES)


def _from_tree(data: bytes, path: Path) -> Survey:
    # Rare, and not cheap to import: the report of an ordinary build must not wait for it.
    from imgcheck.readers import devicesource, devicetree
    from imgcheck.readers.devicenodes import flashes

    root = devicetree.parse(data) if data[:4] == _DTB else devicesource.parse(devicesource.decode(data).text)
    found = max(flashes(root), key=lambda flash: len(flash.partitions), default=None)
    if found is None:
        raise FormatError(
            "a device tree without fixed partitions; 'imgcheck dts lint' looks at factory trees"
        )
    entries = tuple(
        Partition(
            entry.label, soundness.NO_TYPE, entry.offset, entry.size, 0, 0, Location(str(path), entry.line)
        )
        for entry in found.partitions
    )
    size = found.size or flash_size(entries)
    return Survey(
        Layout(
            path.stem, size, entries, "fixed partitions of a device tree", Location(str(path), found.line)
        ),
        (),
    )
