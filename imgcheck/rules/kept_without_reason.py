"""Functions that no other object mentions are kept with the rest of their object.

What it does
    Looks for objects whose code or data lies in one section for all functions, and adds up those functions
    and variables in it that no other object mentions.

Why it matters
    --gc-sections drops whole sections: one used function keeps every other one of its object.

What to do
    Compile the object with -ffunction-sections -fdata-sections. At most the given bytes go: what the object
    itself uses of them stays.

Example
    libfoo.a(bar.o) has one section for everything; up to 2,310 bytes in it are mentioned by no other object
    (bar_selftest, bar_dump)
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Measure, Severity
from imgcheck.wording import rest, shown

CODE = "IMG604"
SEVERITY: Severity = "note"
NEEDS = "map"
MOST = 10  # findings; the rest is summed up in one more


def check(facts: Facts) -> Iterator[Diagnostic]:
    """The largest ten objects, then a sum of the others."""
    found = [waste for waste in facts.wastes or () if waste.kind == "kept"]
    for waste in found[:MOST]:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{shown(waste.name)} has one section for everything; up to {waste.flash + waste.ram:,} bytes "
            f"in it are mentioned by no other object ({shown(waste.detail, 200)})",
            measure=Measure("object", waste.name, "flash", waste.flash),
            help="compile it with -ffunction-sections -fdata-sections",
            subject=waste.name,
        )
    if len(found) > MOST:
        yield Diagnostic(CODE, SEVERITY, rest(found[MOST:]), subject="others")
