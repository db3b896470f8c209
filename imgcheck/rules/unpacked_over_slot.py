"""The unpacked image does not fit the slot that the device runs from.

What it does
    Compares the image with its header page (4,096 bytes and the .bin padded to 16) with the running
    slot of every layout that must fit. The device allows equality.

Why it matters
    OpenBeken refuses such an update ("Unpacked OTA image size ... bigger"). A device whose old
    firmware does not look, with an old boot2, unpacks over its own source and does not start again.

What to do
    Strip features: `imgcheck plan` names the least. Or stop supporting the layout: take it out of
    `layouts` in imgcheck.toml, and tell the owners of such devices to reflash by wire.

Example
    the unpacked image is 12,288 bytes over devcube-1.4.8-2m (831,488 of 819,200)
"""

from collections.abc import Iterable, Iterator

from imgcheck.model import UNPACKED, Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies.limits import layout_place
from imgcheck.wording import commas

CODE = "IMG101"
SEVERITY: Severity = "error"
NEEDS = (Need.FIELD,)  # whose layouts have no line to point at
PROMPTS = (Need.SAVINGS,)


def subjects(facts: Facts) -> Iterable[str]:
    """The layouts."""
    return (fit.name for fit in facts.fits)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per layout whose running slot is too small."""
    for fit in facts.fits:
        for slot in fit.slots:
            if slot.name == UNPACKED and slot.headroom < 0:
                yield Diagnostic(
                    CODE,
                    SEVERITY,
                    f"the unpacked image is {commas(-slot.headroom)} bytes over {fit.name} "
                    f"({commas(slot.size)} of {commas(slot.limit)})",
                    location=layout_place(facts, fit.name),
                    measure=Measure("slot", f"{fit.name} unpacked", "flash", slot.size, slot.limit),
                    help="`imgcheck plan` names the least to strip",
                    subject=fit.name,
                )
