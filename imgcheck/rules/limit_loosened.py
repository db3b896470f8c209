"""The proposed policy allows more than the one in force.

What it does
    With --policy-from, compares the policy of that revision, which is in force, with the one in the working
    tree: budgets raised or dropped, a smaller reserve or heap floor, layouts that need not fit any more,
    other globs for a component that has a budget.

Why it matters
    A change must not be able to raise its own limit; it may propose to, and somebody should see it.

What to do
    Look whether the reason is good. The change takes effect for the changes after it, once it is merged.

Example
    the budget of component mqtt flash goes from 40,960 bytes to 65,536 bytes
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Need, Severity

CODE = "IMG701"
SEVERITY: Severity = "warning"
NEEDS = (Need.BASE,)
HELP = "it takes effect once it is merged; this check went by the base revision"


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per limit."""
    for found in facts.loosenings:
        if found.kind == "limit":
            yield Diagnostic(CODE, SEVERITY, found.message, found.location, help=HELP, subject=found.subject)
