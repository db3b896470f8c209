"""The build, or a component of it, grew by more than the policy allows.

What it does
    Compares the build with its baseline (--baseline, --base-elf), and the difference with [growth] of the
    policy: bytes, or a percentage of what the baseline has.

Why it matters
    A project that sits at its ceiling fails everybody once it is reached. Growth fails only who grew it.

What to do
    Make it smaller. If it is worth it, say so: `imgcheck baseline update ELF --reason "..."` raises a
    committed baseline, and keeps the reason in it.

Example
    component mqtt grew by 2,312 bytes of flash over base.json, 264 more than the 2,048 that the policy allows
"""

from collections.abc import Iterable, Iterator

from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies import growth, limits
from imgcheck.wording import commas

CODE = "IMG304"
SEVERITY: Severity = "error"
NEEDS = (Need.BASELINE,)

_WORDS = {"flash": "flash", "ram": "RAM", "ota": "the OTA file"}


def subjects(facts: Facts) -> Iterable[str]:
    """The limits."""
    return (growth.subject(one) for one in facts.policy.growth)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per limit that is exceeded, noise apart."""
    base = facts.base
    if base is None:
        return
    from imgcheck.history.deltas import NOISE  # a gate without a base needs nothing of comparing builds

    for one in facts.policy.growth:
        growth.check_known(one, facts, base)
        before, now, allowed = growth.before(one, base), growth.now(one, facts), growth.allowed(one, base)
        grown = now - before
        if one.component:
            limits.check_owned(facts, growth.subject(one), one.resource, now, before + allowed)
        if grown <= allowed or grown < NOISE.get(one.resource, 0):
            continue
        what = f"component {one.component}" if one.component else "the build"
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{what} grew by {commas(grown)} bytes of {_WORDS[one.resource]} over {base.source}, "
            f"{commas(grown - allowed)} more than the {commas(allowed)} that the policy allows",
            one.location,
            Measure(
                "component" if one.component else "total",
                one.component or "total",
                one.resource,
                now,
                before + allowed,
            ),
            help="`imgcheck diff` says what grew.",
            subject=growth.subject(one),
        )
