"""Less is left in a slot than the policy's reserve.

What it does
    Compares the headroom of both slots of every layout with `reserve` in imgcheck.toml. A slot that is
    over is another rule's finding. Without a reserve there is nothing to check.

Why it matters
    A release that fits by a few bytes leaves no room for the fix that follows it; and the packed size
    moves by some 70 bytes with nothing but a date or a git hash in the image.

What to do
    Strip something (`imgcheck plan --need SIZE`), or lower `reserve` if so little is really enough.

Example
    3,120 bytes are left in the unpacked slot of devcube-1.4.8-2m; the reserve is 8,192
"""

from collections.abc import Iterable, Iterator

from imgcheck.model import SLOT_RESOURCES, Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies.limits import layout_place, where
from imgcheck.wording import commas

CODE = "IMG103"
SEVERITY: Severity = "error"
NEEDS = (Need.FIELD,)  # whose layouts have no line to point at
PROMPTS = (Need.SAVINGS,)


def subjects(facts: Facts) -> Iterable[str]:
    """Each slot of each layout, when there is a reserve."""
    slots = ((fit, slot) for fit in facts.fits for slot in fit.slots if facts.policy.reserve)
    return (f"{fit.name} {slot.name}" for fit, slot in slots)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per slot."""
    reserve = facts.policy.reserve
    for fit in facts.fits:
        for slot in fit.slots:
            if 0 <= slot.headroom < reserve:
                yield Diagnostic(
                    CODE,
                    SEVERITY,
                    f"{commas(slot.headroom)} bytes are left in the {slot.name} slot of {fit.name}; "
                    f"the reserve is {commas(reserve)}",
                    location=where(facts.policy, "reserve") or layout_place(facts, fit.name),
                    measure=Measure(
                        "slot",
                        f"{fit.name} {slot.name}",
                        SLOT_RESOURCES[slot.name],
                        slot.size,
                        slot.limit - reserve,
                    ),
                    help="`imgcheck plan` names the least to strip",
                    subject=f"{fit.name} {slot.name}",
                )
