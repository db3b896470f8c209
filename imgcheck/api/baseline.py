"""What a build is compared with: an earlier build, a report of one, or a committed baseline."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from imgcheck import output
from imgcheck.api import build, diff, kept, measured
from imgcheck.api.asked import Asked, Earlier
from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.history import baseline, deltas
from imgcheck.history.baseline import Baseline, FindingKey, Reason
from imgcheck.model import OURS, Base, Diagnostic, Difference, Key, Need, Policy, Provenance, Snapshot, Thing
from imgcheck.policies.revision import Revision
from imgcheck.readers import files
from imgcheck.rules import gate, grown_over, heap_under_floor

NAME = "imgcheck.baseline"
LAST = "last"


# The findings of a build: those of the rules that are named, or all.
Judge = Callable[[build.Built, frozenset[str]], Sequence[Diagnostic]]


class Compared(NamedTuple):
    """An earlier build's sizes and findings, what changed since, and what there is to say of it."""

    base: Base
    findings: Mapping[FindingKey, int | None]
    difference: Difference
    notes: tuple[Diagnostic, ...]
    strict: bool
    hints: frozenset[FindingKey] | None = None  # None: what it was read from keeps none

    def hinted(self, hint: Diagnostic) -> bool:
        """Whether the base has a hint as well; where nobody kept them they are taken to be old."""
        return self.hints is None or (hint.code, hint.subject) in self.hints

    def excuse(self, finding: Diagnostic) -> str:
        """Why a finding does not count: the base has it as well, and it got no worse. "" when it does."""
        key = (finding.code, finding.subject)
        if self.strict or finding.code in _NEVER or key not in self.findings:
            return ""
        before, measure = self.findings[key], finding.measure
        if before is not None and measure is not None:
            worse = measure.size - before
            if finding.code in _FLOORS:
                worse = -worse
            if worse > 0 and worse >= deltas.NOISE.get(measure.resource, 0):
                return ""
        return f"{self.base.source} has it as well: not this change's doing"


_NEVER = frozenset((grown_over.CODE, *measured.OF_THESE_FILES))
_FLOORS = frozenset((heap_under_floor.CODE,))  # findings about what must not become less


def find(
    asked: Asked,
    inputs: build.Inputs,
    made: build.Built,
    settings: Policy,
    *,
    policy_from: str | None,
    earlier: Earlier,
    judge: Judge,
) -> Compared:
    """The base that was asked for; ImgcheckError when there is none, or none that this build compares with.

    With `policy_from` a committed baseline is that revision's. The last one that nobody committed is the
    newest build of the history that is `earlier`.
    """
    now = diff.measured(made, str(inputs.firmware))
    path = asked.elf or Path(asked.text)
    snapshot = not asked.elf and asked.text != LAST and diff.is_snapshot(path)
    if policy_from is not None and (asked.elf or snapshot):
        kept.refuse_committed(path, "--base-elf" if asked.elf else "--baseline", inputs, policy_from)
    if asked.elf:
        plain = replace(inputs, firmware=asked.elf, map=None, bin=None, ota=None, meanwhile=None)
        before = build.build(plain, now.priced, settings)
        old = diff.measured(before, str(asked.elf))
        told = judge(before, frozenset())
        against = _compared(str(asked.elf), baseline.of(old, _sizes(told)), old, now, settings)
        return against._replace(hints=frozenset((one.code, one.subject) for one in told))
    if snapshot:
        old, findings = diff.kept(path, made.facts.image.name)
        hints = frozenset((one.code, one.subject) for one in findings if one.hint)
        known = baseline.of(old, {(one.code, one.subject): one.size for one in findings if not one.hint})
        return _compared(asked.text, known, old, now, settings)._replace(hints=hints)
    committed = _committed(asked.text, settings, inputs, policy_from)
    if committed is None:
        source, known, before = _recorded(made, earlier, inputs, policy_from)
        known = known._replace(findings=_sizes(judge(before, kept.TOLD)))
    else:
        source, data = committed
        try:
            known = baseline.parse(data)
        except FormatError as error:
            raise error.within(source) from None
    _fresh(source, known, settings, inputs, policy_from)
    small, now = _as_snapshot(source, known, now)
    return _compared(source, known, small, now, settings)


def _compared(source: str, known: Baseline, old: Snapshot, now: Snapshot, settings: Policy) -> Compared:
    refused = baseline.refusal(known, now.provenance)
    if refused:
        raise ImgcheckError(f"{source} is no baseline for this build: {refused}")
    notes = [
        Diagnostic(
            "baseline-raised", "note", f"the baseline was raised on {one.date}: {one.text}", subject=one.date
        )
        for one in known.reasons
    ]
    base = Base(source, known.sizes)
    return Compared(base, known.findings, deltas.compare(old, now), tuple(notes), settings.growth_strict)


def _sizes(findings: Sequence[Diagnostic]) -> dict[FindingKey, int | None]:
    return {
        (one.code, one.subject): one.measure.size if one.measure else None
        for one in findings
        if one.severity != "note" and not one.waived
    }


# --- committed baselines ----------------------------------------------------------------------------


def place(settings: Policy) -> Path:
    """Where a build's baseline is: beside its policy, else in the current folder."""
    name = settings.variant.name if settings.variant else ""
    own = f"imgcheck.{re.sub(r'[^A-Za-z0-9_-]', '_', name)}.baseline" if name else NAME
    return Path(settings.root or Path.cwd()) / own


