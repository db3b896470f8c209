"""A feature is on in every variant, because only the two lines of its guard were commented out.

What it does
    Looks in the configuration header for an active `#define` between an `#if` and an `#endif` that are
    both commented out.

Why it matters
    It is what is left when somebody tried a feature on and forgot to put the guard back. In OpenBeken
    such a line put 65,080 bytes of flash into every build of a chip, the largest single feature there was.

What to do
    Take the comment marks off the guard; or, if the feature is meant for all variants, delete them.

Example
    //#if (OBK_VARIANT == OBK_VARIANT_IRREMOTEESP)
    #define ENABLE_DRIVER_IRREMOTEESP 1
    //#endif
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Need, Severity
from imgcheck.wording import commas

CODE = "IMG402"
SEVERITY: Severity = "warning"
NEEDS = (Need.SLIPS,)
WANTS = (Need.SAVINGS,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per `#define`."""
    costs = {feature.name: feature for feature in facts.savings.features} if facts.savings else {}
    for slip in facts.slips or ():
        cost = costs.get(slip.macro)
        size = f"; it takes {commas(cost.flash)} bytes of flash" if cost else ""
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{slip.macro} is on in every variant: its guard {slip.guard!r} (line {slip.guard_line}) and the "
            f"#endif of it (line {slip.end_line}) are commented out{size}",
            slip.location,
            help="restore the guard, or delete its two lines if the feature is meant for all variants",
            subject=slip.macro,
        )
