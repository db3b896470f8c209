"""Did a gate measure what its policy asks for, and is everything that reading the build met said once?"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from imgcheck.builds import components
from imgcheck.devices import layouts
from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.model import (
    INCONSISTENT,
    OTHER_BIN,
    OTHER_IMAGE,
    REFUSED,
    Diagnostic,
    Facts,
    Location,
    Need,
    Policy,
)
from imgcheck.rules import (
    bin_of_another_build,
    gate,
    ota_of_another_build,
    ota_that_no_device_takes,
    waiver_expired,
)


def layouts_exist(settings: Policy) -> None:
    """Raises FormatError with the line of the policy for a layout that is neither shipped nor a file."""
    for name in settings.layouts:
        if not layouts.meant_as_file(name):
            try:
                layouts.load(name)
            except FormatError:
                raise
            except ImgcheckError as error:
                raise _fault(str(error), settings, "layouts") from None


def components_match(facts: Facts) -> None:
    """Raises FormatError with the line of a component of the project's own of which no glob matches anything.

    A map tells what there is; without one, nobody knows.
    """
    if facts.image.detail != "map":
        return
    names = components.texts(facts.image.items)
    for component in facts.policy.components:
        place = facts.policy.origins.get(f"components.{component.name}")
        if place is None or place.shipped or components.matches(component, names):
            continue
        known = sorted({text[:100] for one in component.patterns for text in names[one.field]})
        wanted = component.patterns[0].glob if component.patterns else component.name
        near = difflib.get_close_matches(wanted[:80], known, 1, 0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        message = f"component {component.name!r} matches nothing of this build ({wanted!r}){hint}"
        raise _fault(message, facts.policy, f"components.{component.name}")


def something_ran(outcome: gate.Outcome, settings: Policy) -> None:
    """Raises UndecidedError when no rule looked at anything: nothing wrong was found by not looking."""
    if any(code != waiver_expired.CODE for code, _, _ in outcome.checks):
        return
    why = f": {outcome.skipped[0][1]}" if outcome.skipped else ""
    key = "rules.select" if settings.select else "rules.ignore"
    place = settings.origins.get(key)
    where = f"{place.path}: line {place.line}: " if place and place.line else ""
    raise UndecidedError(f"{where}no selected rule looked at anything of this build{why}", Need.ELF)


def _fault(message: str, settings: Policy, key: str) -> FormatError:
    place = settings.origins.get(key) or Location(settings.path)
    return FormatError(message, place.path, line=place.line, column=place.column)


def without_found(facts: Facts, selection: gate.Selection) -> Facts:
    """What reading the build met is said once: as a rule's finding where that rule runs, else as it is."""
    found = {
        code
        for rule, codes in (
            (ota_of_another_build.CODE, (OTHER_IMAGE, INCONSISTENT)),
            (ota_that_no_device_takes.CODE, (REFUSED,)),
            (bin_of_another_build.CODE, (OTHER_BIN,)),
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
