"""Predicted against rebuilt, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from imgcheck.model import Column, Diagnostic, Report, Table
from imgcheck.prediction import proofs
from imgcheck.prediction.proofs import Learnt, Proof
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import error_column, size_column


def build(
    title: str,
    rows: Sequence[Proof],
    kept: str,
    learnt: Learnt | None,
    diagnostics: Sequence[Diagnostic],
    logs: str,
) -> Report:
    """The report of `imgcheck prove`; it passes when every set built and lies inside its bars."""
    failed = [one for one in rows if not one.builds]
    outside = [one for one in rows if one.builds and not one.holds]
    said = [*diagnostics, *(_finding(one, logs) for one in (*failed, *outside))]
    if learnt is not None:
        said.append(proofs.said(learnt))
    return assemble(
        "prove",
        title,
        _verdict(len(rows), len(failed), len(outside), kept),
        passed=not failed and not outside,
        tables=(_table(rows),),
        diagnostics=said,
        told=True,
        records={"proofs": tuple({**asdict(one), "holds": one.holds} for one in rows)},
    )


def _verdict(count: int, failed: int, outside: int, kept: str) -> str:
    if not count:
        return "There was nothing to prove."
    good = count - failed - outside
    parts = [f"{good} of {count} predictions came true inside their error bars"]
    if outside:
        parts.append(f"{outside} did not")
    if failed:
        parts.append(f"{failed} did not build")
    return f"{', '.join(parts)}; kept in {kept}."


def _finding(one: Proof, logs: str) -> Diagnostic:
    names = " + ".join(one.features)
    if not one.builds:
        words = f"Without {names} the build fails, or its time was up; the log is in {logs}."
        return Diagnostic("prove-no-build", "error", words, subject=names)
    words = f"Without {names} the rebuild lies outside the error bar."
    return Diagnostic("prove-outside", "error", words, subject=names)


def _table(rows: Sequence[Proof]) -> Table:
    cells = tuple(
        (
            " + ".join(one.features),
            one.flash_predicted,
            one.flash_error,
            one.flash_real,
            one.ota_predicted,
            one.ota_error,
            one.ota_real,
            one.ram_predicted,
            one.ram_real,
            "yes" if one.holds else "no" if one.builds else "no build",
        )
        for one in rows
    )
    columns = (
        Column("Without"),
        size_column("Flash"),
        error_column(),
        size_column("rebuilt"),
        size_column("OTA"),
        error_column(),
        size_column("rebuilt"),
        size_column("RAM"),
        size_column("rebuilt"),
        Column("Holds"),
    )
    return Table("Predicted, and rebuilt", columns, cells, name="proofs")
