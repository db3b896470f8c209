"""Which builds were asked for: the file that was given, or those that the policy names?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os.path import realpath, sep
from pathlib import Path
from typing import TYPE_CHECKING

from imgcheck import targets
from imgcheck.errors import ImgcheckError
from imgcheck.model import Policy, Variant
from imgcheck.policies import policy, variants
from imgcheck.rules import OPTIONS
from imgcheck.targets.target import Target

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.policies.baseline import InForce


def starts(inputs: Inputs) -> tuple[Path, ...]:
    """Where the policy is looked for: where it named the build, else from the file, then from here."""
    above = Path(inputs.start) if inputs.start else inputs.firmware.absolute().parent
    return (above, Path.cwd())


def chosen(inputs: Inputs, rules: Policy | None = None) -> tuple[Policy, Target]:
    """The policy that judges a build, and its target: what was asked for, else the policy's, else its own."""
    settings = rules or narrowed(policy.choose(inputs.policy, starts(inputs)), inputs)
    return settings, targets.choose(inputs.target or settings.target, inputs.firmware)


def narrowed(settings: Policy, inputs: Inputs) -> Policy:
    """The policy as it is for the build that is asked for; one that it does not know has what all have."""
    if not inputs.build:
        return variants.narrowed(settings, variants.of_file(settings, inputs.firmware))
    known = any(one.name == inputs.build for one in settings.builds)
    if not known and not inputs.start:
        variants.named(settings, inputs.build)
    return variants.narrowed(settings, variants.named(settings, inputs.build) if known else None)


@contextmanager
def in_force(inputs: Inputs, revision: str) -> Iterator[InForce]:
    """The policy of a git revision as it is for the build that is asked for."""
    from imgcheck.policies.baseline import at_revision

    with at_revision(
        revision, inputs.policy, starts(inputs), inputs.layouts, OPTIONS, lambda one: narrowed(one, inputs)
    ) as force:
        yield accepting(force)


def accepting(force: InForce) -> InForce:
    """What counts on the change that adds a project's first policy: the layouts that it waives are waived.

    All else is judged by the shipped policy until the first one is merged.
    """
    from imgcheck.rules.starter import ACCEPTED

    accepted = tuple(one for one in force.proposed.waivers if one.rule in ACCEPTED) if force.first else ()
    if not accepted:
        return force
    subjects = {f"{one.rule} {one.subject}" for one in accepted}
    found = tuple(
        one._replace(counts=True) if one.kind == "waiver" and one.subject in subjects else one
        for one in force.loosenings
    )
    waivers = (*force.policy.waivers, *accepted)
    how = f"{force.how}, and the layouts waived by the policy that is added"
    return force._replace(policy=replace(force.policy, waivers=waivers), loosenings=found, how=how)


def asked(inputs: Inputs, policy_from: str | None = None) -> tuple[Inputs, ...]:
    """The builds that the policy names, or the one of `inputs.build`; none where it names none.

    With `policy_from` those of that revision count, and what they name has to lie in its checkout; a build
    that only the working tree's policy names is judged by what the revision asks of every build.
    """
    here = (Path.cwd(),)
    if policy_from is None:
        settings = policy.choose(inputs.policy, here)
        return tuple(
            _inputs(inputs, settings, one, None) for one in _wanted(settings, settings, inputs.build)
        )
    from imgcheck.policies.baseline import at_revision

    with at_revision(policy_from, inputs.policy, here) as force:
        mine = {one.name for one in force.policy.builds}
        return tuple(
            _inputs(inputs, force.policy if one.name in mine else force.proposed, one, force.root)
            for one in _wanted(force.policy, force.proposed, inputs.build)
        )


def _wanted(settings: Policy, proposed: Policy, name: str) -> tuple[Variant, ...]:
    known = {one.name for one in settings.builds}
    every = (*settings.builds, *(one for one in proposed.builds if one.name not in known))
    if name:
        return (variants.named(replace(settings, builds=every), name),)
    return tuple(one for one in every if one.elf)


def _inputs(inputs: Inputs, settings: Policy, one: Variant, inside: Path | None) -> Inputs:
    found = inputs
    if inputs.firmware == Path():
        elf = variants.file(settings, one, "elf")
        assert elf is not None  # only builds with one are wanted
        found = replace(inputs, firmware=_within(elf, inside, one))
    start = settings.root or str(Path.cwd())
    return filled(replace(found, build=one.name, start=start), variants.narrowed(settings, one), inside)


def filled(inputs: Inputs, settings: Policy, inside: Path | None = None) -> Inputs:
    """What was not given as the policy names it; `inside` is the checkout that its files have to lie in."""
    one = settings.variant
    if one is None:
        return inputs
    mine = not one.elf or variants.is_of(one, inputs.firmware)  # of another file they are beside that
    title = inputs.title or one.title or (f"{inputs.firmware.stem} {one.name}" if one.name else "")
    named = {key: variants.file(settings, one, key) if mine else None for key in ("map", "ota")}
    found = {key: getattr(inputs, key) or path for key, path in named.items()}
    for key, path in found.items():
        if path and path != getattr(inputs, key):
            _within(path, inside, one)
    return replace(inputs, title=title, map=found["map"], ota=found["ota"])


def _within(path: Path, inside: Path | None, one: Variant) -> Path:
    if inside and not realpath(path).startswith(realpath(inside).rstrip(sep) + sep):
        called = f"build {one.name}" if one.name else "the build"
        raise ImgcheckError(f"{path}: of {called}, and leads out of the checkout that --policy-from trusts")
    return path


def apart(every: tuple[Inputs, ...]) -> tuple[Inputs, ...]:
    """The builds, each with a file and a title of its own; ImgcheckError where two have the same one."""
    seen: dict[str, str] = {}
    titles: dict[str, str] = {}
    for one in every:
        named = titles.setdefault(one.title, one.build)
        if named != one.build:
            raise ImgcheckError(f"builds {named} and {one.build} are both called {one.title!r}")
        first = seen.setdefault(realpath(one.firmware), one.build)
        if first != one.build:
            raise ImgcheckError(
                f"{one.firmware}: the file of builds {first} and {one.build}; --build NAME says which it is"
            )
    return every
