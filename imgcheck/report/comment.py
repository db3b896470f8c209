"""What of a report file goes into a comment: the verdict, the slots, the findings, the components."""

from dataclasses import replace

from imgcheck.model import Diagnostic, Fit, Location, Measure, Report, Slot
from imgcheck.readers.reportfile import Finding, Fitting, Written
from imgcheck.report import bars, digest, merged, tables
from imgcheck.report.assembly import assemble

_NOTE = "These figures are those of the report that the change's own run wrote; they were not measured again."


def build(written: Written) -> Report:
    """The report of a report; what a slot has left is worked out from its size and limit."""
    return merged.build(tuple(map(_one, written.builds)), written.title) if written.builds else _one(written)


def _one(written: Written) -> Report:
    fits = bars.judged(tuple(map(_fit, written.layouts)), 0)
    measures = tuple(
        Measure(one.kind, one.name, one.resource, one.size)  # type: ignore[arg-type]  # the schema has the same
        for one in written.measures
    )
    components = tables.of_components(measures, written.bin_bytes)._replace(brief=0)
    slots = tables.slots(fits)._replace(note=_NOTE)
    made = assemble(
        written.command,
        written.title,
        written.verdict,
        passed=written.passed and not any(map(_counts, written.findings)),
        layouts=fits,
        judged=True,
        measures=measures,
        tables=(slots, components) if components.rows else (slots,),
        diagnostics=[_diagnostic(one) for one in written.findings],
    )
    return replace(made, digest=digest.of(made, _NOTE)) if written.command == "check" else made


def _counts(one: Finding) -> bool:
    """Whether a finding fails a gate, whatever the report says of itself."""
    return one.severity == "error" and not one.waived


def _fit(one: Fitting) -> Fit:
    slots = tuple(
        Slot(slot.name, slot.size, slot.limit, slot.limit - slot.size)  # type: ignore[arg-type]
        for slot in one.slots
    )
    return Fit(one.name, all(slot.headroom >= 0 for slot in slots), one.binding, slots)


def _diagnostic(one: Finding) -> Diagnostic:
    place = Location(one.path, max(one.line, 0)) if one.path else None
    return Diagnostic(
        one.code,
        one.severity,  # type: ignore[arg-type]
        one.message,
        place,
        help=one.help,
        waived=one.waived,
        inherited=one.inherited,
    )
