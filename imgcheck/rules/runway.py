"""Too few releases are left before a slot is full.

What it does
    Carries the growth of the last releases in the history on from this build, as `imgcheck forecast` does,
    and compares the releases until each slot overflows with `releases` in `[rules.runway]` of
    imgcheck.toml. Without that number there is nothing to check. Which history: `--db`, `[history]` of the
    policy, or `.imgcheck/history.db`. One that is not there, or has fewer than nine builds, says nothing, and
    the report says so; where the policy selects the rule by name the check ends with exit code 2.

Why it matters
    A slot that is full takes no release at all, also not the one that must go out next week. What to strip,
    or how to move devices to another layout, takes longer to decide than a release.

What to do
    `imgcheck forecast` says what grew, `imgcheck plan` the least to strip, and the forecast how many
    releases each feature would buy.

Example
    devcube-1.4.8-2m: the unpacked slot overflows in 4 releases, with 1.18.304 (80 % interval: 2 to 9), at
    the growth of the last 60; the policy asks for 6
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from imgcheck.model import SLOT_RESOURCES, Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies import keys
from imgcheck.policies.limits import where

if TYPE_CHECKING:
    from imgcheck.model import Forecast

CODE = "IMG305"
SEVERITY: Severity = "warning"
NEEDS = (Need.HISTORY,)
RELEASES = keys.Key(
    "rules.runway.releases",
    "count",
    "How many releases must be left before a slot overflows, at the growth of the last ones.",
    "not checked",
    "less",
    "number of releases left",
)
OPTIONS = (RELEASES,)


def subjects(facts: Facts) -> Iterable[str]:
    """The slots of which something is known."""
    return (_subject(one) for one in facts.forecasts or ())


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per slot that is full too soon, and a note per slot of which too little is known."""
    wanted = keys.option(facts.policy, RELEASES)
    if wanted is None or facts.forecasts is None:
        return
    told = {(one.layout, one.slot) for one in facts.forecasts}
    for fit in facts.fits:
        for slot in fit.slots:
            if slot.limit and (fit.name, slot.name) not in told:
                message = f"{fit.name}: the history has too few sizes for the {slot.name} slot"
                yield Diagnostic(CODE, "note", message, subject=f"{fit.name} {slot.name}")
    for one in facts.forecasts:
        if one.left is not None and one.left < wanted:
            yield Diagnostic(
                CODE,
                SEVERITY,
                f"{_sentence(one)}; the policy asks for {wanted:d}",
                where(facts.policy, RELEASES.name),
                Measure("slot", _subject(one), SLOT_RESOURCES.get(one.slot, "flash"), one.size, one.limit),
                "`imgcheck forecast` says what grew, `imgcheck plan` the least to strip",
                subject=_subject(one),
            )


def _subject(one: Forecast) -> str:
    return f"{one.layout} {one.slot}"


def _sentence(one: Forecast) -> str:
    if not one.left:
        return f"{one.layout}: no release is left, this build is over the {one.slot} slot"
    when = "with the next release" if one.left == 1 else f"in {one.left:d} releases"
    first = f", with {one.first}" if one.first else ""
    high = f"{one.low} to {one.high}" if one.high is not None else f"{one.low} or more"
    return (
        f"{one.layout}: the {one.slot} slot overflows {when}{first} (80 % interval: {high}), at the growth "
        f"of the last {one.releases:d}"
    )
