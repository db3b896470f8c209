"""Which tables a build's report has: slots, components, memory, then the finer breakdowns."""

from collections.abc import Iterable, Mapping, Sequence

from imgcheck.model import (
    BODY,
    SLOTS,
    UNATTRIBUTED,
    UNPACKED,
    Artefact,
    Cell,
    Column,
    Fit,
    Image,
    Measure,
    Origin,
    Read,
    Slot,
    Table,
)
from imgcheck.report.columns import share_column, size_column, size_text
from imgcheck.rules import unattributed

COMPONENTS_SHOWN = 20  # in short formats
FOLDED = 100  # rows of a table that a document folds
_BREAKDOWNS = (  # kind, title, heading of the name
    ("archive", "Archives", "Archive"),
    ("object", "Objects", "Object"),
    ("section", "Output sections", "Section"),
    ("symbol", "Symbols", "Symbol"),
)


def build(
    image: Image,
    artefact: Artefact,
    fits: Sequence[Fit],
    measures: Sequence[Measure],
    inputs: Sequence[tuple[str, str, str]],
) -> tuple[Table, ...]:
    """The tables of one build, most wanted first; `inputs` are (what, path, how it was found)."""
    by_kind = _by_kind(measures)
    flash_total = len(image.binary)
    tables = [slots(fits)]
    components = of_components(measures, flash_total)
    lost = by_kind.get("component", {}).get(UNATTRIBUTED, {}).get("flash", 0)
    advice = unattributed.hint(image.detail, lost, flash_total)
    note = f"{advice[:1].upper()}{advice[1:]}." if advice else ""
    tables += [components._replace(note=note)] if components.rows else []
    tables += [memory(image), sizes(image, artefact)]
    tables += [_inputs(inputs)] if inputs else []
    finer = (
        breakdown(kind, title, name, by_kind=by_kind, flash_total=flash_total, brief=0)
        for kind, title, name in _BREAKDOWNS
    )
    return tuple(tables) + tuple(table for table in finer if table.rows)


def slots(fits: Sequence[Fit]) -> Table:
    """Each limit of each layout; the layout is named in its first row only."""
    rows: list[tuple[Cell, ...]] = []
    for fit in fits:
        for number, slot in enumerate(fit.slots):
            share = slot.size / slot.limit if slot.limit > 0 else None
            rows.append(
                (
                    "" if number else fit.name,
                    slot.name,
                    slot.size,
                    slot.limit,
                    share,
                    slot.headroom,
                    _said(slot, slot.name == fit.binding),
                )
            )
    columns = (
        Column("Layout"),
        Column("Slot"),
        size_column("Size"),
        size_column("Limit"),
        share_column("Used"),
        size_column("Left"),
        Column(""),
    )
    return Table("Slots", columns, tuple(rows), name="slots")


def _said(slot: Slot, binds: bool) -> str:
    state = "near" if slot.state == "near" else "over" if slot.state == "over" and not binds else ""
    return ", ".join(word for word in ("binds" if binds else "", state) if word)


def of_components(measures: Iterable[Measure], flash_total: int) -> Table:
    """Who takes the bytes, by component."""
    return breakdown(
        "component",
        "Components",
        "Component",
        by_kind=_by_kind(measures),
        flash_total=flash_total,
        brief=COMPONENTS_SHOWN,
    )


def breakdown(
    kind: str,
    title: str,
    heading: str,
    *,
    by_kind: Mapping[str, Mapping[str, Mapping[str, int]]],
    flash_total: int,
    brief: int | None,
) -> Table:
    """Who takes the bytes, largest share of flash first; OTA column when the bytes are priced."""
    owners = by_kind.get(kind, {})
    priced = any("ota" in sizes for sizes in owners.values())
    order = sorted(owners.items(), key=lambda own: (-own[1].get("flash", 0), -own[1].get("ram", 0), own[0]))

    def row(name: str, sizes: Mapping[str, int]) -> tuple[Cell, ...]:
        flash = sizes.get("flash", 0)
        share = flash / flash_total if flash_total else None
        ota = (sizes.get("ota", 0),) if priced else ()
        return (name, flash, share, sizes.get("ram", 0), *ota)

    rows = tuple(row(name, sizes) for name, sizes in order)
    columns = [Column(heading), size_column("Flash"), share_column("Share"), size_column("RAM")]
    columns += [size_column("OTA")] if priced else []
    left_out = [] if brief is None else [sizes for _, sizes in order[brief or FOLDED :]]
    return Table(
        title,
        tuple(columns),
        rows,
        name=f"{kind}s",
        brief=brief,
        folded=FOLDED,
        rest=row(f"({len(left_out):,} more)", _sum(left_out)) if left_out else None,
        total=row("total", _sum(sizes for _, sizes in order)) if rows else None,
    )


def memory(image: Image) -> Table:
    """How full each RAM region is, and what the heap starts with."""
    rows: list[tuple[Cell, ...]] = [
        (use.name, use.used, use.size, use.used / use.size if use.size else None, use.size - use.used)
        for use in image.regions
    ]
    note = "" if image.heap is None else f"Static heap at start: {size_text(image.heap)} bytes."
    if image.heap is None:
        note = "Static heap at start: unknown, " + (
            "only an ELF says it." if image.detail == "binary" else "the ELF has no heap symbols."
        )
    columns = (
        Column("RAM region"),
        size_column("Used"),
        size_column("Size"),
        share_column("Full"),
        size_column("Free"),
    )
    return Table("Memory", columns, tuple(rows), name="memory", note=note)


def sizes(image: Image, artefact: Artefact) -> Table:
    """The same firmware in each of its wrappings."""
    soc = image.soc
    rows: tuple[tuple[Cell, ...], ...] = (
        (".bin", len(image.binary), "as the SDK's objcopy makes it"),
        (UNPACKED, artefact.unpacked, f"{size_text(soc.header_bytes)} of boot header + padded .bin"),
        (SLOTS[BODY], artefact.body, "XZ of that"),
        (
            "OTA file",
            artefact.file,
            f"{soc.ota_header_bytes} of OTA header + body; {made_by(artefact.source)}",
        ),
    )
    return Table("Sizes", (Column("File"), size_column("Bytes"), Column("What it is")), rows, name="sizes")


def made_by(origin: Origin) -> str:
    """Where an artefact is from."""
    return origin.path if isinstance(origin, Read) else "packed by imgcheck"


def _inputs(inputs: Sequence[tuple[str, str, str]]) -> Table:
    columns = (Column("Input"), Column("File"), Column("Found"))
    return Table("Read", columns, tuple(inputs), name="inputs")


def _by_kind(measures: Iterable[Measure]) -> dict[str, dict[str, dict[str, int]]]:
    kinds: dict[str, dict[str, dict[str, int]]] = {}
    for measure in measures:
        kinds.setdefault(measure.kind, {}).setdefault(measure.name, {})[measure.resource] = measure.size
    return kinds


def _sum(owners: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for owner in owners:
        for resource, size in owner.items():
            total[resource] = total.get(resource, 0) + size
    return total
