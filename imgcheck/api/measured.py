"""Did a gate measure what its policy asks for, and is everything that reading the build met said once?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imgcheck.model import INCONSISTENT, OTHER_BIN, OTHER_IMAGE, REFUSED, Diagnostic, Facts
from imgcheck.rules import gate


def without_found(facts: Facts, selection: gate.Selection) -> Facts:
    """What reading the build met is said once: as a rule's finding where that rule runs, else as it is."""
    found = {
        code
        for rule, codes in (
            ("IMG105", (OTHER_IMAGE, INCONSISTENT)),
            ("IMG106", (REFUSED,)),
            ("IMG107", (OTHER_BIN,)),
        )
        for code in codes
        if rule in selection.codes
    }

    def rest(said: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        return tuple(one for one in said if one.code not in found)

    image, artefact = facts.image, facts.artefact
    return replace(
        facts,
        image=replace(image, diagnostics=rest(image.diagnostics)),
        artefact=replace(artefact, diagnostics=rest(artefact.diagnostics)),
    )
