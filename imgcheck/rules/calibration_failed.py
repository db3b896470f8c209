"""The savings of features cannot be trusted for this build.

What it does
    Before any saving is predicted, the same method is asked what the linker keeps when nothing is
    switched off. If its answer is more than 0.1 % of the bytes away from what the map says, this is
    reported and no prediction is made.

Why it matters
    A prediction that nobody can believe is worse than none.

What to do
    Usually objects or archives are missing or were built again after the link: give the folder of the
    build with --objects, and check that map, ELF and objects are of one build.

Example
    the reference graph misses 12,040 and adds 310 of 955,884 placed bytes: no savings are predicted
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Need, Severity
from imgcheck.wording import commas

CODE = "IMG502"
SEVERITY: Severity = "warning"
WANTS = (Need.SAVINGS,)
LIMIT = 0.001
HELP = "give the folder of this build's objects with --objects"


def check(facts: Facts) -> Iterator[Diagnostic]:
    """At most one finding, and only where savings were asked for."""
    withheld = facts.missing.get(Need.CALIBRATION)
    if withheld:
        yield Diagnostic(CODE, SEVERITY, withheld, help=HELP, subject="savings")
    found = facts.savings.calibration if facts.savings else None
    if found and found.missing_bytes + found.extra_bytes > LIMIT * found.placed_bytes:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"the reference graph misses {commas(found.missing_bytes)} and adds "
            f"{commas(found.extra_bytes)} of "
            f"{commas(found.placed_bytes)} placed bytes: no savings are predicted",
            help=HELP,
            subject="savings",
        )
