"""Why something is in the image: its chains as a table, and as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from imgcheck.model import Cell, Column, Report, Table
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import path_column, size_text

_ROOTS = {
    "entry": "the entry point",
    "KEEP": "kept by the linker script",
    "interrupt table": "an interrupt table, which is kept",
    "whole-archive": "linked with its whole archive",
    "command line": "asked for on the linker's command line",
    "not collected": "linked without --gc-sections, which keeps everything",
}


class Entry(NamedTuple):
    """One thing of the name that was asked for; the objects of a chain stand beside it."""

    name: str
    object: str
    archive: str
    root: str
    root_kind: str
    chains: tuple[tuple[str, ...], ...]
    objects: tuple[tuple[str, ...], ...]
    retained_flash: int
    retained_ota: int
    source: Literal["graph", "map"]


def root_words(kind: str) -> str:
    """What makes something a root."""
    return _ROOTS[kind]


def build(name: str, entries: Sequence[Entry], title: str, whole: int) -> Report:
    """The report of `imgcheck why`; `whole` is the size of the image."""
    first = entries[0]
    where = (
        f"{first.archive}({first.object})"
        if first.archive and first.object
        else first.archive or first.object
    )
    of = f" of {where}" if where != name else ""
    verdict = (
        f"{name}{of} is held by {first.root}, {root_words(first.root_kind)}; "
        f"with it {size_text(first.retained_flash)} of {size_text(whole)} bytes of flash would go, "
        f"and {size_text(first.retained_ota)} of the OTA file."
    )
    tables = [_chain(entry, number) for entry in entries for number in range(len(entry.chains))]
    return assemble("why", title, verdict, tables=tables, records={"why": tuple(map(_record, entries))})


def _chain(entry: Entry, number: int) -> Table:
    chain, objects, count = entry.chains[number], entry.objects[number], len(entry.chains)
    rows: list[tuple[Cell, ...]] = [
        ("" if at else "root", name, where, root_words(entry.root_kind) if not at else "")
        for at, (name, where) in enumerate(zip(chain, objects, strict=True))
    ]
    columns = (Column(""), Column("What"), path_column("Object"), Column("Why"))
    of = f", {number + 1} of {count}" if count > 1 else ""
    flash, ota = size_text(entry.retained_flash), size_text(entry.retained_ota)
    note = f"Retains {flash} bytes of flash, {ota} of the OTA file."
    if entry.source == "map":
        note += " Told from the map's cross references: object by object."
    where = entry.object or entry.archive
    title = entry.name if where == entry.name else f"{entry.name} of {where}"
    return Table(f"{title}{of}", columns, tuple(rows), note=note)


def _record(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "object": entry.object,
        "archive": entry.archive,
        "root": entry.root,
        "root_kind": entry.root_kind,
        "chains": [list(chain) for chain in entry.chains],
        "retained_flash": entry.retained_flash,
        "retained_ota": entry.retained_ota,
        "source": entry.source,
    }
