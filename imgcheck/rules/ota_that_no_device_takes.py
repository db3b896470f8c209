"""No device can decode or start the OTA file.

What it does
    Asks of the OTA file what the target's own loader would: whether its decoder has the memory for the
    dictionary, knows the filters and the check, and whether the image in it starts.

Why it matters
    Such a file fits every slot, and is refused after the device has erased the other one. A packer that was
    set up by hand is enough: plain `xz -9` asks for a dictionary of 64 MiB, a loader has some KiB.

What to do
    Pack with the SDK, or with `imgcheck pack`; `imgcheck verify` replays what each device does with the file.

Example
    no device takes build/ota/FW_OTA.bin.xz.ota: its dictionary has 1,024 KiB, boot2 holds 32 KiB
"""

from collections.abc import Iterator
from dataclasses import replace

from imgcheck.model import REFUSED, Diagnostic, Facts, Need, Severity

CODE = "IMG106"
SEVERITY: Severity = "error"
NEEDS = (Need.OTA,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """What the target said of the artefact, as this rule's finding."""
    for found in facts.artefact.diagnostics:
        if found.code == REFUSED:
            yield replace(found, code=CODE, severity=SEVERITY)
