"""What must be known of a chip, its files and its devices, so that every command works on them?

A target is one class below `Target` and one call of `targets.register`; see tests/targets/test_toy_target.py
for a whole one. What a target does not say, it does not have: no radio data, no log vocabulary, no prices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from imgcheck.errors import FormatError
from imgcheck.model import Cell, Content, Diagnostic, Identity, Layout, Partition, Soc, Verdict
from imgcheck.targets.vocabulary import Vocabulary

if TYPE_CHECKING:
    from imgcheck.model import Free

HEAD = 0x11000  # bytes at the beginning of a file by which a target may know it
Tried = Callable[[int], None]  # told how many packings have been tried


class Kind(NamedTuple):
    """What a file is in words, which method takes it, and where UART puts it."""

    title: str
    method: str
    offset: int | None
    endings: tuple[str, ...]  # names that promise this kind; () none does


class Found(NamedTuple):
    """A kind with what is odd about it and what its headers say."""

    kind: str
    findings: tuple[str, ...] = ()
    fields: tuple[tuple[str, Cell], ...] = ()
    contents: tuple[Content, ...] = ()
    offset: int | None = None  # where UART puts it, when the file itself knows better


class Member(NamedTuple):
    """A file of a release: what it is, and the application image in it (b"" when there is none)."""

    identity: Identity
    image: bytes


class Wrapped(NamedTuple):
    """What goes over the air: `header` and `body` are the file, `plain` is what it unpacks to."""

    plain: bytes
    body: bytes
    header: bytes
    note: str = ""  # how it was packed, in words
    saved: int = 0  # bytes less than with the usual parameters


class Unwrapped(NamedTuple):
    """A file that goes over the air, opened: `header` bytes, then `body`, which unpacks to `plain`.

    `stream` is the body where it is packed, b"" where it is not. What contradicts itself is in `findings`:
    (subject, message).
    """

    header: int
    body: bytes
    plain: bytes
    stream: bytes
    findings: tuple[tuple[str, str], ...] = ()


class Copy(NamedTuple):
    """One of the copies of a binary table: `fault` says why the device does not take it, "" if it may."""

    offset: int
    age: int
    fault: str
    chosen: bool
    layout: Layout


class Survey(NamedTuple):
    """A file's layout as far as it can be read, and what is wrong with the file itself.

    Of a binary table the copies, and `why` the device takes the one it does.
    """

    layout: Layout
    findings: tuple[Diagnostic, ...]
    copies: tuple[Copy, ...] = ()
    why: str = ""


class Move(NamedTuple):
    """One copy of one partition in two tables: (address, size) in each, None where it is not there."""

    label: str
    change: str  # "same", "moves", "resized", "moves, resized", "gone", "new"
    old: tuple[int, int] | None
    new: tuple[int, int] | None


class Asked(NamedTuple):
    """What a file is judged for: layouts, the slot that the device runs from, its software (none: all)."""

    tables: tuple[Layout, ...]
    active: int = 0
    installed: tuple[str, ...] = ()


class Judged(NamedTuple):
    """What devices and tools do with one file; `steps` are those of the worst verdict.

    `others` are shown and not counted. `unpacked` and `body` are the sizes to hold against the slots, None
    where they are not known.
    """

    verdicts: tuple[Verdict, ...]
    steps: tuple[tuple[str, str], ...]
    unpacked: int | None = None
    body: int | None = None
    findings: tuple[Diagnostic, ...] = ()
    others: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRules:
    """What a target's partition table can hold; 0 and () where there is no such rule."""

    title: str  # whose table it is, for messages
    copies: tuple[int, ...] = ()  # flash offsets of the table's copies
    page: int = 0x1000  # bytes that each copy takes
    below: str = "the partition table"  # what lies in front of the first partition
    loader: str = "the boot loader"  # what lies in front of the table
    first_address: int = 0
    most_entries: int = 0
    longest_name: int = 0
    foreign_types: tuple[int, ...] = ()  # types that only other chips' tables have
    sector: int = 0x1000  # the flash erases this much at a time
    required: Mapping[str, str] = field(default_factory=dict)  # name -> what the firmware wants it for
    no_application: str = "the table has no application partition"
    no_table: str = "no partition table of the target's own: its limits do not apply to these partitions"


