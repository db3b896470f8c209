"""The OTA file was not made from this ELF.

What it does
    Unpacks the OTA file that was given or found beside the build, and compares it with the image that
    the ELF gives.

Why it matters
    The sizes that were checked are then not those of the file that goes to devices: an old file from
    a build folder that was not cleaned passes, and something else is released.

What to do
    Build again from a clean folder, or give the right file with --ota.

Example
    build/ota/FW_OTA.bin.xz.ota was not made from build/OpenBL602.elf: they differ at image offset 0x1c04
"""

from collections.abc import Iterator
from dataclasses import replace

from imgcheck.model import Diagnostic, Facts, Severity

CODE = "IMG105"
SEVERITY: Severity = "error"
NEEDS = "ota"


def check(facts: Facts) -> Iterator[Diagnostic]:
    """What the reading of the artefact found wrong, as this rule's findings."""
    for found in facts.artefact.diagnostics:
        if found.severity == "error":
            subject = found.subject or "OTA file"
            yield replace(found, code=CODE, severity=SEVERITY, subject=subject)
