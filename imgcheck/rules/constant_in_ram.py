"""Constant data lies in RAM, and once more in flash.

What it does
    Looks for read-only sections that the linker script puts into RAM, and for initialised variables of 256
    bytes and more, which may only lack a `const`.

Why it matters
    Such data is in the image, is copied to RAM at start, and takes heap that updates need.

What to do
    Declare it `const`, also the pointers in an array of pointers (`const char *const names[]`). Leave what
    is written at run time, and what must be read while the flash is being erased.

Example
    g_drivers (2,592 bytes, drv_main.o) is initialised data in RAM and has its bytes in flash as well
"""

from collections.abc import Iterator

from imgcheck.builds.waste import rest
from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.wording import commas, listed, shown

CODE = "IMG601"
SEVERITY: Severity = "note"
NEEDS = (Need.WASTES,)
MOST = 10  # findings; the rest is summed up in one more
_HELP = {
    "ram-constants": "leave it in flash, unless it must be read while flash is being erased",
    "ram-data": "if nothing writes it, `const` frees the RAM",
}


def check(facts: Facts) -> Iterator[Diagnostic]:
    """The largest ten, then a sum of the others."""
    found = [waste for waste in facts.wastes or () if waste.kind in ("ram-constants", "ram-data")]
    for waste in found[:MOST]:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{shown(waste.name)} ({commas(waste.ram)} bytes{listed(waste.owners, ', ')}) is "
            + (
                "read-only and lies in RAM: it is copied there from flash at start"
                if waste.kind == "ram-constants"
                else "initialised data in RAM and has its bytes in flash as well"
            ),
            measure=Measure("symbol", waste.name, "ram", waste.ram),
            help=_HELP[waste.kind],
            subject=" ".join((waste.name, *waste.owners[:1])),
        )
    if len(found) > MOST:
        yield Diagnostic(CODE, SEVERITY, rest(found[MOST:]), subject="others")
