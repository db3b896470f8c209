"""A RAM region holds more than it has.

What it does
    Compares what the build puts into each RAM region of the chip, heap not counted, with its length.

Why it matters
    The linker stops most of these; a linker script with a wrong length, or one region laid over
    another, does not stop, and the firmware fails in ways that look like anything else.

What to do
    `imgcheck report` names the largest owners of RAM. Constant data that lies in RAM is the first to
    look at (IMG601).

Example
    region ram_tcm holds 222,000 bytes, 816 more than it has (221,184)
"""

from collections.abc import Iterable, Iterator

from imgcheck.model import Diagnostic, Facts, Measure, Severity
from imgcheck.wording import commas

CODE = "IMG201"
SEVERITY: Severity = "error"


def subjects(facts: Facts) -> Iterable[str]:
    """The RAM regions."""
    return (region.name for region in facts.image.regions)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per region."""
    for region in facts.image.regions:
        if region.used > region.size:
            over = region.used - region.size
            yield Diagnostic(
                CODE,
                SEVERITY,
                f"region {region.name} holds {commas(region.used)} bytes, "
                f"{commas(over)} more than it has ({commas(region.size)})",
                measure=Measure("region", region.name, "ram", region.used, region.size),
                subject=region.name,
            )
