"""The proposed policy waives a finding that the one in force does not.

What it does
    With --policy-from, compares the waivers of the working tree's policy with those of the policy in force:
    new ones, and those that now last longer. Where that revision has no policy at all, the waivers of layouts
    that the first one begins with (`imgcheck init --accept`) count at once, and are told here as well.

Why it matters
    A waiver makes a gate green; who adds one should not be the only one to know.

What to do
    Look whether reason and date are good.

Example
    a new waiver of IMG301 for component mqtt flash, until 2027-01-31: until the new client lands
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Need, Severity

CODE = "IMG702"
SEVERITY: Severity = "warning"
NEEDS = (Need.BASE,)
HELP = "it takes effect once it is merged; this check went by the base revision"
FIRST = "it counts already: the base revision has no policy that it could loosen"


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per waiver."""
    for found in facts.loosenings:
        if found.kind == "waiver":
            advice = FIRST if found.counts else HELP
            yield Diagnostic(
                CODE, SEVERITY, found.message, found.location, help=advice, subject=found.subject
            )
