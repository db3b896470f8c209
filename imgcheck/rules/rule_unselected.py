"""The proposed policy no longer checks a rule.

What it does
    With --policy-from, compares `select` and `ignore` of the working tree's policy with those in force.

Why it matters
    A rule that is off finds nothing, and nobody notices.

What to do
    Look whether a waiver for the one finding would do.

Example
    IMG202 is now ignored
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Need, Severity

CODE = "IMG703"
SEVERITY: Severity = "warning"
NEEDS = (Need.BASE,)
HELP = "it takes effect once it is merged; this check went by the base revision"


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per rule."""
    for found in facts.loosenings:
        if found.kind == "rule":
            yield Diagnostic(CODE, SEVERITY, found.message, found.location, help=HELP, subject=found.subject)
