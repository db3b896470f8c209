"""Tables of what switching features off saves, and of what to strip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from imgcheck.model import BODY, Cell, Column, Table
from imgcheck.report.columns import (
    change_column,
    error_column,
    error_text,
    path_column,
    size_column,
    size_text,
)

if TYPE_CHECKING:
    from imgcheck.model import Calibration, Feature, Free, Plan, SavedSet, Savings

TUNED = "pack with `imgcheck pack --tune`"  # a step of a plan
NAMES_SHOWN = 2  # of those that a feature shares with
_EFFECTS = {"gone": "goes", "shrinks": "shrinks", "stays": "stays"}


def tables(savings: Savings, currency: str) -> tuple[Table, ...]:
    """All tables of one answer; `currency` BODY sorts by OTA bytes, anything else by flash bytes."""
    made = []
    if savings.free:
        made.append(free(savings.free))
    if savings.plans:
        made.append(plans(savings.plans, savings.need))
    if any(len(one.features) > 1 for one in savings.sets):
        made.append(sets(savings.sets))
    shared = {one.name: one.shared_with for one in savings.features}
    for one in savings.sets:
        made.append(pieces(one, shared.get(one.features[0], ()) if len(one.features) == 1 else ()))
    if savings.features:
        made.append(features(savings.features, currency, calibration_note(savings.calibration)))
    return tuple(made)


def features(every: Sequence[Feature], currency: str, note: str = "") -> Table:
    """One row per feature, the one that saves most of what binds first."""
    size: Callable[[Feature], int] = (lambda one: one.ota) if currency == BODY else (lambda one: one.flash)
    order = sorted(every, key=lambda one: (-size(one), -one.flash, -one.ram, one.name))
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.flash, one.flash_error, one.ram, one.ota, one.ota_error, place(one), _names(one))
        for one in order
    ]
    columns = [
        Column("Feature"),
        size_column("Flash"),
        error_column(),
        size_column("RAM"),
        size_column("OTA"),
        error_column(),
        path_column("Defined at"),
        Column("Shares with", brief=False),
    ]
    notes = [note] if note else []
    if any(one.estimate for one in every):  # a narrow column of its own, so that the names stay whole
        columns.insert(1, Column(""))
        rows = [(row[0], "~" if one.estimate else "", *row[1:]) for row, one in zip(rows, order, strict=True)]
        notes.append(
            "~ marks an estimate: objects were missing, code reads the feature as a value, "
            "or other code comes in."
        )
    folders = {one.path for one in every if "/" in one.path}
    if len(folders) == 1:
        notes.append(f"Defined in {folders.pop()}.")
    title = "What switching a feature off saves"
    return Table(title, tuple(columns), tuple(rows), name="features", note=" ".join(notes))


def place(feature: Feature) -> str:
    """Where a feature is switched on."""
    return f"{feature.path}:{feature.line}" if feature.line else feature.path


def _names(feature: Feature) -> str:
    """The first few; JSON has them all, and so has the report of this feature alone."""
    names = feature.shared_with
    more = len(names) - NAMES_SHOWN
    return f"{', '.join(names[:NAMES_SHOWN])} and {more} more" if more > 1 else ", ".join(names)


def sets(every: Sequence[SavedSet]) -> Table:
    """What features save together, beside the sum of what each saves alone."""
    rows = tuple(
        (
            " + ".join(one.features),
            one.flash,
            one.flash_error,
            one.flash - one.sum_flash,
            one.ram,
            one.ota,
            one.ota_error,
            one.ota - one.sum_ota,
        )
        for one in every
    )
    columns = (
        Column("Without"),
        size_column("Flash"),
        error_column(),
        change_column("Over the sum"),
        size_column("RAM"),
        size_column("OTA"),
        error_column(),
        change_column("Over the sum"),
    )
    note = "Over the sum: what the set saves more (or less) than its members, each alone, added up."
    return Table("What they save together", columns, rows, name="sets", note=note)


def answer(every: Sequence[SavedSet]) -> str:
    """What was asked for, in a sentence each."""
    return " ".join(
        f"Without {' + '.join(one.features)} the image is {size_text(one.flash)} "
        f"({error_text(one.flash_error)}) bytes smaller, the OTA file {size_text(one.ota)} "
        f"({error_text(one.ota_error)}), and static RAM {size_text(one.ram)}."
        for one in every
    )


def pieces(feature: SavedSet, shared_with: Sequence[str] = ()) -> Table:
    """What of the image a set of features takes: gone, smaller, or kept by somebody else."""
    order = {"gone": 0, "shrinks": 1, "stays": 2}
    rows = tuple(
        (_EFFECTS[one.effect], one.name, one.object, one.flash, one.ram, one.ota, one.why)
        for one in sorted(feature.pieces, key=lambda one: (order[one.effect], -one.flash, -one.ram, one.name))
    )
    columns = (
        Column("It"),
        Column("What"),
        path_column("Object", brief=False),
        size_column("Flash"),
        size_column("RAM"),
        size_column("OTA"),
        path_column("Why"),
    )
    note = f"Shared with {', '.join(shared_with)}." if shared_with else ""
    return Table(f"Without {' + '.join(feature.features)}", columns, rows, name="pieces", note=note)


def plans(every: Sequence[Plan], need: str) -> Table:
    """Sets of features to strip, in the order of preference, and what is left after each."""
    rows = tuple(
        (
            number,
            plan.flash,
            plan.flash_error,
            plan.ota,
            plan.ota_error,
            plan.unpacked_after,
            plan.body_after,
            plan.heap_after,
            plan.margin,
            "yes" if plan.fits else "no",
            f"{plan.weight:g}",
            " + ".join((*((TUNED,) if plan.tuned else ()), *plan.features)) or "(nothing)",
        )
        for number, plan in enumerate(every, 1)
    )
    columns = (
        Column("#", "right"),
        size_column("Flash"),
        error_column(brief=False),
        size_column("OTA"),
        error_column(brief=False),
        size_column("Unpacked after", brief=False),
        size_column("Body after", brief=False),
        size_column("Heap after"),
        size_column("Margin"),
        Column("Fits", brief=False),  # where width is short, the margin's sign says it
        Column("Weight", "right"),
        Column("Strip", whole=True),
    )
    note = "Margin: the least headroom left over all layouts, error bars taken off."
    title = f"What to strip ({need})" if need else "What to strip"
    return Table(title, columns, rows, name="plans", note=note)


def advice(best: Plan, need: str) -> str:
    """What to do, and whether that is known to be the cheapest way."""
    pack = f"{TUNED}, which saves {size_text(best.tuned)} bytes of the OTA file"
    if best.tuned and not best.features:
        return f"To {need}: {pack}; no feature has to go."
    also = f"{pack}, and " if best.tuned else ""
    saves = f"{size_text(best.flash)} ({error_text(best.flash_error)}) bytes"
    known = "no cheaper set does" if best.proven else "whether a cheaper set does is not proven"
    return (
        f"To {need}: {also}switch off {', '.join(best.features)}; that saves {saves} of flash and "
        f"{size_text(best.ota)} ({error_text(best.ota_error)}) of the OTA file. Its weight is "
        f"{best.weight:g}: {known}."
    )


def free(every: Iterable[Free]) -> Table:
    """Bytes that cost no feature."""
    rows: tuple[tuple[Cell, ...], ...] = tuple((one.ota, one.what) for one in every)
    return Table("Costs no feature", (size_column("OTA saved"), Column("How")), rows, name="free")


def calibration_note(calibration: Calibration | None) -> str:
    """How far the numbers can be trusted, in one line."""
    if calibration is None:
        return "Not calibrated: without the objects these are estimates from the map."
    missing, extra = size_text(calibration.missing_bytes), size_text(calibration.extra_bytes)
    return (
        f"Calibration: of {size_text(calibration.placed_bytes)} bytes that the linker placed, "
        f"the reference graph misses {missing} and has {extra} too many.{_sites_note(calibration)}"
    )


def _sites_note(calibration: Calibration) -> str:
    """What the check of relocations found, where it found something."""
    odd, differing = calibration.odd_sites, calibration.differing_bytes
    if not odd and not differing:
        return ""
    return (
        f" {size_text(odd)} of {size_text(calibration.sites)} relocations and {size_text(differing)} of "
        f"{size_text(calibration.copied_bytes)} bytes of code are not as the objects have them."
    )
