"""Too many bytes of the image have no known owner.

What it does
    Adds up the bytes that neither a symbol nor the map gives to anybody. More than 0.5 % is reported;
    alignment and holes are known for what they are and do not count.

Why it matters
    A budget can only limit what is attributed. Symbols alone leave a seventh of a typical image, most of
    it string constants, with nobody.

What to do
    Link with -Wl,-Map=FILE, keep the map beside the ELF, or name it with --map.

Example
    138,684 bytes of the image (14.5 %) have no known owner
"""

from collections.abc import Iterator

from imgcheck.model import UNATTRIBUTED, Diagnostic, Facts, Measure, Need, Severity

CODE = "IMG501"
SEVERITY: Severity = "warning"
NEEDS = (Need.ELF,)
LIMIT = 0.005


def check(facts: Facts) -> Iterator[Diagnostic]:
    """At most one finding."""
    total = len(facts.image.binary)
    lost = sum(item.flash for item in facts.image.items if item.name == UNATTRIBUTED)
    if lost > LIMIT * total:
        advice = "" if facts.image.detail == "map" else "give the link map with --map"
        share = f"{lost / total:.1%}".replace("%", " %")
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{lost:,} bytes of the image ({share}) have no known owner",
            measure=Measure("section", UNATTRIBUTED, "flash", lost, int(LIMIT * total)),
            help=advice,
            subject="image",
        )
