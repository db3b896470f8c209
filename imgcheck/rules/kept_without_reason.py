"""Sections are kept although nothing refers to them.

What it does
    Looks for objects whose code or data lies in one section for all functions, and adds up those functions
    and variables in it that no other object mentions. And for tables that the linker script KEEPs between
    two symbols, when nothing in the link mentions either.

Why it matters
    --gc-sections drops whole sections: one used function keeps every other one of its object. A table that
    nobody reads also keeps everything that its entries point to.

What to do
    Compile the object with -ffunction-sections -fdata-sections; at most the given bytes go, as what the
    object itself uses of them stays. Take KEEP off the table, or leave its entries out of the build.

Example
    libfoo.a(bar.o) has one section for everything; up to 2,310 bytes in it are mentioned by no other object
    (bar_selftest, bar_dump)
"""

from collections.abc import Iterator

from imgcheck.builds.waste import rest
from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity, Waste
from imgcheck.wording import commas, listed, shown

CODE = "IMG604"
SEVERITY: Severity = "note"
NEEDS = (Need.MAP, Need.WASTES)
MOST = 10  # findings; the rest is summed up in one more
_HELP = {
    "kept": "compile it with -ffunction-sections -fdata-sections",
    "unread": "take KEEP off it, or leave its entries out of the build",
}


def check(facts: Facts) -> Iterator[Diagnostic]:
    """The largest ten objects, then a sum of the others."""
    found = [waste for waste in facts.wastes or () if waste.kind in ("kept", "unread")]
    for waste in found[:MOST]:
        yield Diagnostic(
            CODE,
            SEVERITY,
            _message(waste),
            measure=Measure("object", waste.name, "flash", waste.flash),
            help=_HELP[waste.kind],
            subject=waste.name,
        )
    if len(found) > MOST:
        yield Diagnostic(CODE, SEVERITY, rest(found[MOST:]), subject="others")


def _message(waste: Waste) -> str:
    size = waste.flash + waste.ram
    if waste.kind == "unread":
        return (
            f"a table of {commas(size)} bytes is kept although nothing mentions its bounds "
            f"{shown(waste.detail, 120)}"
            f"{listed(waste.owners, ': entries of ')}"
        )
    return (
        f"{shown(waste.name)} has one section for everything; up to {commas(size)} bytes in it "
        "are mentioned by "
        f"no other object ({shown(waste.detail, 200)})"
    )
