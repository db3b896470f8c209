"""The same constant table is in the image several times.

What it does
    Looks for constant arrays and structures of 16 bytes and more with equal contents at different places.

Why it matters
    A `static const` array in a header becomes a table in each object whose source includes it.

What to do
    Define the table in one source file, and declare it `extern const` in the header.

Example
    crc_table is there more than once: 1,024 bytes too many (drv_a.o, drv_b.o)
"""

from collections.abc import Iterator

from imgcheck.builds.waste import rest
from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.wording import commas, listed, shown

CODE = "IMG603"
SEVERITY: Severity = "note"
NEEDS = (Need.WASTES,)
MOST = 10  # findings; the rest is summed up in one more


def check(facts: Facts) -> Iterator[Diagnostic]:
    """The ten that cost most, then a sum of the others."""
    found = [waste for waste in facts.wastes or () if waste.kind == "tables"]
    for waste in found[:MOST]:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{shown(waste.name)} is there more than once: {commas(waste.flash)} bytes too many"
            f"{listed(waste.owners, ' (', ')')}",
            measure=Measure("symbol", waste.name, "flash", waste.flash),
            help="define it in one source file, declare it `extern const` in the header",
            subject=waste.name,
        )
    if len(found) > MOST:
        yield Diagnostic(CODE, SEVERITY, rest(found[MOST:]), subject="others")
