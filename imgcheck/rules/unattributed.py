"""Too many bytes of the image have no known owner.

What it does
    Adds up the bytes that neither a symbol nor the map gives to a component: the row [unattributed] of
    the report. More than 0.5 % is reported; alignment and holes are known for what they are and do not count.

Why it matters
    A budget can only limit what is attributed. Without the map string constants belong to nobody, and
    what a library's symbols belong to is not known: up to half of an image.

What to do
    Link with -Wl,-Map=FILE, keep the map beside the ELF, or name it with --map.

Example
    138,684 bytes of the image (14.5 %) have no known owner
"""

from collections.abc import Iterator

from imgcheck.model import UNATTRIBUTED, Diagnostic, Facts, Measure, Need, Severity
from imgcheck.wording import commas

CODE = "IMG501"
SEVERITY: Severity = "warning"
NEEDS = (Need.ELF,)
LIMIT = 0.005


def check(facts: Facts) -> Iterator[Diagnostic]:
    """At most one finding."""
    total = len(facts.image.binary)
    lost = lost_bytes(facts)
    if lost > LIMIT * total:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{commas(lost)} bytes of the image ({_share(lost, total)}) have no known owner",
            measure=Measure("section", UNATTRIBUTED, "flash", lost, int(LIMIT * total)),
            help=hint(facts.image.detail, lost, total),
            subject="image",
        )


def lost_bytes(facts: Facts) -> int:
    """Bytes of the image that belong to no component, which are more than those that belong to no symbol."""
    for one in facts.measures:
        if (one.kind, one.name, one.resource) == ("component", UNATTRIBUTED, "flash"):
            return one.size
    return sum(item.flash for item in facts.image.items if item.name == UNATTRIBUTED)


def hint(detail: str, lost: int, total: int) -> str:
    """What would give them an owner; "" where nothing is known that would."""
    if detail == "map" or not lost:
        return ""
    if detail == "binary":
        return "give the ELF and its map: an image alone does not say whose its bytes are"
    return f"give the map (--map): {_share(lost, total)} has no owner without it"


def _share(lost: int, total: int) -> str:
    return f"{lost / total:.1%}".replace("%", " %")
