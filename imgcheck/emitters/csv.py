"""Every measure as a row (RFC 4180); limits, features and findings are rows of their own kind.

A division that was asked for (`report --by`) stands alone.
A report that measured nothing itself (a history, a forecast, a proof) is its tables instead, each with its
own header and an empty line between them.
"""

import csv
import io
import re
from collections.abc import Iterator

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import SLOT_RESOURCES, Cell, Report, Table
from imgcheck.printable import printable
from imgcheck.report.findings import of

HEADER = ("kind", "name", "resource", "size", "capacity", "error", "text")
_PLAIN = re.compile(r"[\w.()\[\] ]*", re.ASCII)  # most names, and there are thousands
_FORMULA = ("=", "+", "-", "@")


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """Header and rows; a name that a spreadsheet would take for a formula gets a leading quote."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    asked = [table for table in report.tables if table.name == "by"]
    bare = not (_measured(report) or report.builds)
    tables = asked or [table for table in report.tables if bare and table.rows]
    for number, table in enumerate(tables):
        if number:
            writer.writerow(())
        writer.writerows(_table(table))
    parts = () if asked else report.builds or (report,)
    rows = [row for part in parts for row in _rows(part, bool(report.builds))]
    if rows and tables:
        writer.writerow(())
    if rows or not tables:
        writer.writerow(HEADER)
        writer.writerows(rows)
    return out.getvalue()


def _measured(report: Report) -> bool:
    return bool(report.measures or report.layouts or report.difference or report.savings)


def _table(table: Table) -> Iterator[tuple[Cell, ...]]:
    """Header and raw cells, all of them: what is left out where width is short, too."""
    yield tuple(_safe(column.title) for column in table.columns)
    for row in table.rows:
        yield tuple(_safe(cell) if isinstance(cell, str) else cell for cell in row)


def _rows(report: Report, named: bool) -> Iterator[tuple[Cell, ...]]:
    if named:  # what follows is this build's
        yield ("build", _safe(report.title), None, None, None, None, _safe(report.verdict))
    for measure in report.measures:
        name = _safe(measure.name)
        yield (measure.kind, name, measure.resource, measure.size, measure.capacity, None, None)
    for fit in report.layouts:
        for slot in fit.slots:
            resource = SLOT_RESOURCES[slot.name]
            words = ("binds" if slot.name == fit.binding else "", slot.state if slot.state != "good" else "")
            text = " ".join(word for word in words if word)
            yield ("slot", _safe(f"{fit.name} {slot.name}"), resource, slot.size, slot.limit, None, text)
    for delta in report.difference.deltas if report.difference else ():
        name = _safe(f"{delta.kind} {delta.name}")
        yield (delta.status, name, delta.resource, delta.new, None, None, f"from {delta.old}")
    if report.savings:
        for feature in report.savings.features:
            name, place = _safe(feature.name), _safe(f"{feature.path}:{feature.line}")
            yield ("feature", name, "flash", feature.flash, None, feature.flash_error, place)
            yield ("feature", name, "ram", feature.ram, None, None, place)
            yield ("feature", name, "ota", feature.ota, None, feature.ota_error, place)
        for number, plan in enumerate(report.savings.plans, 1):
            text = _safe(" + ".join(plan.features))
            yield ("plan", str(number), "flash", plan.flash, None, plan.flash_error, text)
            yield ("plan", str(number), "ram", plan.ram, None, None, text)
            yield ("plan", str(number), "ota", plan.ota, None, plan.ota_error, text)
        for free in report.savings.free:
            yield ("free", _safe(free.what), "ota", free.ota, None, None, None)
    for one in of(report):
        kind = "waived" if one.waived else one.severity
        name = _safe(f"{one.code} {one.subject}".rstrip())
        yield (kind, name, None, None, None, None, _safe(one.message))


def _safe(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    text = printable(text)
    return f"'{text}" if text.startswith(_FORMULA) else text
