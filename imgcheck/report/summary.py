"""What was found, ready to be shown: sorted, summed and cut, so that emitters only write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from imgcheck.devices import capacity
from imgcheck.history import provenance
from imgcheck.model import (
    REFUSED,
    Artefact,
    Diagnostic,
    Facts,
    Image,
    Page,
    Report,
    Savings,
    Summary,
)
from imgcheck.report import names
from imgcheck.report import savings as report_savings
from imgcheck.report import tables as report_tables
from imgcheck.report import verdict as report_verdict

_RANK = {"error": 0, "warning": 1, "note": 2}


def build(
    facts: Facts,
    page: Page | None = None,
    *,
    command: str = "report",
    findings: Sequence[Diagnostic] | None = None,
    passed: bool | None = None,
    checks: Sequence[tuple[str, str, bool]] = (),
    rules: Sequence[tuple[str, str]] = (),
    diagnostics: Sequence[Diagnostic] = (),
    inputs: Sequence[tuple[str, str, str]] = (),
    folder: str = "",
) -> Report:
    """A build's report.

    Without `findings` the verdict is that of the slots alone. With them (a gate's: ranked, waived ones
    too) the verdict counts them and `passed` is the gate's own. `diagnostics` are what was met while
    composing, `inputs` (what, path, how found), `checks` (rule, subject, passed), `rules` (code, page).
    Paths below `folder` (absolute, "" keeps all) are shown relative to it.
    """
    image, fits = facts.image, facts.fits
    artefact = replace(facts.artefact, source=_relative(facts.artefact.source, folder))
    judgement = report_verdict.sentence(fits)
    if findings is None:
        passed = all(fit.fits for fit in fits) if fits else None
        refused = [one for one in artefact.diagnostics if one.code == REFUSED]
        if refused:  # it may fit wherever it wants
            passed, judgement = False, f"{_sentence(refused[0].message)}"
    else:
        judgement = f"{report_verdict.findings(findings, bool(passed))} {judgement}".rstrip()
    met = [*image.diagnostics, *artefact.diagnostics, *diagnostics]
    met += facts.savings.diagnostics if facts.savings else ()
    worst = capacity.worst(fits)
    read = [(what, _relative(path, folder), how) for what, path, how in inputs]
    measures = names.shown(facts.measures)
    tables = report_tables.build(image, artefact, fits, measures, read)
    if facts.savings:
        currency = worst.binding if worst else "unpacked"
        tables = (tables[0], *report_savings.tables(facts.savings, currency), *tables[1:])
    return Report(
        title=image.name,
        command=command,
        verdict=judgement,
        passed=passed,
        summary=summary(image, artefact),
        layouts=fits,
        measures=measures,
        tables=tables,
        diagnostics=rank([*(findings or ()), *met], folder),
        page=page,
        savings=facts.savings,
        checks=tuple(checks),
        worst=worst,
        path=_relative(image.path, folder),
        rules=tuple(rules),
        provenance=provenance.of(facts),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def features(
    savings: Savings,
    facts: Facts | None,
    verdict: str,
    *,
    diagnostics: Sequence[Diagnostic] = (),
    folder: str = "",
) -> Report:
    """The report of `imgcheck features`; the pieces of each set that was asked for follow."""
    return _savings(
        savings,
        facts,
        command="features",
        verdict=verdict,
        passed=None,
        diagnostics=diagnostics,
        folder=folder,
    )


def plan(
    savings: Savings,
    facts: Facts | None,
    verdict: str,
    passed: bool | None,
    *,
    diagnostics: Sequence[Diagnostic] = (),
    folder: str = "",
) -> Report:
    """The report of `imgcheck plan`."""
    return _savings(
        savings,
        facts,
        command="plan",
        verdict=verdict,
        passed=passed,
        diagnostics=diagnostics,
        folder=folder,
    )


def _savings(
    savings: Savings,
    facts: Facts | None,
    *,
    command: str,
    verdict: str,
    passed: bool | None,
    diagnostics: Sequence[Diagnostic],
    folder: str,
) -> Report:
    fits = facts.fits if facts else ()
    worst = capacity.worst(fits)
    tables = report_savings.tables(savings, worst.binding if worst else "unpacked")
    slots = (report_tables.slots(fits),) if fits else ()
    met = (*facts.image.diagnostics, *facts.artefact.diagnostics) if facts else ()
    return Report(
        title=facts.image.name if facts else "",
        command=command,
        verdict=verdict,
        passed=passed,
        summary=summary(facts.image, facts.artefact) if facts else None,
        layouts=fits,
        measures=names.shown(facts.measures) if facts else (),
        tables=(*tables, *slots),
        diagnostics=rank([*diagnostics, *met, *savings.diagnostics], folder),
        savings=savings,
        worst=worst,
        path=_relative(facts.image.path, folder) if facts else "",
        provenance=provenance.of(facts) if facts else None,
    )


def summary(image: Image, artefact: Artefact) -> Summary:
    """The sizes of one build."""
    return Summary(
        name=image.name,
        soc=image.soc.name,
        bin_bytes=len(image.binary),
        unpacked_bytes=artefact.unpacked,
        ota_body_bytes=artefact.body,
        ota_file_bytes=artefact.file,
        ota_source=artefact.source,
        heap_bytes=image.heap,
    )


def rank(diagnostics: Sequence[Diagnostic], folder: str = "") -> tuple[Diagnostic, ...]:
    """Errors first, what is waived last, each once, else in the order given; paths relative to `folder`."""
    seen: dict[tuple[str, str, str, object], Diagnostic] = {}
    for diagnostic in diagnostics:
        place = diagnostic.location
        if place and folder:
            place = replace(place, path=_relative(place.path, folder))
        key = (diagnostic.code, diagnostic.subject, diagnostic.message, place)
        seen.setdefault(key, replace(diagnostic, location=place))
    return tuple(sorted(seen.values(), key=lambda one: (bool(one.waived), _RANK[one.severity])))


def moved(report: Report, names: Mapping[str, str]) -> Report:
    """The report with some paths of findings called otherwise: `names` maps a path to its other name."""
    placed = [
        replace(one, location=replace(one.location, path=names.get(one.location.path, one.location.path)))
        if one.location
        else one
        for one in report.diagnostics
    ]
    return replace(report, diagnostics=tuple(placed), path=names.get(report.path, report.path))


def _relative(path: str, folder: str) -> str:
    prefix = folder.rstrip("/") + "/"
    return path[len(prefix) :] if folder and path.startswith(prefix) else path
