"""The OTA body does not fit below the size of the slot that receives it.

What it does
    Compares the packed image, without the OTA file's 512-byte header, with the other slot of every
    layout that must fit. The device's comparison is strict: a body of exactly the slot's size is
    refused, so the limit is one byte less. A layout without a second slot takes no update at all.

Why it matters
    OpenBeken stops with "Too large bin", after it has already erased the slot.

What to do
    `imgcheck plan` says what filter parameters alone would save, and what to strip after that.

Example
    the OTA body is 1,024 bytes over devcube-1.4.8-2m (558,079 of 557,055)
"""

from collections.abc import Iterable, Iterator

from imgcheck.model import BODY, Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies.limits import layout_place
from imgcheck.wording import commas

CODE = "IMG102"
SEVERITY: Severity = "error"
NEEDS = (Need.FIELD,)  # whose layouts have no line to point at
PROMPTS = (Need.SAVINGS,)


def subjects(facts: Facts) -> Iterable[str]:
    """The layouts."""
    return (fit.name for fit in facts.fits)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per layout whose other slot is too small, or absent."""
    for fit in facts.fits:
        slot = next((slot for slot in fit.slots if slot.name == BODY), None)
        if slot and slot.headroom < 0:
            message = f"the OTA body is {commas(-slot.headroom)} bytes over {fit.name}"
            message += f" ({commas(slot.size)} of {commas(slot.limit)})"
            if slot.limit == 0:
                message = f"{fit.name} has no second slot: a device with it takes no OTA update"
            measure = Measure("slot", f"{fit.name} body", "ota", slot.size, slot.limit)
            place = layout_place(facts, fit.name)
            advice = "`imgcheck plan` names the least to strip" if slot.limit else "leave it out of `layouts`"
            yield Diagnostic(
                CODE, SEVERITY, message, location=place, measure=measure, help=advice, subject=fit.name
            )
