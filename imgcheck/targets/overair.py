"""What a chip needs to say so that its release files can be judged: forms of files, and layouts as data.

A chip is one class below `OverAir` (or a few values of one) in a module of its own. Its layouts are Layouts
whose partition `app` has the slot that the device runs from as first copy, and the one that an update is
written to as second; what a device keeps is named in `kept`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Diagnostic, Layout, Location, Partition, Region, Soc, Verdict
from imgcheck.targets import assetnames
from imgcheck.targets.released import LFS_BYTES, Judgement, Keep, Opened, Room, judge, worst
from imgcheck.targets.slots import named, nearest
from imgcheck.targets.tablewords import consequence, place
from imgcheck.targets.target import (
    Asked,
    Found,
    Judged,
    Kind,
    Move,
    Survey,
    TableRules,
    Target,
    Tried,
    Unwrapped,
    Wrapped,
)

LITTLEFS = "littlefs"
WORDS = {
    LITTLEFS: "LittleFS",
    "easyflash": "settings",
    "config": "settings",
    "net": "settings",
    "nvds": "settings",
    "kv": "settings",
    "rf": "RF data",
    "user": "user data",
}
ARM, RISCV, XTENSA, CSKY = 40, 243, 94, 252  # e_machine


class Form(NamedTuple):
    """A kind of file of a chip: how it begins, what opening it gives (or FormatError), usual endings."""

    kind: str
    title: str
    method: str
    begins: Callable[[bytes], bool]
    open: Callable[[bytes], Opened]
    endings: tuple[str, ...] = ()
    offset: int | None = None  # where UART puts it


def chip(name: str, machine: int, origin: int, limit: int) -> Soc:
    """A chip of which only its linker's flash region is known."""
    region = Region("flash", origin, limit - origin, "flash")
    return Soc(
        name=name,
        elf_machine=machine,
        regions=(region,),
        image_origin=origin,
        image_limit=limit,
        header_bytes=0,
        image_alignment=1,
        ota_header_bytes=0,
        dict_bytes=0,
        excluded_sections=frozenset(),
        heap_symbols=(),
        long_double=16 if machine == RISCV else 8,  # RISC-V psABI
    )


def partition(name: str, start: int, size: int, second: tuple[int, int] = (0, 0)) -> Partition:
    """One entry of a layout that stands in a module."""
    return Partition(name, 0, start, size, *second)


