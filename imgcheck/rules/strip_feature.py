"""The feature to switch off first, at the line that switches it on.

What it does
    When a slot or a budget is over, or a slot has less left than the reserve, and objects and sources are
    at hand, takes the first choice of `imgcheck plan` and reports each of its features, cheapest first, on
    its `#define`. For a budget: the features that take enough off what it limits, in one finding.

Why it matters
    "Over by 12,288 bytes" says that work is needed; this says where.

What to do
    Comment the `#define` out, as the suggestion and the patch of `imgcheck plan` do: for `#ifdef` one that
    is 0 is on. Only where code reads the feature's value do they set it to 0. `imgcheck plan` has the other
    choices, and `keep` and `weights` in imgcheck.toml say which features it may take.

Example
    src/obk_config.h:268  Switching off ENABLE_DRIVER_IRREMOTEESP saves 65,003 bytes of flash and 35,652
    of the OTA file; the image is 12,288 over devcube-1.4.8-2m
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from imgcheck.model import BODY, SLOTS, UNPACKED, Diagnostic, Facts, Location, Measure, Need, Severity
from imgcheck.wording import commas

if TYPE_CHECKING:
    from imgcheck.model import Feature

CODE = "IMG401"
SEVERITY: Severity = "warning"
NEEDS = (Need.SAVINGS,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding for the first plan, then one for each budget; none without savings."""
    yield from _plan(facts)
    yield from _budgets(facts)


def _plan(facts: Facts) -> Iterator[Diagnostic]:
    savings = facts.savings
    if savings is None or not savings.plans:
        return
    plan = savings.plans[0]
    weights = facts.policy.features.weights if facts.policy.features else {}
    chosen = [feature for feature in savings.features if feature.name in plan.features]
    chosen.sort(key=lambda feature: (weights.get(feature.name, 1.0), -feature.flash))
    if not chosen:
        return
    first, *others = chosen
    message = f"Switching off {_named(chosen)} saves {commas(plan.flash)} bytes of flash"
    message += f" and {commas(plan.ota)} of the OTA file{_reason(facts)}"
    if plan.tuned:
        message += "; the OTA file has to be packed with `imgcheck pack --tune` too"
    lines = [f"{one.name} is at {one.path}:{one.line}" for one in others if one.path and one.line]
    count = len(savings.plans)
    choices = f"the first of {count} choices of `imgcheck plan`" if count > 1 else "`imgcheck plan` has more"
    yield Diagnostic(
        CODE,
        SEVERITY,
        message,
        location=Location(first.path, first.line) if first.path and first.line else None,
        measure=Measure("feature", first.name, "flash", first.flash),
        help="\n".join([*lines, choices]),
        subject="+".join(one.name for one in chosen),
        replacement=first.off or None,
    )


def _named(features: Sequence[Feature]) -> str:
    *most, last = [one.name for one in features]
    return f"{', '.join(most)} and {last}" if most else last


def _budgets(facts: Facts) -> Iterator[Diagnostic]:
    known = {feature.name: feature for feature in facts.savings.features} if facts.savings else {}
    named = set(facts.savings.plans[0].features) if facts.savings and facts.savings.plans else set()
    for relief in facts.reliefs:
        sizes = {name: size for name, size in relief.features if name in known and name not in named}
        chosen = [known[name] for name in sizes]
        if not chosen:
            continue
        named.update(sizes)
        total = sum(size for _, size in relief.features)
        taken = sum(sizes.values())
        # A feature that a slot or another budget needs is named there, and counts here as well.
        also = f"; with those named before, {commas(total)}" if total > taken else ""
        short = "" if total >= relief.over else "; that is all that may go"
        about = f"{relief.budget.kind} {relief.budget.name}"
        first, *others = chosen
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"Switching off {_named(chosen)} takes {commas(taken)} bytes of {relief.budget.resource} off "
            f"{about}, which is {commas(relief.over)} over its budget{also}{short}",
            Location(first.path, first.line) if first.path and first.line else None,
            Measure("feature", first.name, relief.budget.resource, sizes[first.name]),
            help="\n".join(
                f"{one.name} is at {one.path}:{one.line}" for one in others if one.path and one.line
            ),
            subject="+".join(sizes),
            replacement=first.off or None,
        )


def _reason(facts: Facts) -> str:
    slots = [(slot.headroom, fit.name, slot.name) for fit in facts.fits for slot in fit.slots]
    worst = min(slots, default=None)
    if worst is None or worst[0] >= 0:
        return f"; wanted: {facts.savings.need}" if facts.savings and facts.savings.need else ""
    what = "image" if worst[2] == UNPACKED else SLOTS[BODY]
    return f"; the {what} is {commas(-worst[0])} bytes over {worst[1]}"
