"""The .bin was not made from this ELF.

What it does
    Compares the .bin that was given or found beside the ELF with the image that the ELF makes.

Why it matters
    What was checked is the ELF; what is flashed, or released beside it, is the .bin of another build.

What to do
    Build again from a clean folder, or name the right file with --bin.

Example
    the .bin was not made from this ELF: they differ from offset 0x1c04 on
"""

from collections.abc import Iterator
from dataclasses import replace

from imgcheck.model import OTHER_BIN, Diagnostic, Facts, Need, Severity

CODE = "IMG107"
SEVERITY: Severity = "warning"
NEEDS: tuple[Need, ...] = ()


def check(facts: Facts) -> Iterator[Diagnostic]:
    """What the comparison found, as this rule's finding."""
    for found in facts.image.diagnostics:
        if found.code == OTHER_BIN:
            yield replace(found, code=CODE, severity=SEVERITY)
