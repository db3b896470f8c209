"""The OTA file was not made from this ELF.

What it does
    Unpacks the OTA file that was given or found beside the build, compares it with the image that the
    ELF gives, and its header with what follows it.

Why it matters
    The sizes that were checked are then not those of the file that goes to devices: an old file from
    a build folder that was not cleaned passes, and something else is released.

What to do
    Build again from a clean folder, or give the right file with --ota.

Example
    build/ota/FW_OTA.bin.xz.ota: not made from build/OpenBL602.elf: the images first differ at offset 0x1c04
"""

from collections.abc import Iterator
from dataclasses import replace

from imgcheck.model import INCONSISTENT, OTHER_IMAGE, Diagnostic, Facts, Need, Severity

CODE = "IMG105"
SEVERITY: Severity = "error"
NEEDS = (Need.OTA,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """What the reading of the artefact found wrong, as this rule's findings."""
    for found in facts.artefact.diagnostics:
        if found.code in (OTHER_IMAGE, INCONSISTENT):
            place = found.location
            message = f"{place.path}: {found.message}" if place else found.message
            yield replace(found, code=CODE, severity=SEVERITY, message=message)
