"""Several builds of one policy: how each does, in one table before all that is said of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from imgcheck.model import Cell, Column, Diagnostic, Fit, Report, Table
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import change_column, size_column
from imgcheck.report.verdict import binding

_GRAVEST = ("error", "warning", "note")


def build(parts: Sequence[Report], name: str) -> Report:
    """What a gate says of `parts`, worst first in what it decides; `name` is the policy's."""
    verdicts = {part.passed for part in parts}
    passed = False if False in verdicts else None if None in verdicts else True
    return assemble(
        "check",
        name,
        _verdict(parts),
        passed=passed,
        tables=(_table(parts),),
        fail_on=parts[0].fail_on,
        builds=parts,
    )


def _verdict(parts: Sequence[Report]) -> str:
    failed = [part.title for part in parts if not part.passed]
    if failed:
        return f"Failed: {', '.join(failed)} ({len(failed)} of {len(parts)} builds)."
    near = [part.title for part in parts if part.near]
    said = f", but {', '.join(near)} nearly full" if near else ""
    return f"Passed: all {len(parts)} builds{said}."


def _table(parts: Sequence[Report]) -> Table:
    compared = any(part.difference for part in parts)
    columns = [
        Column("Build"),
        Column("Verdict"),
        size_column("Unpacked"),
        size_column("OTA body"),
        size_column("Left"),
        Column("Where"),
    ]
    columns += [change_column("Since base"), change_column("OTA")] if compared else []
    rows = tuple((*_row(part), *(_changes(part) if compared else ())) for part in parts)
    return Table("Builds", tuple(columns), rows, name="builds")


def _row(part: Report) -> tuple[Cell, ...]:
    slot = binding(part.worst) if part.worst else None
    where = f"{part.worst.name} {slot.name}" if part.worst and slot else ""
    sizes = part.summary
    return (
        part.title,
        _word(part),
        sizes.unpacked_bytes if sizes else None,
        sizes.ota_body_bytes if sizes else None,
        slot.headroom if slot else None,
        where,
    )


def _word(part: Report) -> str:
    if not part.passed:
        return "failed"
    return "near" if part.near else "passed"


def _changes(part: Report) -> tuple[Cell, ...]:
    if part.difference is None:
        return (None, None)
    return (part.difference.total("flash"), part.difference.total("ota"))


def flat(report: Report) -> Report:
    """The same for a format that has one list of everything: each thing says whose it is."""
    parts = report.builds
    return replace(
        report,
        layouts=tuple(_fits(parts)),
        tables=(*report.tables, *_tables(parts)),
        diagnostics=tuple(sorted(_diagnostics(parts), key=lambda one: _GRAVEST.index(one.severity))),
        rules=tuple(dict(rule for part in parts for rule in part.rules).items()),
    )


def _diagnostics(parts: Sequence[Report]) -> Iterator[Diagnostic]:
    for part in parts:
        for one in part.diagnostics:
            yield replace(one, message=f"{part.title}: {one.message}")


def _fits(parts: Sequence[Report]) -> Iterator[Fit]:
    for part in parts:
        for fit in part.layouts:
            yield fit._replace(name=f"{part.title}: {fit.name}")


def _tables(parts: Sequence[Report]) -> Iterator[Table]:
    for number, part in enumerate(parts, 1):
        for table in part.tables:
            name = f"{table.name}-{number}" if table.name else ""
            yield table._replace(title=f"{part.title}: {table.title}", name=name)
