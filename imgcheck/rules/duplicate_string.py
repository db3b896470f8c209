"""The same string is in the image several times.

What it does
    Looks for equal strings of 12 characters and more in constant data, wherever they come from. The linker
    merges equal string literals only if their sections have equal alignment and flags, and never
    arrays of characters.

Why it matters
    Each copy takes its length again in the unpacked image. (The packed one hardly notices.)

What to do
    Let the users share one `extern const char name[]`; or turn arrays into literals, which the linker may
    merge.

Example
    "application/json" is there 3 times, 34 bytes too many (http_fns.o, rest_interface.o)
"""

from collections.abc import Iterator

from imgcheck.builds.waste import rest
from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.wording import commas, listed, shown, stable

CODE = "IMG602"
SEVERITY: Severity = "note"
NEEDS = (Need.WASTES,)
MOST = 10  # findings; the rest is summed up in one more


def check(facts: Facts) -> Iterator[Diagnostic]:
    """The ten that cost most, then a sum of the others."""
    found = [waste for waste in facts.wastes or () if waste.kind == "strings"]
    for waste in found[:MOST]:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{shown(waste.name)} is there {waste.flash // (len(waste.name) + 1) + 1} times, "
            f"{commas(waste.flash)} bytes too many{listed(waste.owners, ' (', ')')}",
            measure=Measure("string", waste.name, "flash", waste.flash),
            help="share one constant",
            subject=stable(waste.name),
        )
    if len(found) > MOST:
        yield Diagnostic(CODE, SEVERITY, rest(found[MOST:]), subject="others")
