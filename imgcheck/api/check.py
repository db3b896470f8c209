"""The gate: one build against every rule that its policy selects."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from imgcheck import targets
from imgcheck.api import build, measured
from imgcheck.builds import waste
from imgcheck.devices import layouts
from imgcheck.errors import FormatError, UndecidedError
from imgcheck.model import (
    Diagnostic,
    Facts,
    Layout,
    Location,
    Need,
    Policy,
    Report,
    Severity,
    Slip,
    Waste,
)
from imgcheck.policies import limits, policy
from imgcheck.prediction import configheader
from imgcheck.report import summary as report
from imgcheck.rules import RULES, gate

if TYPE_CHECKING:
    from imgcheck.prediction.sources import Configuration

Progress = Callable[[str, float], None]
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
_GUARD = re.compile(rb"(?://|/\*)[ \t]*#[ \t]*if")
_MOST_INCLUDES = 200
_LARGEST_HEADER = 4 << 20


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


def show(inputs: build.Inputs, request: Request, progress: Progress) -> Report:
    """The report of `imgcheck check`; its `passed` is the gate's verdict.

    Raises ImgcheckError for what cannot be read, UndecidedError when a selected rule cannot be evaluated.
    """
    with ExitStack() as stack:
        force = None
        names = inputs.layouts
        if request.policy_from is not None:
            from imgcheck.policies import baseline

            force = stack.enter_context(
                baseline.at_revision(request.policy_from, inputs.policy, _starts(inputs), inputs.layouts)
            )
            names = force.names
        settings = force.policy if force else policy.choose(inputs.policy, _starts(inputs))
        selection = gate.select(settings)
        if not inputs.layouts:
            measured.layouts_exist(settings)
        packed = any(budget.resource == "ota" for budget in settings.budgets)
        made = build.build(replace(inputs, layouts=names), packed, settings)
        tables = force.restored(made.facts.layouts) if force else made.facts.layouts
    facts = replace(
        made.facts,
        layouts=tables,
        loosenings=force.loosenings if force else (),
        missing=_missing(made, bool(force)),
    )
    measured.components_match(facts)
    outcome = gate.judge(facts, selection, request.today, _providers(inputs, made, request, progress))
    facts = outcome.facts
    measured.something_ran(outcome, settings)
    if request.dts:
        outcome = _with_trees(outcome, request.dts, facts.layouts)
    facts = replace(measured.without_found(facts, selection), measures=limits.with_capacities(facts))
    read = [(what, path, force.how if force and what == "policy" else how) for what, path, how in made.read]
    drawn = None
    if request.tree:
        from imgcheck.api import page

        drawn = page.page(made)
    counting = "never" if request.exit_zero else request.fail_on
    written = report.build(
        facts,
        drawn,
        command="check",
        findings=outcome.findings,
        passed=outcome.passed(request.fail_on),
        checks=outcome.checks,
        rules=[(code, RULES[code].page) for code in selection.codes],
        diagnostics=[*made.diagnostics, *_skipped(outcome)],
        inputs=read,
        folder=inputs.folder,
    )
    return replace(written, fail_on=counting)


def in_force(given: str | None, firmware: Path | None, folder: str, policy_from: str | None) -> str:
    """What `--show-policy` prints: every setting, and where its value came from."""
    from imgcheck.policies import baseline, policylisting

    starts = _folders(firmware, folder)
    if policy_from is None:
        return policylisting.write(policy.choose(given, starts), folder)
    with baseline.at_revision(policy_from, given, starts) as force:
        return policylisting.write(force.policy, folder)


def _starts(inputs: build.Inputs) -> tuple[Path, ...]:
    return _folders(inputs.firmware, inputs.folder)


def _folders(firmware: Path | None, folder: str) -> tuple[Path, ...]:
    above = (firmware.absolute().parent,) if firmware else ()
    return (*above, Path(folder))


def _with_trees(outcome: gate.Outcome, paths: Sequence[str], tables: Sequence[Layout]) -> gate.Outcome:
    from imgcheck.api import trees

    findings, checks = [*outcome.findings], [*outcome.checks]
    for path in paths:
        mine = trees.findings(path, tables)
        findings += mine
        checks.append(("dts", path, all(one.severity == "note" for one in mine)))
    return outcome._replace(findings=tuple(findings), checks=tuple(checks))


def _missing(made: build.Built, compared: bool) -> dict[Need, str]:
    """What rules may need and this build does not have, with the reason."""
    found: dict[Need, str] = {}
    if made.ota is None:
        found[Need.OTA] = "there is no OTA file (--ota)"
    if made.facts.image.detail == "binary":
        found[Need.ELF] = "there is no ELF"
    if made.map is None:
        found[Need.MAP] = "there is no link map (--map)"
    if not compared:
        found[Need.BASE] = "no other revision's policy was asked for (--policy-from)"
    return found


def _providers(
    inputs: build.Inputs, made: build.Built, request: Request, progress: Progress
) -> dict[Need, gate.Provider]:
    """How to find out what rules need; the gate asks for each only when a rule does."""
    return {
        Need.FIELD: lambda facts: replace(facts, known=_known(facts)),
        Need.WASTES: lambda facts: replace(facts, wastes=_wastes(made)),
        Need.SLIPS: lambda facts: _with_slips(facts, inputs, request),
        Need.SAVINGS: lambda facts: _with_savings(inputs, made, facts, request, progress),
    }


def _skipped(outcome: gate.Outcome) -> list[Diagnostic]:
    """Only what may surprise: without --policy-from there is nothing to compare."""
    return [
        Diagnostic("not-evaluated", "note", f"{code} ({RULES[code].name}) was left out: {why}", subject=code)
        for code, why in outcome.skipped
        if Need.BASE not in RULES[code].needs
    ]


def _known(facts: Facts) -> tuple[Layout, ...]:
    """Layouts that devices carry: the usual ones, and all when those do not explain the build's."""
    target, tables = targets.find(facts.image.soc.name), facts.layouts
    usual = layouts.default(target)
    if all(any(limits.same_slots(table, known) for known in usual) for table in tables):
        return usual
    return layouts.shipped(target)