class OverAir(Target):
    """One chip whose release files are known."""

    forms: tuple[Form, ...] = ()
    air: tuple[str, ...] = ("ota",)  # kinds that go over the air, or to the same slot by another way
    both_slots = False  # an update goes to whichever slot does not run
    checked_by = "not known"
    size_check = "device"  # who compares the size with the slot
    kept: tuple[str, ...] = (LITTLEFS, "rf", "net", "easyflash")
    largest_flash = 16 << 20

    @property
    def kinds(self) -> Mapping[str, Kind]:  # type: ignore[override]
        return {
            form.kind: Kind(f"{self.title} {form.title}", form.method, form.offset, form.endings)
            for form in self.forms
        }

    @property
    def uart_kinds(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(form.kind for form in self.forms if form.method != "ota")

    # --- files -----------------------------------------------------------------------------------------

    def recognises(self, head: bytes, path: str) -> bool:
        name = assetnames.parse(Path(path).name)
        if name:
            return name.platform.target == self.name
        return any(form.begins(head) for form in self.forms)

    def opened(self, data: bytes, kind: str) -> Opened:
        """A file as what its name says; FormatError when it is not that."""
        form = next((one for one in self.forms if one.kind == kind), None)
        if form is None:
            return Opened(len(data), sealed=False)
        if not form.begins(data):
            raise FormatError(f"no {self.title} {form.title}", offset=0)
        return form.open(data)

    def identify(self, data: bytes, path: str) -> Found | None:
        promised = self.kind_of(data, path)
        for form in sorted(self.forms, key=lambda one: one.kind != promised):
            if form.begins(data):
                try:
                    found = form.open(data)
                except FormatError as error:
                    return Found(form.kind, (f"truncated or damaged: {error}",))
                said = [f"does not hold: {what}" for what in found.broken]
                said += [f"which chip it is for, {unsaid}"] if (unsaid := self.unsaid(data, path)) else []
                return Found(form.kind, tuple(said), found.fields)
        return None

    def kind_of(self, data: bytes, path: str) -> str:
        """The kind that a file's name promises; "" when it promises none."""
        name = assetnames.parse(Path(path).name)
        return name.part.kind if name and name.platform.target == self.name else ""

    def unsaid(self, data: bytes, path: str) -> str:
        """That neither file nor name say which chip of a family it is for; "" where one does."""
        return ""

    def thorough(self, data: bytes, opened: Opened) -> Opened:
        """The same with the checks that take too long for a whole release."""
        return opened

    def same(self, one: Opened, other: Opened) -> bool:
        """Whether two files hold the same application; True where that cannot be told."""
        return not (one.app and other.app) or one.app == other.app

    def wrap(
        self, binary: bytes, *, tune: bool = False, unpacked_len: bool = True, tried: Tried | None = None
    ) -> Wrapped:
        raise ImgcheckError(f"imgcheck does not pack for a {self.title}")

    def unwrap(self, data: bytes) -> Unwrapped:
        raise FormatError(f"imgcheck does not unpack images of a {self.title} for a report")

    # --- layouts ---------------------------------------------------------------------------------------

    def field(self, variant: str, kind: str) -> tuple[Layout, ...]:
        """The layouts that a device with this variant can have, the usual one first."""
        return self.layouts()

    def smaller(self, variant: str) -> tuple[Layout, ...]:
        """Layouts of smaller flashes than the variant is for."""
        return ()

    def applies(self, layout: Layout) -> bool:
        """Whether a layout that was asked for is one of this chip's."""
        return layout.target == self.name

    def table_of(self, data: bytes) -> tuple[Partition, ...]:
        """The partitions in a file for UART, `app` with both slots; () when there is no table in it."""
        return ()

    def survey(self, data: bytes, path: str) -> Survey | None:
        found = self.table_of(data)
        if not found:
            return None
        usual = nearest(found, self.layouts())
        own = tuple(one for one in usual.partitions if one.name in self.kept and not named(found, one.name))
        where = Location(path)
        entries = tuple(replace(one, location=where) for one in (*found, *own))
        summary = f"table in {Path(path).name}, with what OpenBeken keeps on {self.title}"
        return Survey(
            Layout(Path(path).stem, usual.flash_size, entries, summary, where, target=self.name), ()
        )

    def application_partition(self, layout: Layout) -> Partition | None:
        return named(layout.partitions, "app")

    def overlaps_deliberately(self, start: int, one: Partition, other: Partition, layout: Layout) -> bool:
        # LittleFS lies in the last part of the slot for updates: that is what an update can wipe.
        return LITTLEFS in (one.name, other.name) and "app" in (one.name, other.name)

    def losses(self, moves: Mapping[str, Move], old: Layout, new: Layout) -> Iterator[Diagnostic]:
        for name in self.kept:
            move = moves.get(name)
            if move is None or not move.old:
                continue
            said = WORDS.get(name, name)
            if move.change == "same":
                yield consequence("kept", "note", f"{said} kept at {place(move.old)}", new, name)
                continue
            why = f"at {place(move.old)}, looked for at {place(move.new)}"
            yield consequence("lost", "warning", f"{said} lost", new, name, why=why)

    def keeps(self, layout: Layout, lfs: int = LFS_BYTES) -> tuple[Keep, ...]:
        """What a device with this layout keeps; LittleFS ends where it ends and begins by its size."""
        found = []
        for one in layout.partitions:
            if one.name in self.kept:
                start, end = one.address0, one.address0 + one.size0
                start = max(end - lfs, 0) if one.name == LITTLEFS and one.size0 == LFS_BYTES else start
                found.append(Keep(WORDS.get(one.name, one.name), start, end))
        return tuple(found)

    def rooms(self, layout: Layout, kind: str, lfs: int = LFS_BYTES) -> tuple[Room, ...]:
        """Where a device with this layout puts a file of that kind."""
        app = self.application_partition(layout)
        if app is None:
            return ()
        keeps = self.keeps(layout, lfs)
        if kind not in self.air:
            written = "a flash tool writes it; nothing is checked"
            return (Room(layout.name, app.address0, app.size0, app.size0, written),) if app.size0 else ()
        places = [(app.address1, app.size1)]
        if self.both_slots:
            places.append((app.address0, app.size0))
        return tuple(
            self.room(
                layout,
                Room(
                    layout=layout.name,
                    start=start,
                    slot=size,
                    most=size,
                    checked_by=self.checked_by,
                    size_check=self.size_check,
                    keeps=keeps,
                ),
                kind,
            )
            for start, size in places
        )

    def stored(self, run: int) -> int:
        """Bytes of flash that an unpacked image takes in the slot that it runs from."""
        return run

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        """What this chip's devices do in a slot that an update is written to."""
        return room

    # --- devices ---------------------------------------------------------------------------------------

    def judged(self, opened: Opened, layout: Layout, kind: str, lfs: int = LFS_BYTES) -> Judgement | None:
        """The verdict of one layout, None where it has no slot for that."""
        rooms = self.rooms(layout, kind, lfs)
        if opened.container:
            most = min([opened.container, *(room.most for room in rooms)])
            slot = min([opened.container, *(room.slot for room in rooms)])
            rooms = tuple(room._replace(most=most, slot=slot) for room in rooms)
        return worst([judge(opened, room) for room in rooms]) if rooms else None

    def judge(self, data: bytes, path: str, wire: bool, asked: Asked) -> Judged:
        name = assetnames.parse(Path(path).name)
        promised = self.kind_of(data, path)
        form = next((one for one in self.forms if one.kind == promised), None)
        form = form or next((one for one in self.forms if one.begins(data)), None)
        if asked.installed:
            raise ImgcheckError(f"--installed: no generations of a {self.title}'s software are known")
        if form is None:
            verdict = Verdict(self.title, "any", "refuses", "format", "", f"no file of a {self.title}")
            return Judged((verdict,), (("format", verdict.detail),))
        try:
            opened = self.thorough(data, self.opened(data, form.kind))
        except FormatError as error:
            verdict = Verdict(self.title, "any", "refuses", "format", "", str(error))
            return Judged((verdict,), (("format", str(error)),))
        tables: Sequence[Layout] = asked.tables
        if tuple(tables) == self.layouts():
            tables = self.field(name.variant if name else "", form.kind)
        from imgcheck.targets import replayed

        if unsaid := self.unsaid(data, path):
            opened = opened._replace(fields=(("chip", unsaid), *opened.fields))
        return replayed.replay(self, opened, form, tables, path)


def rules(title: str, sector: int = 0x1000, **required: str) -> TableRules:
    """Rules of a chip whose tables imgcheck does not write."""
    return TableRules(
        title=title, sector=sector, required=required, no_application="no partition named app",
        no_table="no table of the chip's own: layouts say where OpenBeken keeps what",
    )  # fmt: skip
