"""64-bit floating point is done in software.

What it does
    Looks for libgcc's routines for `double`, and for the objects that call them.

Why it matters
    The core computes `float` itself, and `double` with some kilobytes of code, many times slower. Often a
    constant without an `f` (`x * 0.1`) is all that asks for it.

What to do
    Write constants as `0.1f`, call `sinf` instead of `sin`, and compile with -Wdouble-promotion. Nothing is
    saved before the last caller is gone.

Example
    `double` arithmetic takes 9,132 bytes of flash (__muldf3, __divdf3, __adddf3, ...); asked for by
    drv_bl0942.o, json.o and 14 more
"""

from collections.abc import Iterator

from imgcheck.builds.waste import rest
from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.wording import commas, listed, shown

CODE = "IMG605"
SEVERITY: Severity = "note"
NEEDS = (Need.ELF, Need.WASTES)
MOST = 10  # findings; the rest is summed up in one more


def check(facts: Facts) -> Iterator[Diagnostic]:
    """At most one finding."""
    found = [waste for waste in facts.wastes or () if waste.kind == "double"]
    for waste in found[:MOST]:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"`double` arithmetic in software takes {commas(waste.flash)} bytes of flash "
            f"({shown(waste.detail, 120)})"
            f"{listed(waste.owners, '; asked for by ')}",
            measure=Measure("library", waste.name, "flash", waste.flash),
            help="-Wdouble-promotion names the lines",
            subject=waste.name,
        )
    if len(found) > MOST:
        yield Diagnostic(CODE, SEVERITY, rest(found[MOST:]), subject="others")
