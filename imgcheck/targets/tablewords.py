"""How names, numbers and faults of a partition table read in a message."""

from __future__ import annotations

from imgcheck.model import Diagnostic, Layout, Location, Partition, Severity
from imgcheck.printable import clip, printable
from imgcheck.wording import commas

ABSURD = 1 << 40  # what a broken table may say; its digits would fill the page


def fault(code: str, message: str, location: Location | None, subject: str) -> Diagnostic:
    """An error of a table, `code` without its prefix."""
    return Diagnostic(f"layout-{code}", "error", message, location, subject=subject)


def finding(
    code: str, severity: Severity, message: str, partition: Partition, key: str, help: str = ""
) -> Diagnostic:
    """A finding on one key of a partition, `code` without its prefix."""
    where = partition.place(key)
    return Diagnostic(f"layout-{code}", severity, message, where, help=help, subject=partition.name)


def consequence(
    code: str,
    severity: Severity,
    brief: str,
    new: Layout,
    name: str,
    *,
    lost: str = "",
    why: str = "",
    help: str = "",
) -> Diagnostic:
    """What a move between two tables means, on the partition of the new one; `code` without its prefix.

    The message is `brief`, (what that is: `lost`): `why`; a verdict says `brief` only.
    """
    partition = next((one for one in new.partitions if one.name == name), None)
    where = partition.location if partition else new.location
    message = brief + (f" ({lost})" if lost else "") + (f": {why}" if why else "")
    return Diagnostic(f"diff-{code}", severity, message, where, help=help, subject=name, brief=brief)


def show(name: str) -> str:
    """A partition's name for a message."""
    return printable(clip(name, 24)) or '""'


def listed(names: list[str]) -> str:
    """Partitions' names, as a sentence lists them."""
    shown = [show(name) for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def in_hex(value: int) -> str:
    """A number of a table for a message; the digits of an absurd one are left out."""
    return f"{value:#x}" if abs(value) < 1 << 64 else "over 64 bits"


def size(count: int) -> str:
    """A size in KiB where it is whole, else in bytes."""
    if abs(count) >= ABSURD:
        return "over 1 TiB"
    return f"{commas(count)} B" if count % 1024 else f"{commas(count >> 10)} KiB"


def place(where: tuple[int, int] | None) -> str:
    """Address and size of a partition."""
    return f"{where[0]:#x} ({size(where[1])})" if where else "nowhere"


def grown(old: tuple[int, int], new: tuple[int, int], name: str = "it") -> str:
    """How a partition's size changes, in a clause."""
    verb = "grows" if new[1] > old[1] else "shrinks"
    return f"{name} {verb} from {size(old[1])} to {size(new[1])}"
