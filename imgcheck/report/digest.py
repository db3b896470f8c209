"""What a maintainer reads of a gate: what fits, what this change did, what counts; all else is folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from imgcheck.builds import companions
from imgcheck.devices.capacity import worst
from imgcheck.model import (
    SLOTS,
    Cell,
    Column,
    Diagnostic,
    Digest,
    Facts,
    Fit,
    Fold,
    Policy,
    Read,
    Report,
    Slot,
    Table,
)
from imgcheck.report import changes, since
from imgcheck.report.columns import change_column, change_text, error_text, size_column, size_text
from imgcheck.report.defines import OVER
from imgcheck.report.savings import TUNED
from imgcheck.report.verdict import headline
from imgcheck.rules import strip_feature

if TYPE_CHECKING:
    from imgcheck.model import Difference, Savings, Snapshot

MOST_MACROS = 4  # that a comment names
RAISED = "baseline-raised"
FINDINGS = 3  # that everybody sees
_NAMED = 3  # of what changed
_STRIP = strip_feature.CODE  # a plan's features one by one; the plan is said once
_SAVED = ("free", "plans", "sets", "features")
_CHANGED = ("causes", "headroom", "totals", "largest")
_PLAIN = ("slots", "components", "memory", "sizes", "inputs")


def of(report: Report, context: str = "", reserve: int = 0) -> Digest:
    """The few lines of a report; `context` says by what it was judged, with which `reserve`."""
    fit = _judged(report)
    serious = [one for one in report.diagnostics if one.severity != "note"]
    counting = [one for one in serious if not one.waived]
    plan = _plan(report.savings, asked=any(one.code == _STRIP for one in counting))
    shown = [one for one in counting if one.code != _STRIP or not plan]
    return Digest(
        headline=headline(report.layouts),
        context=context,
        sizes=_sizes(report, fit),
        lines=tuple(
            line for line in (_raised(report), _not_ours(report), plan, _did(report.difference)) if line
        ),
        findings=tuple(shown[:FINDINGS]),
        more=max(len(shown) - FINDINGS, 0),
        folds=tuple(_folds(report, serious)),
        since=_since(report),
        calm=report.difference is not None and since.calm(report.difference, reserve),
    )


def _since(report: Report) -> str:
    """What the change did; a slot that is nearly full is a state of its own, whoever filled it."""
    if report.difference is None:
        return ""
    said = (since.line(report.difference), since.near(report.layouts) if report.passed else "")
    return "; ".join(filter(None, said))


def context(report: Report, facts: Facts, built: Mapping[str, str], asked: str | None = None) -> str:
    """Which variant it is and who says so, by what it was judged, and which OTA file it is.

    `built` are the macros that the build's own debug information says it was given; `asked` is the policy
    that was asked for by name, where one was.
    """
    settings = facts.policy
    origin = facts.artefact.source
    ota = (
        f"OTA file {companions.ota_label(origin.path)}"
        if isinstance(origin, Read)
        else "OTA file packed by imgcheck"
    )
    base = since.base(report.difference) if report.difference else ""
    policy = f"policy {settings.name}"
    if settings.shipped and not asked:
        policy = "no policy" if base else f"no policy but the shipped {settings.name}"
    said = ", ".join(filter(None, (variant(settings, built), ota, policy)))
    return said + (f": judged against the base build {base}" if base else "")


def variant(settings: Policy, built: Mapping[str, str]) -> str:
    """Which variant a build is, with the macros that tell it from others, and whose word they are."""
    name, telling = told(settings.variants, built)
    name = (settings.variant.name if settings.variant else "") or name
    wished = settings.features.defines if settings.features else {}
    # A build is given dozens of macros: those that tell variants apart are the ones that a policy names.
    macros = [
        f"{macro}={built[macro]}, read from the build"
        if macro in built
        else f"{macro}={value}, by the policy"
        for macro, value in wished.items()
        if macro == telling or _own(settings, macro) or built.get(macro, value) != value
    ]
    if telling and telling not in wished:
        macros = [f"{telling}={built[telling]}, read from the build", *macros]
    said = f" ({'; '.join(macros[:MOST_MACROS])})" if macros else ", by the policy"
    return " ".join(("variant", name)).rstrip() + said if name or macros else ""


def told(variants: Mapping[str, str], built: Mapping[str, str]) -> tuple[str, str]:
    """The variant whose macro a build was given, and the macro; nothing where none or several are it."""
    found = []
    for name, said in variants.items():
        macro, _, value = said.partition("=")
        if macro in built and built[macro] == (value or "1"):
            found.append((name, macro))
    return found[0] if len(found) == 1 else ("", "")


def _own(settings: Policy, macro: str) -> bool:
    """Whether the project's own policy names it; what ships with imgcheck tells no variants apart."""
    build = settings.variant.name if settings.variant else ""
    keys = (f"features.defines.{macro}", f"build.{build}.defines.{macro}", "build.defines")
    return any(place and not place.shipped for place in map(settings.origins.get, keys))


def _judged(report: Report) -> Fit | None:
    """The layout that decides; those that are too small for a reason that counts for nothing do not."""
    excused = {one.subject for one in report.diagnostics if one.code in OVER and one.waived}
    return worst(fit for fit in report.layouts if fit.fits or fit.name not in excused) or report.worst


# --- sizes ------------------------------------------------------------------------------------------


