"""The gate: one build against every rule that its policy selects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from imgcheck.api import ahead, build, ground, measured, needs, slips, variants
from imgcheck.api.asked import Asked, Earlier
from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.model import (
    Diagnostic,
    Facts,
    Layout,
    Need,
    Policy,
    Report,
    Severity,
)
from imgcheck.policies import keys, limits, policy
from imgcheck.prediction.places import Places
from imgcheck.readers import elfsections
from imgcheck.report import digest, moving
from imgcheck.report import summary as report
from imgcheck.rules import OPTIONS, RULES, gate, runway

if TYPE_CHECKING:
    from imgcheck.api.baseline import Compared

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Request:
    """How strict a gate is, which day it is, whose policy counts, and where predictions find their inputs."""

    today: date
    fail_on: Severity = "error"
    policy_from: str | None = None  # a git revision; an empty text is none, and refused
    dts: tuple[str, ...] = ()  # device trees to check as well
    objects: Path | None = None
    sources: Path | None = None
    exit_zero: bool = False  # findings fail nothing, whatever their severity
    tree: bool = False  # whether some output draws the tree
    second_reader: bool = False  # whether other libraries read the ELF as well
    baseline: Asked = Asked()  # noqa: RUF009 (a frozen value that asks for nothing)
    earlier: Earlier = Earlier()  # noqa: RUF009 (a frozen value that asks for nothing)


def show(inputs: build.Inputs, request: Request, progress: Progress) -> Report:
    """The report of `imgcheck check`; its `passed` is the gate's verdict.

    Raises ImgcheckError for what cannot be read, UndecidedError when a selected rule cannot be evaluated.
    """
    with ExitStack() as stack:
        force = None
        names = inputs.layouts
        if request.policy_from is not None:
            force = stack.enter_context(variants.in_force(inputs, request.policy_from))
            names = force.names
        settings = force.policy if force else variants.chosen(inputs)[0]
        inputs = variants.filled(inputs, settings, force.root if force else None)
        selection = gate.select(settings)
        ahead.named(inputs, Places(request.objects, request.sources), settings)
        if not inputs.layouts:
            measured.layouts_exist(settings)
        priced = [one.resource for one in settings.budgets] + [one.resource for one in settings.growth]
        made = build.build(replace(inputs, layouts=names), "ota" in priced, settings)
        tables = force.restored(made.facts.layouts) if force else made.facts.layouts
    compared = _compared(inputs, request, made, selection) if request.baseline else None
    facts = replace(
        made.facts,
        base=compared.base if compared else None,
        layouts=tables,
        loosenings=force.loosenings if force else (),
        missing=needs.missing(made, bool(force), bool(compared), request.second_reader),
    )
    measured.names_mean_something(facts, inputs, request.sources, by_base=bool(force))
    outcome = gate.judge(facts, selection, request.today, _providers(inputs, made, request, progress))
    if compared:
        outcome = gate.excused(outcome, compared.excuse, compared.hinted)
    facts = outcome.facts
    measured.something_ran(outcome, settings)
    if request.dts:
        outcome = _with_trees(outcome, request.dts, facts.layouts)
    facts = replace(measured.without_found(facts, selection), measures=limits.with_capacities(facts))
    made = _read(made, force.how if force else "")
    findings = ground.placed(outcome.findings, facts, made.owners, inputs.firmware)
    written = report.build(
        facts,
        command="check",
        findings=findings,
        passed=outcome.passed(request.fail_on),
        checks=outcome.checks,
        rules=[(code, RULES[code].page) for code in selection.codes],
        diagnostics=[*made.diagnostics, *_notes(outcome, request, compared)],
        inputs=made.read,
    )
    if compared:
        from imgcheck.report import since

        written = since.added(written, compared.difference)
    written = _signed(written, facts, inputs, request)
    return _drawn(written, inputs, request, made, compared, progress) if request.tree else written


def _signed(written: Report, facts: Facts, inputs: build.Inputs, request: Request) -> Report:
    """With what it is called, by what it was judged, and the few lines that everybody reads."""
    macros = _macros(inputs.firmware)
    context = digest.context(written, facts, macros, inputs.policy)
    return replace(
        written,
        title=_title(written.title, facts, inputs, macros),
        fail_on="never" if request.exit_zero else request.fail_on,
        home=ground.of(facts, inputs.firmware, request.sources),
        digest=digest.of(written, context, facts.policy.reserve),
    )


def _title(title: str, facts: Facts, inputs: build.Inputs, macros: Mapping[str, str]) -> str:
    """A build that nobody has given a title is told from its project's other variants by its own word."""
    named = facts.policy.variant
    if inputs.title or (named and (named.title or named.name)):
        return title
    return " ".join(filter(None, (title, digest.told(facts.policy.variants, macros)[0])))


def _notes(outcome: gate.Outcome, request: Request, compared: Compared | None) -> list[Diagnostic]:
    """What was left out, and what the base says of itself."""
    return [*needs.skipped(outcome, request.second_reader), *(compared.notes if compared else ())]


def _read(made: build.Built, how: str) -> build.Built:
    """The same build, whose policy was found in another way, if `how` says one."""
    read = ((what, path, how if how and what == "policy" else found) for what, path, found in made.read)
    return made._replace(read=tuple(read))


def _drawn(
    written: Report,
    inputs: build.Inputs,
    request: Request,
    made: build.Built,
    compared: Compared | None,
    progress: Progress,
) -> Report:
    from imgcheck.api import kept, page

    places = Places(request.objects, request.sources)
    difference = compared.difference if compared else None
    drawn = page.added(written, inputs, page.priced(made), progress, difference, places)
    charts = kept.charts(made.facts, request.earlier, inputs, request.policy_from)
    if request.policy_from is not None:
        drawn = page.of_revision(drawn)
    return replace(written, drawn=replace(drawn, charts=charts))


