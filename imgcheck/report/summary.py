"""What was found, ready to be shown: sorted, summed and cut, so that emitters only write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgcheck.devices import capacity
from imgcheck.history import provenance
from imgcheck.model import REFUSED, UNPACKED, Artefact, Diagnostic, Facts, Fit, Image, Report, Summary
from imgcheck.report import bars, defines, names
from imgcheck.report import savings as report_savings
from imgcheck.report import tables as report_tables
from imgcheck.report import verdict as report_verdict
from imgcheck.report.assembly import assemble
from imgcheck.report.findings import rank

if TYPE_CHECKING:
    from imgcheck.model import Page, Savings


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
) -> Report:
    """A build's report.

    Without `findings` the verdict is that of the slots alone. With them (a gate's: ranked, waived ones
    too) the verdict counts them and `passed` is the gate's own. `diagnostics` are what was met while
    composing, `inputs` (what, path, how found), `checks` (rule, subject, passed), `rules` (code, page).
    """
    image, fits = facts.image, bars.judged(facts.fits, facts.policy.reserve)
    artefact = facts.artefact
    if findings is None:
        passed, judgement = _judged(fits, artefact, facts.policy.reserve)
    else:
        judgement = _counted(fits, rank(findings), bool(passed), facts.policy.reserve)
    met = [*image.diagnostics, *artefact.diagnostics, *diagnostics]
    met += facts.savings.diagnostics if facts.savings else ()
    met += report_verdict.nearly(fits, facts.policy.reserve) if findings is not None and passed else ()
    worst = capacity.worst(fits)
    measures = names.shown(facts.measures)
    tables = report_tables.build(image, artefact, fits, measures, inputs)
    if command == "check":  # where things came from is there for who asks
        tables = tuple(one._replace(verbose=one.name == "inputs") for one in tables)
    if facts.savings:
        currency = worst.binding if worst else UNPACKED
        more = report_savings.tables(facts.savings, currency)
        if command == "check":  # what to strip is said; the whole list is there for who asks
            more = tuple(one._replace(verbose=one.name == "features") for one in more)
        tables = (tables[0], *more, *tables[1:])
    return assemble(
        command,
        image.name,
        judgement,
        passed=passed,
        layouts=fits,
        judged=True,
        tables=tables,
        diagnostics=[*(findings or ()), *met],
        path=image.path,
        summary=summary(image, artefact),
        measures=measures,
        page=page,
        savings=facts.savings,
        checks=checks,
        rules=rules,
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
) -> Report:
    """The report of `imgcheck features`; the pieces of each set that was asked for follow."""
    return _savings(
        savings,
        facts,
        command="features",
        verdict=verdict,
        passed=None,
        diagnostics=diagnostics,
    )


def plan(
    savings: Savings,
    facts: Facts | None,
    verdict: str,
    passed: bool | None,
    *,
    diagnostics: Sequence[Diagnostic] = (),
) -> Report:
    """The report of `imgcheck plan`."""
    return _savings(
        savings,
        facts,
        command="plan",
        verdict=verdict,
        passed=passed,
        diagnostics=diagnostics,
    )


def _savings(
    savings: Savings,
    facts: Facts | None,
    *,
    command: str,
    verdict: str,
    passed: bool | None,
    diagnostics: Sequence[Diagnostic],
) -> Report:
    fits = bars.judged(facts.fits, facts.policy.reserve) if facts else ()
    worst = capacity.worst(fits)
    tables = report_savings.tables(savings, worst.binding if worst else UNPACKED)
    slots = (report_tables.slots(fits),) if fits else ()
    met = (*facts.image.diagnostics, *facts.artefact.diagnostics) if facts else ()
    return assemble(
        command,
        facts.image.name if facts else "",
        verdict,
        passed=passed,
        layouts=fits,
        judged=True,
        tables=(*tables, *slots),
        diagnostics=[*diagnostics, *met, *savings.diagnostics],
        path=facts.image.path if facts else "",
        summary=summary(facts.image, facts.artefact) if facts else None,
        measures=names.shown(facts.measures) if facts else (),
        savings=savings,
        provenance=provenance.of(facts) if facts else None,
    )


def _judged(fits: tuple[Fit, ...], artefact: Artefact, reserve: int) -> tuple[bool | None, str]:
    """Whether a build fits, and that in a sentence: what no device takes may fit wherever it wants."""
    refused = [one for one in artefact.diagnostics if one.code == REFUSED]
    if refused:
        return False, _sentence(refused[0].message)
    return all(fit.fits for fit in fits) if fits else None, report_verdict.sentence(fits, reserve)


def _counted(fits: tuple[Fit, ...], ranked: Sequence[Diagnostic], passed: bool, reserve: int) -> str:
    """The verdict of a gate, and that of the slots where its first finding does not say it already."""
    over = not passed and bool(ranked) and not ranked[0].waived and ranked[0].code in defines.OVER
    sentence = report_verdict.sentence(fits, reserve, said=over)
    return f"{report_verdict.findings(ranked, passed)} {sentence}".rstrip()


def summary(image: Image, artefact: Artefact) -> Summary:
    """The sizes of one build."""
    return Summary(
        name=image.name,
        soc=image.soc.name,
        bin_bytes=len(image.binary),
        unpacked_bytes=artefact.unpacked,
        ota_body_bytes=artefact.body,
        ota_file_bytes=artefact.file,
        ota_source=report_tables.made_by(artefact.source),
        heap_bytes=image.heap,
    )
