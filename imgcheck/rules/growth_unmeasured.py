"""The policy limits growth, and there is no build to compare with.

What it does
    Says so when [growth] of the policy has limits and the run was given no baseline (--baseline, --base-elf).

Why it matters
    IMG304 was left out then: the build may have grown by anything, and nothing would have said so.

What to do
    Hand over a base; docs/ci.md has a recipe that keeps the base branch's report. Its first run has none
    yet, and this warning fails nothing there unless --fail-on warning is asked for. To make it an error for
    good, name IMG304 in `select` of [rules]: then the check exits 2 without a base.

Example
    2 limits of [growth] were not held against anything: no base build was given
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Severity

CODE = "IMG306"
SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding for all limits."""
    limits = facts.policy.growth
    if not limits or facts.base is not None:
        return
    held = "1 limit of [growth] was" if len(limits) == 1 else f"{len(limits)} limits of [growth] were"
    yield Diagnostic(
        CODE,
        SEVERITY,
        f"{held} not held against anything: no base build was given",
        limits[0].location,
        help="hand over a base with --baseline or --base-elf; docs/ci.md has the recipe",
        subject="growth",
    )