def _compared(
    inputs: build.Inputs, request: Request, made: build.Built, selection: gate.Selection
) -> Compared:
    from imgcheck.api import baseline

    def judge(earlier: build.Built, only: frozenset[str]) -> Sequence[Diagnostic]:
        path = Path(earlier.facts.image.path)
        more: dict[Need, gate.Provider] = {Need.SLIPS: lambda facts: slips.above(facts, path)}
        return judged(earlier, selection.among(only), request.today, more)

    return baseline.find(
        request.baseline,
        inputs,
        made,
        made.facts.policy,
        policy_from=request.policy_from,
        earlier=request.earlier,
        judge=judge,
    )


def judged(
    made: build.Built,
    selection: gate.Selection,
    today: date,
    more: Mapping[Need, gate.Provider] = gate.NOBODY,
) -> Sequence[Diagnostic]:
    """What a build is told without its sources, or with what `more` finds out: later ones are excused it."""
    wastes: gate.Provider = lambda facts: replace(facts, wastes=needs.wastes(made))  # noqa: E731
    known = {Need.FIELD: needs.with_known, Need.WASTES: wastes, **more}
    missing = {need: "nobody looks there for a baseline" for need in Need if need not in known}
    del missing[Need.ELF], missing[Need.MAP]
    # A base is held to no growth of its own, so it lacks no base either.
    settings = replace(made.facts.policy, growth=())
    missing |= needs.missing(made, False, False)
    facts = replace(made.facts, policy=settings, missing=missing)
    lenient = selection._replace(explicit=frozenset())
    return gate.judge(facts, lenient, today, known).findings


def _macros(firmware: Path) -> dict[str, str]:
    """What the build's own debug information says it was given with -D; nothing where it is no ELF."""
    from imgcheck.prediction import given

    try:
        return given.macros_of(elfsections.read(firmware, given.SECTIONS))
    except ImgcheckError:
        return {}


def in_force(inputs: build.Inputs, policy_from: str | None) -> str:
    """What `--show-policy` prints: every setting, and where its value came from.

    Without a file and a build, that of the whole policy.
    """
    from imgcheck.policies import baseline, policylisting

    given, here = inputs.policy, str(Path.cwd())
    starts = variants.starts(inputs)

    def narrow(one: Policy) -> Policy:
        return variants.narrowed(one, inputs) if inputs.build or inputs.firmware != Path() else one

    if policy_from is None:
        return policylisting.write(moving.policy_from(narrow(policy.choose(given, starts)), here), OPTIONS)
    with baseline.at_revision(policy_from, given, starts, narrow=narrow) as force:
        return policylisting.write(moving.policy_from(variants.accepting(force).policy, here), OPTIONS)


def _with_trees(outcome: gate.Outcome, paths: Sequence[str], tables: Sequence[Layout]) -> gate.Outcome:
    from imgcheck.api import trees

    findings, checks = [*outcome.findings], [*outcome.checks]
    for path in paths:
        mine = trees.findings(path, tables)
        findings += mine
        checks.append(("dts", path, all(one.severity == "note" for one in mine)))
    return outcome._replace(findings=tuple(findings), checks=tuple(checks))


def _providers(
    inputs: build.Inputs, made: build.Built, request: Request, progress: Progress
) -> dict[Need, gate.Provider]:
    """How to find out what rules need; the gate asks for each only when a rule does."""
    more: dict[Need, gate.Provider] = {}
    if request.second_reader:
        from imgcheck.builds import secondreader

        more[Need.SECOND] = lambda facts: replace(
            facts, second=secondreader.disagreements(inputs.firmware, made.facts.image)
        )
    return {
        **more,
        Need.FIELD: needs.with_known,
        Need.HISTORY: lambda facts: _with_forecasts(facts, inputs, request),
        Need.WASTES: lambda facts: replace(facts, wastes=needs.wastes(made)),
        Need.SLIPS: lambda facts: slips.found(facts, inputs.firmware, request.sources),
        Need.SAVINGS: lambda facts: _with_savings(inputs, made, facts, request, progress),
    }


def _with_forecasts(facts: Facts, inputs: build.Inputs, request: Request) -> Facts:
    if keys.option(facts.policy, runway.RELEASES) is None:
        why = f"the policy has no number for it ({runway.RELEASES.name})"
        return replace(facts, missing={**facts.missing, Need.HISTORY: why})
    from imgcheck.api import kept

    return kept.with_forecasts(facts, request.earlier, inputs, request.policy_from)


def _with_savings(
    inputs: build.Inputs, made: build.Built, facts: Facts, request: Request, progress: Progress
) -> Facts:
    """`facts` with the first choices to strip, or with the reason why there are none."""
    from imgcheck.api import savings
    from imgcheck.prediction import concerns, relief, strip

    slots = [slot for fit in facts.fits for slot in fit.slots]
    short = max((facts.policy.reserve - slot.headroom for slot in slots), default=0)
    over = any(slot.headroom < 0 for slot in slots)
    wish = strip.Wish(None if over or short <= 0 else short)
    try:
        found, known = savings.strip(inputs, made, wish, Places(request.objects, request.sources), progress)
        reliefs = relief.find(known, facts, limits.over(facts), found.features)
    except (UndecidedError, FormatError) as error:
        missing = {**facts.missing, Need.SAVINGS: str(error)}
        if isinstance(error, UndecidedError) and error.reason is Need.CALIBRATION:
            missing[Need.CALIBRATION] = str(error)
        return replace(facts, missing=missing)
    found = replace(found, diagnostics=concerns.folded(found.diagnostics))
    return replace(facts, savings=found, reliefs=reliefs)
