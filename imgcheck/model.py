"""The whole vocabulary of imgcheck; every stage knows this module and no other stage.

Sizes and addresses are `int` bytes everywhere. All types are frozen: a stage makes new values, it
never changes those it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Resource: TypeAlias = Literal["flash", "ram", "ota"]
Severity: TypeAlias = Literal["error", "warning", "note"]
Cell: TypeAlias = "str | int | float | None"

FILL = "[fill]"  # alignment padding that the linker put between two owners
SILENT = "(no message)"  # what a device says that prints nothing
HOLE = "[hole]"  # image bytes between output sections, which objcopy writes as zero
UNATTRIBUTED = "[unattributed]"  # bytes of an output section that no input names


# --- the chip -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Region:
    """A memory region of the chip as its linker script has it: `length` bytes from `origin`."""

    name: str
    origin: int
    length: int
    kind: Literal["flash", "ram", "rom"]

    def holds(self, address: int) -> bool:
        return self.origin <= address < self.origin + self.length


@dataclass(frozen=True, slots=True)
class Soc:
    """What a chip and its boot loader fix, independent of any build."""

    name: str
    elf_machine: int  # e_machine of the ELF
    regions: tuple[Region, ...]
    image_origin: int  # load address of the first image byte
    image_limit: int  # first load address that objcopy's image can no longer hold
    header_bytes: int  # boot header page in front of the image in a slot
    image_alignment: int  # the image is padded to a multiple of this with 0x00
    ota_header_bytes: int  # header of the OTA file, in front of the packed body
    xz_dict_bytes: int  # LZMA2 dictionary that the boot loader can hold
    excluded_sections: frozenset[str]  # what the SDK's objcopy removes (-R)
    heap_symbols: tuple[str, ...]  # absolute symbols whose values add up to the static heap


# --- one build ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """A run of bytes with one owner.

    `address` is the run address, `load` the load address (equal in XIP flash; differs for `.data`).
    `flash` is its bytes in the image, `ram` its bytes in RAM: `.text` has flash only, `.bss` ram
    only, `.data` both. `[fill]`, `[hole]` and `[unattributed]` are items too, with that `name`.
    """

    address: int
    load: int
    flash: int
    ram: int
    section: str  # output section
    input_section: str  # "" where only symbols are known
    name: str  # symbol (C++ demangled only for display), or the input section's own name, or FILL/HOLE/UNATTRIBUTED
    object: str  # "drv_ssdp.o"; "" unknown
    archive: str  # "libopenbeken.a"; "" for a bare object or unknown
    source: str = ""  # path as the compiler knew it; "" unknown
    line: int = 0


@dataclass(frozen=True, slots=True)
class RegionUse:
    """How full a RAM region is, heap not counted as used."""

    name: str
    used: int
    size: int


@dataclass(frozen=True, slots=True)
class Image:
    """One build, every byte once.

    `binary` is the image as the SDK's objcopy makes it. `sum(item.flash) == len(binary)` always.
    `detail` says how fine the owners are: what was there to read.
    """

    name: str
    path: str
    soc: Soc
    items: tuple[Item, ...]
    binary: bytes
    regions: tuple[RegionUse, ...]
    heap: int | None  # static heap at start; None when the ELF has no heap symbols
    detail: Literal["map", "symbols", "sections", "binary"]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Artefact:
    """What goes over the air: sizes of each wrapping, made by us or read from a given file.

    `unpacked` = header page + padded image, `body` = XZ of that, `file` = OTA header + body.
    `stream` is the XZ body itself; empty when only sizes are known.
    """

    unpacked: int
    body: int
    file: int
    source: str  # "packed by imgcheck" or the path of the .ota
    stream: bytes = b""
    plain: bytes = b""  # what `stream` unpacks to: header page + padded image
    diagnostics: tuple[Diagnostic, ...] = ()


# --- the devices in the field ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text file for an annotation; lines and columns count from 1, 0 is unknown."""

    path: str
    line: int = 0
    column: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Partition:
    """One entry of a partition table: address and size for each of its two copies (0, 0: absent)."""

    name: str
    type: int
    address0: int
    size0: int
    address1: int
    size1: int
    location: Location | None = None
    device: int = 0
    active: int = 0
    length: int = 0
    age: int = 0
    lines: tuple[tuple[str, int], ...] = ()  # (key, its line), where the source has lines


@dataclass(frozen=True, slots=True)
class Layout:
    """One partition table as it lies in devices."""

    name: str
    flash_size: int
    partitions: tuple[Partition, ...]
    summary: str = ""  # who writes this table, in one line
    location: Location | None = None
    tables: tuple[int, ...] = ()  # flash offsets of the table's copies


@dataclass(frozen=True, slots=True)
class Slot:
    """One limit of a layout against one size of the build; `headroom` < 0 does not fit."""

    name: Literal["unpacked", "body"]
    size: int
    limit: int  # the largest size that the device takes (a strict comparison is one less than the slot)
    headroom: int