class Target(Protocol):
    """One chip, its images, its tables and its devices."""

    name: str  # what --target and a policy's `target` say
    title: str  # what people say
    chip: Soc
    table: TableRules
    policy: str = ""  # shipped policy where a project has none
    packed_magics: tuple[bytes, ...] = ()  # how files that go over the air begin
    uart_kinds: tuple[str, ...] = ()  # kinds that tools write straight to the application's slot
    kinds: Mapping[str, Kind] = {}  # its own kinds of file
    log: Vocabulary = Vocabulary()  # what its devices and tools print
    kept: tuple[str, ...] = ()  # partitions whose moves `losses` tells of
    holds: Mapping[str, str] = {}  # partition -> what lies in it, where the name does not say
    strict_body: bool = False  # a file of exactly the slot's size is refused
    largest_flash: int = 64 << 20  # no file that is read is larger

    # --- its files -------------------------------------------------------------------------------------

    def recognises(self, head: bytes, path: str) -> bool:
        """Whether a file is this target's, by its first HEAD bytes; others are asked when it says no."""
        return head.startswith(self.packed_magics) or self.links(head)

    def links(self, head: bytes) -> bool:
        """Whether this is an ELF for the target's machine with something to load at its image's origin."""
        from imgcheck.readers import elf

        if not head.startswith(b"\x7fELF"):
            return False
        try:
            machine, segments = elf.loads(head)
        except FormatError:
            return False
        return machine == self.chip.elf_machine and any(
            one.filesz and self.chip.image_origin in (one.paddr, one.vaddr) for one in segments
        )

    def identify(self, data: bytes, path: str) -> Found | None:
        """What a file certainly is; None for what is not this target's own."""
        return None

    def guess(self, data: bytes, path: str) -> Found | None:
        """What a file of any bytes, which is no text, may be."""
        return None

    def application(self, data: bytes, path: str) -> tuple[bytes, tuple[Diagnostic, ...]]:
        """The image of one application in a raw file; FormatError for a file of another kind."""
        if data.startswith(self.packed_magics):
            raise FormatError("packed for the air, not a raw image", path, offset=0x0)
        return data, ()

    def inside(self, data: bytes, kind: str) -> bytes:
        """The application image in a file of that kind, b"" when there is none."""
        return b""

    def explained(self, made: bytes, data: bytes) -> str:
        """Why `data` differs from the image that was linked, if a tool of this target does that; else ""."""
        return ""

    # --- what goes over the air ------------------------------------------------------------------------

    def wrap(
        self, binary: bytes, *, tune: bool = False, unpacked_len: bool = True, tried: Tried | None = None
    ) -> Wrapped:
        """The file for the air of an image, as the target's own build makes it."""
        ...

    def unwrap(self, data: bytes) -> Unwrapped:
        """Such a file opened; FormatError when it is none, or does not unpack within the flash."""
        ...

    def refusal(self, data: bytes) -> str:
        """Why no device of this target decodes or starts what is in such a file; "" where one may."""
        return ""

    def page(self, header: bytes, image: bytes) -> bytes:
        """The header page of a build, were it in front of `image` (padded as it lies in flash)."""
        return header

    def packed_size(self, plain: bytes) -> int:
        """The size of the body for `plain`; `plain` itself where nothing is packed."""
        return len(plain)

    def prices(self, stream: bytes, plain: bytes) -> Sequence[float]:
        """Bytes of the body before each offset of `plain`; one more entry than `plain` has bytes."""
        return range(len(plain) + 1)

    def tune(self, plain: bytes, current: int, usual: int | None) -> tuple[Free, ...]:
        """What other parameters of the packer save, with the same contents.

        `current` is the size of the body; `usual` is `packed_size(plain)`, None when that is not known.
        """
        return ()

    # --- partition tables ------------------------------------------------------------------------------

    def survey(self, data: bytes, path: str) -> Survey | None:
        """The table in a file; None when there is none of this target's, FormatError when it is broken."""
        return None

    def table_bytes(self, layout: Layout) -> bytes:
        """The binary form of a table; FormatError when there is none."""
        raise FormatError(f"{self.title} has no binary partition table that imgcheck writes")

    def layouts(self) -> tuple[Layout, ...]:
        """The layouts that devices in the field have, beside those in budgets/layouts."""
        return ()

    def application_partition(self, layout: Layout) -> Partition | None:
        """The partition that the boot loader starts, its two slots as the two copies."""
        ...

    def table_faults(self, layout: Layout) -> Iterator[Diagnostic]:
        """Lint of its own, for a table that its devices can carry."""
        return iter(())

    def overlaps_deliberately(self, start: int, one: Partition, other: Partition, layout: Layout) -> bool:
        """Whether two partitions share bytes from `start` on, and that is meant."""
        return False

    def losses(self, moves: Mapping[str, Move], old: Layout, new: Layout) -> Iterable[Diagnostic]:
        """What a device loses by a new table: settings, files, identity."""
        return ()

    # --- its devices -----------------------------------------------------------------------------------

    def judge(self, data: bytes, path: str, wire: bool, asked: Asked) -> Judged:
        """What its devices do with a file, step by step; `wire` when tools write it to the slot themselves.

        ImgcheckError for software that is not known.
        """
        ...

    def review(self, members: Sequence[Member]) -> Mapping[str, tuple[str, ...]]:
        """What is missing beside, or does not match, each file of a release: path -> findings."""
        return {}
