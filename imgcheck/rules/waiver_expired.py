"""A waiver is past its date, and what it waived counts again.

What it does
    Reports each waiver whose date is over, if the finding that it was for is still there.

Why it matters
    Without this the gate turns red on some morning, and nobody knows why.

What to do
    Do what the waiver's reason promised; or give it another date, and say why.

Example
    the waiver of IMG301 for component mqtt flash expired on 2027-01-31: until the new client lands
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Severity

CODE = "IMG704"
SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per waiver."""
    for waiver in facts.expired:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"the waiver of {waiver.rule} for {waiver.subject} expired on {waiver.expires}: {waiver.reason}",
            waiver.location,
            help="what it waived counts again",
            subject=f"{waiver.rule} {waiver.subject}",
        )