@dataclass(frozen=True, slots=True)
class Fit:
    """One layout's verdict; `binding` names the slot with the least headroom relative to its limit."""

    name: str
    fits: bool
    binding: str
    slots: tuple[Slot, ...]


# --- numbers --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measure:
    """The hinge number: "component lwip flash 41,232"."""

    kind: str  # section, archive, object, component, symbol, region
    name: str
    resource: Resource
    size: int
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the treemap; a leaf has no children, a parent's sizes are the sums of its children's."""

    name: str
    flash: int
    ram: int
    ota: float | None = None
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of one rule, or of a stage that met something worth saying."""

    code: str
    severity: Severity
    message: str
    location: Location | None = None
    measure: Measure | None = None
    help: str = ""
    subject: str = ""  # what it is about, stable from build to build (never a size): waivers and fingerprints use it
    replacement: str | None = None  # the text that the located line should become
    waived: str = ""  # why it does not count, "" when it does


# --- savings --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what a feature takes: a section, string, function or array.

    `effect`: "gone" wholly, "shrinks" by `flash`/`ram`/`ota`, or "stays" (then `why` names who still refers to it).
    """

    name: str
    object: str
    flash: int
    ram: int
    ota: float
    effect: Literal["gone", "shrinks", "stays"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """What switching one feature off saves, in bytes, and how far to trust it (plus or minus)."""

    name: str
    path: str  # of the header with the active #define, repo-relative where that is known
    line: int
    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int
    shared_with: tuple[str, ...] = ()
    estimate: bool = False  # from the map alone: objects were missing
    pieces: tuple[Piece, ...] = ()
    off: str = ""  # the line of the #define as it reads when the feature is off; "" unknown


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of features to strip together; savings are those of the set as a whole."""

    features: tuple[str, ...]
    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int
    fits: bool
    weight: float
    unpacked_after: int
    body_after: int
    heap_after: int | None
    margin: int  # least headroom over all layouts and slots after it, error bars taken off


@dataclass(frozen=True, slots=True)
class Free:
    """Bytes that cost no feature."""

    what: str
    ota: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well the reference graph reproduces the linker's own choice, in bytes."""

    placed_bytes: int
    missing_bytes: int
    extra_bytes: int


@dataclass(frozen=True, slots=True)
class Savings:
    """Everything that `features` and `plan` found out."""

    features: tuple[Feature, ...]
    calibration: Calibration | None
    plans: tuple[Plan, ...] = ()
    free: tuple[Free, ...] = ()
    need: str = ""  # what the plan was asked for, in words
    diagnostics: tuple[Diagnostic, ...] = ()


# --- waste ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waste:
    """Bytes that a build could do without, by name, and no feature lost."""

    kind: Literal["ram-constants", "ram-data", "strings", "tables", "kept", "unread", "double", "text"]
    name: str  # stable from build to build
    flash: int
    ram: int
    owners: tuple[str, ...]  # objects that hold it, or that ask for it
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """A `#define` that its guard no longer guards: the guard's two lines are commented out."""

    macro: str
    guard: str  # the guard as written, without the comment marks
    location: Location  # of the #define
    guard_line: int
    end_line: int


# --- what a project asks --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pattern:
    """One glob of a component: what of an item it is matched against, and the glob."""

    field: Literal["archive", "object", "source", "section", "symbol"]
    glob: str


@dataclass(frozen=True, slots=True)
class Component:
    name: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Where features are configured, and what the project says of them ([features] of the policy)."""

    config: str = ""  # the configuration header, relative to the policy or a source root
    source_roots: tuple[str, ...] = ()
    include_dirs: tuple[str, ...] = ()
    defines: Mapping[str, str] = field(default_factory=dict)
    pattern: str = "ENABLE_*"
    keep: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit that the project sets; `limit` in bytes, `warn_at` as a share of it."""

    kind: str
    name: str
    resource: Resource
    limit: int
    warn_at: float | None = None
    location: Location | None = None
    share: float | None = None  # of the smallest slot limit of the layouts; then `limit` is 0