def _committed(
    text: str, settings: Policy, inputs: build.Inputs, policy_from: str | None
) -> tuple[str, bytes] | None:
    """A committed baseline and what it is called; the base branch's, where that one's policy counts.

    None where the last one is asked for and nobody committed any.
    """
    path = place(settings) if text == LAST else Path(text)
    revision = policy_from
    if text != LAST and not path.exists():
        path, revision = place(settings), text
    try:
        if revision is None:
            return str(path), _read(path)
        option = f"{text}: no such file; --baseline" if revision == text else "--policy-from"
        found = Revision((Path.cwd(), inputs.firmware.absolute().parent), revision, option)
        return f"{path} of {revision}", found.read(str(path))
    except FileNotFoundError:
        if text == LAST:
            return None
        where = f" at {revision}" if revision else ""
        raise ImgcheckError(
            f"--baseline {text}: there is no {path}{where}; `imgcheck baseline update` writes one"
        ) from None


def _recorded(
    made: build.Built, earlier: Earlier, inputs: build.Inputs, policy_from: str | None
) -> tuple[str, Baseline, build.Built]:
    """The newest build of the history, because nobody committed a baseline."""
    try:
        return kept.last(made, earlier, inputs, policy_from)
    except UndecidedError as error:
        if error.reason is not Need.HISTORY:
            raise
        path, where = place(made.facts.policy), f" at {policy_from}" if policy_from else ""
        raise ImgcheckError(
            f"--baseline last: there is no {path}{where} (`imgcheck baseline update` writes one), and {error}"
        ) from None


def _read(path: Path) -> bytes:
    try:
        if not path.exists():
            raise FileNotFoundError(path)
        return files.begin(path, baseline.LARGEST + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FormatError(error.strerror or "cannot be read", str(path)) from None


def _fresh(
    source: str, known: Baseline, settings: Policy, inputs: build.Inputs, policy_from: str | None
) -> None:
    """Raises ImgcheckError for a baseline that is older than the policy allows."""
    if not known.revision:
        return  # nobody can say how old it is
    try:
        project = Path(settings.root) if settings.root else inputs.firmware.absolute().parent
        tip = Revision((project,), policy_from or "HEAD")
        age = tip.age(known.revision, settings.growth_stale)
    except ImgcheckError:
        return  # no repository
    if age is not None and age > settings.growth_stale:
        raise ImgcheckError(
            f"{source} is stale: {known.revision[:10]} is not among the last {settings.growth_stale} commits "
            f"of {policy_from or 'HEAD'}; `imgcheck baseline update` makes it new"
        )


def _as_snapshot(source: str, known: Baseline, now: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Totals and components of a baseline, and the build with no more than those."""
    sizes: dict[str, dict[str, int]] = {}
    for (kind, name, resource), size in known.sizes.items():
        if kind == "component":
            sizes.setdefault(name, {})[resource] = size
    things = tuple(
        Thing(Key("component", "", "", name), name, one.get("flash", 0), one.get("ram", 0), one.get("ota", 0))
        for name, one in sizes.items()
    )
    compilers = (known.compiler,) if known.compiler else ()
    made = Provenance(
        target=known.target, compilers=compilers, flags=now.provenance.flags,
        policy=known.policy or now.provenance.policy, components=now.provenance.components,
        revision=known.revision, lto=now.provenance.lto, detail=now.provenance.detail,
    )  # fmt: skip
    total = known.sizes.get
    small = Snapshot(
        name=source,
        title=now.title,
        provenance=made,
        fits=now.fits[:0],
        verdict="",
        flash=total(("total", "", "flash"), 0),
        ram=total(("total", "", "ram")),
        ota=total(("total", "", "ota")),
        heap=None,
        priced=any(thing.ota for thing in things),
        things={"component": things},
    )
    named = tuple(thing for thing in now.things.get("component", ()) if thing.key.name not in OURS)
    made = now.provenance._replace(compilers=now.provenance.compilers[:1])
    return small, replace(now, things={"component": named}, provenance=made)


# --- imgcheck baseline update -----------------------------------------------------------------------


class Updated(NamedTuple):
    """What `imgcheck baseline update` did; `stayed` are the sizes that want a reason to go up."""

    path: Path
    stayed: tuple[str, ...]
    changed: bool


def update(
    inputs: build.Inputs,
    target: Path | None,
    reason: str,
    today: date,
) -> Updated:
    """Writes the baseline of a build: lower sizes by themselves, higher ones with a reason only.

    Raises ImgcheckError when the one that is there is of another target, compiler or policy.
    """
    from imgcheck.api import check, slips

    made = build.build(inputs, True)
    settings = made.facts.policy
    found = check.judged(
        made,
        gate.select(settings),
        today,
        {Need.SLIPS: lambda facts: slips.found(facts, inputs.firmware, None)},
    )
    new = baseline.of(diff.measured(made, str(inputs.firmware)), _sizes(found))
    path = target or place(settings)
    stayed: tuple[baseline.SizeKey, ...] = ()
    before = b""
    why = Reason(today.isoformat(), " ".join(reason.split())) if reason else None
    if path.exists():
        before = _read(path)
        try:
            old = baseline.parse(before)
        except FormatError as error:
            raise error.within(str(path)) from None
        refused = baseline.refusal(old, diff.measured(made, "").provenance)
        if refused and why is None:
            raise ImgcheckError(f"{path} stays as it is: {refused}; --reason begins a new one")
        new, stayed = baseline.updated(old, new, why, anew=bool(refused))
    text = baseline.write(new).encode()
    if text != before:
        output.replace([(path, text)])
    return Updated(path, tuple(map(baseline.named, stayed)), text != before)
