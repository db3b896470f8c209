"""The standard library's large text conversions are linked in, and this is who asks for them.

What it does
    Looks for the code of the printf, scanf and strtod families in the C library, and for the objects that
    mention their entry points in the map's cross reference table.

Why it matters
    They are the largest functions of a C library: scanf and strtod alone took 23 KB of a real build, for a
    handful of calls.

What to do
    Replace the few calls by `strtol`, or a small parser of your own; check whether printf without floating
    point, which most C libraries have, is enough. Nothing is saved before the last caller is gone.

Example
    the scanf family takes 14,056 bytes of flash (__ssvfscanf_r 8,288, ...); asked for by cmd_test.o,
    new_cfg.o
"""

from collections.abc import Iterator

from imgcheck.builds.waste import rest
from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.wording import commas, listed, shown

CODE = "IMG606"
SEVERITY: Severity = "note"
NEEDS = (Need.ELF, Need.WASTES)
MOST = 10  # findings; the rest is summed up in one more


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per family."""
    found = [waste for waste in facts.wastes or () if waste.kind == "text"]
    for waste in found[:MOST]:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"the {waste.name} family takes {commas(waste.flash)} bytes of flash ({shown(waste.detail, 120)})"
            f"{listed(waste.owners, '; asked for by ')}",
            measure=Measure("library", waste.name, "flash", waste.flash),
            help="nothing is saved before the last caller is gone",
            subject=waste.name,
        )
    if len(found) > MOST:
        yield Diagnostic(CODE, SEVERITY, rest(found[MOST:]), subject="others")
