"""Did a gate measure what its policy asks for, and is everything that reading the build met said once?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from imgcheck import targets
from imgcheck.api.build import Inputs
from imgcheck.builds import components
from imgcheck.devices import layouts
from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.model import (
    ELSEWHERE,
    HEAP_SHARED,
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
from imgcheck.policies import policy
from imgcheck.prediction import configheader
from imgcheck.readers import files
from imgcheck.rules import (
    bin_of_another_build,
    gate,
    ota_of_another_build,
    ota_that_no_device_takes,
    region_over,
    second_reader_disagrees,
    waiver_expired,
)
from imgcheck.wording import near

# Rules about whether these files are one build: that another build's were not excuses nothing.
OF_THESE_FILES = frozenset(
    rule.CODE for rule in (ota_of_another_build, bin_of_another_build, second_reader_disagrees)
)
_LARGEST_HEADER = 4 << 20
_MOST_HEADERS = 50


def layouts_exist(settings: Policy) -> None:
    """Raises FormatError with the line of the policy for a layout that is neither shipped nor a file."""
    for name in settings.layouts:
        if not layouts.meant_as_file(name):
            try:
                layouts.load(name)
            except FormatError:
                raise
            except ImgcheckError as error:
                raise fault(str(error), settings, "layouts") from None


def names_mean_something(
    facts: Facts, inputs: Inputs, sources: Path | None, *, by_base: bool = False
) -> None:
    """Raises FormatError for a component's glob, or a feature, that the policy names and the build lacks.

    With `by_base` the policy is that of a base revision, and a change may take out what it names. The header
    is the change's own, so what is missing there says nothing of the policy.
    """
    _components_match(facts, by_base)
    if not by_base:
        _features_exist(facts, inputs, sources)


def _components_match(facts: Facts, by_base: bool) -> None:
    """Raises FormatError with the line of a component of the project's own that has a glob for nothing.

    A map tells what there is; without one, nobody knows. Of a policy for several builds one may lack what
    another has, and a change that takes a source out is judged by its base's policy, which still names it:
    there a component as a whole has to match.
    """
    if facts.image.detail != "map":
        return
    origins = facts.policy.origins
    places = ((one, origins.get(f"components.{one.name}")) for one in facts.policy.components)
    own = [one for one, place in places if place and not place.shipped]
    names = components.texts(facts.image.items) if own else {}
    for component in own:
        # A glob without a field stands for one on each of several: it is idle where none of them matches.
        busy = {one.glob for one in component.patterns if components.matches(one, names)}
        idle = [one for one in component.patterns if one.glob not in busy]
        if component.patterns and (
            not idle or ((by_base or facts.policy.builds) and idle != [*component.patterns])
        ):
            continue
        known = sorted({text[:100] for one in idle for text in names[one.field]})
        wanted = idle[0].glob if idle else component.name
        close = near(wanted[:80], known, 1, 0.5)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        all_of_it = f"component {component.name!r} matches nothing of this build ({wanted!r}){hint}"
        one_of_it = f"{wanted!r} of component {component.name!r} matches nothing of this build{hint}"
        message = one_of_it if len(idle) < len(component.patterns) else all_of_it
        raise fault(message, facts.policy, f"components.{component.name}")


def _features_exist(facts: Facts, inputs: Inputs, sources: Path | None) -> None:
    """Raises FormatError with the line of a feature that the policy names and the header does not.

    A feature may be off in this build, or defined elsewhere: where a header that is included is not beside
    this one nothing is certain, and nothing is said.
    """
    settings = facts.policy.features
    if settings is None or not settings.config:
        return
    own: dict[str, Sequence[str]] = {}
    for key, names in (("features.keep", settings.keep), ("features.weights", tuple(settings.weights))):
        place = facts.policy.origins.get(key)
        if place and not place.shipped and names:
            own[key] = names
    found = configheader.find(settings.config, facts.policy.root, sources, inputs.firmware) if own else None
    known = _words(found.header) if found else None
    if not known:
        return
    base = policy.shipped(targets.find(facts.image.soc.name).policy or policy.DEFAULT).features
    theirs = {*base.keep, *base.weights} if base else set()  # they come along, whatever this header has
    for key, named in own.items():
        for name in named:
            if name not in known and name not in theirs:
                close = near(name[:80], sorted(known), 1, 0.5)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                message = f"{key} names {name!r}, which {settings.config} does not{hint}"
                raise fault(message, facts.policy, key)


def _words(header: Path) -> set[str]:
    """Every name in the header and in those that it includes, empty when one of them is not beside it."""
    found: set[str] = set()
    waiting, seen = [header], {header}
    while waiting:
        try:
            text = files.read(waiting.pop(), _LARGEST_HEADER).decode("utf-8", "replace")
        except FormatError:
            return set()
        found.update(re.findall(r"[A-Za-z_]\w{0,99}", text))
        for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', text, re.MULTILINE):
            beside = header.parent / name
            if beside not in seen and len(seen) < _MOST_HEADERS:
                seen.add(beside)
                waiting.append(beside)
    return found


def something_ran(outcome: gate.Outcome, settings: Policy) -> None:
    """Raises UndecidedError when no rule looked at anything: nothing wrong was found by not looking."""
    if any(code != waiver_expired.CODE for code, _, _ in outcome.checks):
        return
    why = f": {outcome.skipped[0][1]}" if outcome.skipped else ""
    key = "rules.select" if settings.select else "rules.ignore"
    place = settings.origins.get(key)
    where = f"{place.path}: line {place.line}: " if place and place.line else ""
    raise UndecidedError(f"{where}no selected rule looked at anything of this build{why}", Need.ELF)


def fault(message: str, settings: Policy, key: str) -> FormatError:
    """The error at the line of a policy's key."""
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
            (region_over.CODE, (ELSEWHERE, HEAP_SHARED)),
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