@dataclass(frozen=True, slots=True)
class Waiver:
    rule: str
    subject: str
    reason: str
    expires: str  # ISO date
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Loosening:
    """One thing that a proposed policy allows and the one in force does not."""

    kind: Literal["limit", "waiver", "rule"]
    subject: str
    message: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class Policy:
    """A budget file, everything it extends included."""

    name: str
    path: str
    root: str  # folder that its relative paths start from
    layouts: tuple[str, ...] = ()  # names of shipped layouts, or files
    components: tuple[Component, ...] = ()
    features: FeatureSettings | None = None
    reserve: int = 0
    heap_floor: int | None = None
    budgets: tuple[Budget, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    origins: Mapping[str, Location] = field(default_factory=dict)  # dotted key -> where its value came from


@dataclass(frozen=True, slots=True)
class Relief:
    """What would bring one budget down: features, cheapest first, with the bytes that each takes off it."""

    budget: Budget
    over: int  # 0: it is only near its limit
    features: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules read: everything known of one build against one policy."""

    image: Image
    artefact: Artefact
    layouts: tuple[Layout, ...]
    fits: tuple[Fit, ...]
    measures: tuple[Measure, ...]
    policy: Policy
    savings: Savings | None = None
    known: tuple[Layout, ...] = ()  # the layouts that some device in the field is known to carry
    wastes: tuple[Waste, ...] | None = None  # None: nobody looked
    slips: tuple[Slip, ...] | None = None  # of the configuration header; None: nobody looked
    loosenings: tuple[Loosening, ...] = ()  # of the working tree's policy, where `policy` is another revision's
    expired: tuple[Waiver, ...] = ()  # waivers that would have applied until some day before today
    missing: Mapping[str, str] = field(default_factory=dict)  # what could not be looked at -> why
    reliefs: tuple[Relief, ...] = ()  # of budgets that are over


# --- files that reach devices ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Content:
    """What lies at an offset of a whole-flash image."""

    offset: int
    size: int
    partition: str  # name, or what the place is for ("boot2", "partition table")
    what: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file is and which method takes it.

    `kind` is a stable word, `title` says it to people. `offset` is the flash address for UART, None for
    the other methods. `findings` are one sentence each; `fields` are what its headers say.
    """

    path: str
    kind: str
    title: str
    method: Literal["uart", "ota", "none"]
    offset: int | None
    size: int
    findings: tuple[str, ...] = ()
    fields: tuple[tuple[str, Cell], ...] = ()
    contents: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why boot2 does not take something: what old and new boot2 print, and what it means.

    `noticed` is False where boot2 does not see it and jumps into what cannot run.
    """

    old: str
    new: str
    why: str
    noticed: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered to a device: everything of an OTA file that any step looks at.

    Sizes are bytes. `unpacked` is what comes out of the XZ body (of a raw one: its size), `decode` why
    boot2's decoder stops, `boot` why boot2 does not start the image.
    """

    size: int
    ident: bool  # the first nine characters say BL60X_OTA
    length: int  # of the body as the header has it
    sha_fits: bool
    unpacked_len: int | None
    body: int
    content: Literal["xz", "image", "other"]
    unpacked: int
    decode: Fault | None = None
    boot: Fault | None = None
    cut: int = 0  # bytes that the boot header promises and the image lacks, where no checksum notices
    tail_fits: bool = False  # the last 32 bytes are the SHA-256 of all before: what hosal wants


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a device with this layout and this software does with a file.

    `step` is where it ends, `message` what the device says there, `detail` what that means.
    """

    layout: str
    installed: str
    outcome: Literal["accepts", "refuses", "bricks"]
    step: str
    message: str
    detail: str = ""


# --- what is shown --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `text` writes one raw cell for people."""

    title: str
    align: Literal["left", "right"] = "left"
    write: Callable[[Cell], str] | None = None
    bar: bool = False  # its cells are shares (1.0 = full) that a format may draw
    brief: bool = True  # False: left out where width is short

    def text(self, cell: Cell) -> str:
        if cell is None:
            return "-"
        return self.write(cell) if self.write else str(cell)


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    name: str = ""  # stable identifier for csv and html anchors
    note: str = ""  # how far its numbers can be trusted, or what was left out
    brief: int | None = None  # rows that a short format shows: None all, 0 leaves the table out
    rest: tuple[Cell, ...] | None = None  # stands for the rows after the first `brief`
    total: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The `image` of the JSON report."""

    name: str
    soc: str
    bin_bytes: int
    unpacked_bytes: int
    ota_body_bytes: int | None
    ota_file_bytes: int | None
    ota_source: str
    heap_bytes: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What an emitter sees, and all it sees: sorted, summed and cut."""

    title: str
    command: str
    verdict: str  # one sentence; "" for a report that judges nothing
    passed: bool | None
    summary: Summary | None
    layouts: tuple[Fit, ...]
    measures: tuple[Measure, ...]
    tables: tuple[Table, ...]
    diagnostics: tuple[Diagnostic, ...]
    tree: Node | None = None
    savings: Savings | None = None
    checks: tuple[tuple[str, str, bool], ...] = ()  # (rule code, subject, passed), for formats that show green checks
    files: tuple[Mapping[str, Cell], ...] = ()
    worst: Fit | None = None  # the layout whose binding slot has the least headroom for its limit
    path: str = ""  # what was judged; findings without a place of their own land on it
    rules: tuple[tuple[str, str], ...] = ()  # (code, its page; the first line says what is wrong)
    records: tuple[tuple[str, tuple[Mapping[str, object], ...]], ...] = ()  # (key of the JSON report, its entries)
