"""What a change did, in the one line that stands where people look: how much it grew since which base."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from imgcheck.model import UNPACKED, Fit, Report, SlotName, Table
from imgcheck.report import bars, changes
from imgcheck.report.columns import size_text
from imgcheck.rules import strip_feature

if TYPE_CHECKING:
    from imgcheck.model import Difference, Snapshot

_STRIP = strip_feature.CODE
_DIGITS = 7  # of a commit, as git shows it
_COMMIT = re.compile(r"[0-9a-f]{10,64}")  # a release has a name, which is not cut


def added(report: Report, difference: Difference) -> Report:
    """A gate's report that also says what changed since its base, first of all."""
    asked = any(one.code == _STRIP and not one.waived for one in report.diagnostics)
    kept = report.tables if asked else tuple(map(_unasked, report.tables))
    # What it says of the slots, the tables of changes say as well, where the base has any.
    first = () if difference.old.fits else kept[:1]
    rest = kept[len(first) :] if first else tuple(map(_folded, kept))
    said = changes.explained(difference, line(difference, changes.base(difference)))
    return replace(
        report,
        verdict=f"{report.verdict} {said}",
        tables=(*first, *changes.tables(difference), *rest),
        difference=difference,
    )


def _unasked(table: Table) -> Table:
    """What to strip is said in a line where nothing asks for it but what the base has as well."""
    return table._replace(verbose=True) if table.name in ("free", "plans", "sets") else table


def _folded(table: Table) -> Table:
    """What a table of changes says as well is left out where room is short."""
    return table._replace(brief=0) if table.name in ("slots", "components") else table


def line(difference: Difference, old: str = "") -> str:
    """Such as "+0 bytes since e1a8097; OTA 527,224, unpacked 925,152 (base build: the same)".

    `old`: what the base is called, where there is room for more than its commit.
    """
    grown = f"{_change(difference.total('flash') or 0)} bytes"
    ram = difference.total("ram")
    grown += f", {_change(ram)} of RAM" if ram else ""
    sizes = [
        ("OTA", difference.new.ota, difference.old.ota),
        ("unpacked", _unpacked(difference.new), _unpacked(difference.old)),
    ]
    now = [f"{name} {size_text(size)}" for name, size, _ in sizes if size is not None]
    said = f"{grown} since {old or base(difference)}"
    return f"{said}; {', '.join(now)}{_before(sizes)}" if now else said


def base(difference: Difference) -> str:
    """The old build by its commit; by its file where the new one is of the same, or nobody knows."""
    old, new = difference.old, difference.new
    revision = old.provenance.revision
    if not revision or revision == new.provenance.revision:
        # A runner's temporary folder is of no use to anybody: its last folder tells two builds apart.
        return "/".join(old.name.split("/")[-2:]) if old.name.startswith("/") else old.name
    return revision[:_DIGITS] if _COMMIT.fullmatch(revision) else revision


def near(fits: tuple[Fit, ...]) -> str:
    """Which layouts are nearly full; "" where none is."""
    full = [fit.name for fit in fits if any(slot.state == "near" for slot in fit.slots)]
    return (
        f"nearly full on {', '.join(full[:3])}" + (f" and {len(full) - 3} more" if full[3:] else "")
        if full
        else ""
    )


def calm(difference: Difference, reserve: int) -> bool:
    """Whether each slot that is nearly full was so before, and holds no byte more."""
    before = {(fit.name, slot.name): slot for fit in difference.old.fits for slot in fit.slots}
    for fit in difference.new.fits:
        for slot in fit.slots:
            if bars.state(slot, reserve) != "near":
                continue
            old = before.get((fit.name, slot.name))
            if old is None and (before or _grown(difference, slot.name)):
                return False
            if old and (bars.state(old, reserve) == "good" or slot.size > old.size):
                return False
    return True


def _grown(difference: Difference, slot: SlotName) -> bool:
    """Of a base without slots: whether what lies in this one grew, as far as it is known."""
    grown = difference.total("flash" if slot == UNPACKED else "ota")
    return grown is None or grown > 0


def _unpacked(one: Snapshot) -> int | None:
    sizes = (slot.size for fit in one.fits for slot in fit.slots if slot.name == UNPACKED)
    return next(sizes, None)


def _before(sizes: list[tuple[str, int | None, int | None]]) -> str:
    known = [(name, now, old) for name, now, old in sizes if now is not None and old is not None]
    if not known:
        return ""
    if all(now == old for _, now, old in known):
        names = "" if len(known) == len(sizes) else f"{known[0][0]} "
        return f" (base build: {names}the same)"
    return f" (base build: {', '.join(f'{name} {size_text(old)}' for name, _, old in known)})"


def _change(size: int) -> str:
    return f"{'-' if size < 0 else '+'}{size_text(abs(size))}"