def _sizes(report: Report, fit: Fit | None) -> Table:
    old = report.difference.old if report.difference else None
    rows = [_slot(slot, old) for slot in fit.slots] if fit else []
    heap = report.summary.heap_bytes if report.summary else None
    if heap is not None:
        rows.append(("heap at start", *_before(heap, old.heap if old else None, bool(old)), None, None))
    columns = [Column("")]
    columns += (
        [size_column("base"), size_column("this"), change_column("diff")] if old else [size_column("this")]
    )
    columns += [size_column(f"limit ({fit.name})" if fit else "limit"), size_column("left")]
    return Table("Sizes", tuple(columns), tuple(rows), name="digest")


def _slot(slot: Slot, old: Snapshot | None) -> tuple[Cell, ...]:
    before = None
    if old:
        sizes = [one.size for fit in old.fits for one in fit.slots if one.name == slot.name]
        before = sizes[0] if sizes else None
    return (SLOTS[slot.name], *_before(slot.size, before, bool(old)), slot.limit, slot.headroom)


def _before(now: int, before: int | None, compared: bool) -> tuple[Cell, ...]:
    if not compared:
        return (now,)
    return (before, now, None if before is None else now - before)


# --- sentences --------------------------------------------------------------------------------------


def _raised(report: Report) -> str:
    """Why the baseline was raised last; the others are notes."""
    found = [one.message for one in report.diagnostics if one.code == RAISED]
    return f"{found[-1][0].upper()}{found[-1][1:]}." if found else ""


def _not_ours(report: Report) -> str:
    """What the base has as well, and what a policy waives: said, and counting for nothing."""
    inherited = [one for one in report.diagnostics if one.inherited and one.severity != "note"]
    small = {one.subject for one in inherited if one.code in OVER}
    over = [
        f"{fit.name} ({size_text(-slot.headroom)} over)"
        for fit in report.layouts
        if fit.name in small and (slot := min(fit.slots, key=lambda one: one.headroom)).headroom < 0
    ]
    said = []
    if over:
        said.append(
            f"too small since before it: {_listed(over)}, whose devices refuse this update "
            "(`imgcheck init --accept REASON` takes note of that, with a date)"
        )
    others = [one.code for one in inherited if one.code not in (*OVER, _STRIP)]
    if others:
        said.append(f"the base has {', '.join(dict.fromkeys(others))} as well")
    text = f"Not this change's doing: {'; '.join(said)}." if said else ""
    waived = [one for one in report.diagnostics if one.waived and not one.inherited]
    if waived:
        codes = ", ".join(dict.fromkeys(one.code for one in waived))
        text = f"{text} Waived: {codes}.".lstrip()
    return text


def _plan(savings: Savings | None, asked: bool) -> str:
    """The first plan, once; `asked`: for the sake of something that counts."""
    if savings is None or not savings.plans:
        return ""
    best = savings.plans[0]
    steps = [*([TUNED] if best.tuned else ()), *best.features]
    saved = f"{size_text(best.flash)} {error_text(best.flash_error)} of flash"
    ota = f"{size_text(best.ota)} {error_text(best.ota_error)} of the OTA file"
    what = "Least to strip" if asked else "Least to strip if that matters"
    what += f", to {savings.need}" if savings.need else ""
    return f"{what}: {' + '.join(steps)} saves {saved}, {ota}."


def _did(difference: Difference | None) -> str:
    """Who grew, by component and by function, in one line."""
    if difference is None:
        return ""
    found = []
    for kind, words in (("component", "by component"), ("symbol", "by function")):
        things = [one for one in changes.things(difference.deltas, kind) if one.flash or one.ram]
        some = [
            f"{one.name} {change_text(one.flash or one.ram)}{'' if one.flash else ' RAM'}" for one in things
        ]
        if some:
            found.append(f"{words}: {_listed(some)}")
    return f"What this change did, {'; '.join(found)}." if found else "What this change did: nothing."


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" and {more} more" if more > 0 else "")


# --- folds ------------------------------------------------------------------------------------------


def _folds(report: Report, serious: Sequence[Diagnostic]) -> Iterator[Fold]:
    notes = [one for one in report.diagnostics if one.severity == "note"]
    own = [one for one in notes if one.location and one.location.line]
    others = [one for one in notes if one not in own]
    if report.difference:
        yield Fold("What changed, in full", _some(report.tables, _of_change))
    if serious:
        yield Fold(f"{_count(len(serious), 'finding')} in full", findings=tuple(serious))
    saved = _some(report.tables, lambda name: name in _SAVED)
    if saved:
        yield Fold("Features, and what to strip", saved)
    if own:
        yield Fold(f"{_count(len(own), 'hint')} in your own sources", findings=tuple(own))
    if others:
        yield Fold(
            f"{_count(len(others), 'note')}: the SDK's, libc's and what was left out", findings=tuple(others)
        )
    plain = _some(report.tables, lambda name: name in _PLAIN)
    finer = _some(report.tables, lambda name: name not in (*_PLAIN, *_SAVED) and not _of_change(name))
    yield Fold("Slots, components, memory, symbols, and what was read", (*plain, *finer))


def _of_change(name: str) -> bool:
    return name in _CHANGED or name.startswith("changed-")


def _some(tables: Iterable[Table], wanted: Callable[[str], bool]) -> tuple[Table, ...]:
    return tuple(table for table in tables if (table.rows or table.note) and wanted(table.name))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