def _wastes(made: build.Built) -> tuple[Waste, ...]:
    from imgcheck.readers import crossreference, tables

    image = made.facts.image
    if image.detail == "binary":
        return ()
    text = made.map.read_bytes() if made.map else b""
    cross = crossreference.find(text)
    lonely = crossreference.lonely(cross) if waste.all_or_nothing(image) else ()
    # Without a cross reference table nothing is known of who mentions what.
    gathered = tuple(waste.Table(*table) for table in tables.parse(text)) if cross else ()
    mentions = crossreference.mentions(cross, waste.asked(image, gathered))
    return waste.find(image, mentions, lonely, gathered)


def _with_slips(facts: Facts, inputs: build.Inputs, request: Request) -> Facts:
    """`facts` with what is on by a slip in the configuration header, or with why that is not known."""
    settings = facts.policy
    config = settings.features.config if settings.features else ""
    found = (
        configheader.find(config, settings.root, request.sources, inputs.firmware, inputs.folder)
        if config
        else None
    )
    if found is None:
        why = "the configuration header was not found (--sources)"
    else:
        try:
            configured = _configured(settings, found.header)
            return replace(facts, slips=_slips(configured) if configured else ())
        except (FormatError, UndecidedError) as error:
            why = str(error)
        except OSError as error:
            why = f"{found.header}: {error.strerror}"
    return replace(facts, missing={**facts.missing, Need.SLIPS: why})


def _configured(settings: Policy, header: Path) -> Configuration | None:
    """What the configuration header switches on for this build; only it and what it includes is read."""
    if settings.features is None:
        return None
    if not _GUARD.search(header.read_bytes()):
        return None  # as nearly always; then nothing need be evaluated
    from imgcheck.prediction import sources as configuration
    from imgcheck.readers import preprocessor

    texts: dict[str, str] = {}
    waiting = [header.resolve()]
    while waiting and len(texts) < _MOST_INCLUDES:
        path = waiting.pop()
        if str(path) in texts or not path.is_file() or path.stat().st_size > _LARGEST_HEADER:
            continue
        texts[str(path)] = text = preprocessor.decode(path.read_bytes())
        waiting += [path.parent / name for name in _INCLUDE.findall(text)]
    tree = configuration.Tree(texts, preprocessor.parse, ())
    return configuration.features(tree, settings.features, str(header.resolve()))


def _slips(configured: Configuration) -> tuple[Slip, ...]:
    from imgcheck.prediction import sources as configuration

    return tuple(
        Slip(
            one.feature,
            one.guard.strip("/* \t"),
            Location(one.path, one.line),
            one.guard_line,
            one.end_line,
        )
        for one in configuration.slips(configured)
    )


def _with_savings(
    inputs: build.Inputs, made: build.Built, facts: Facts, request: Request, progress: Progress
) -> Facts:
    """`facts` with the first choices to strip, or with the reason why there are none."""
    from imgcheck.api import savings
    from imgcheck.prediction import relief, strip
    from imgcheck.prediction.study import Places

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
    return replace(facts, savings=found, reliefs=reliefs)
