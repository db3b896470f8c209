"""What a policy's limits are in bytes for this build, what they are about, and where each was written."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from posixpath import basename
from types import MappingProxyType

from imgcheck.builds import lto
from imgcheck.devices import capacity
from imgcheck.errors import UndecidedError
from imgcheck.model import BODY, UNATTRIBUTED, UNPACKED, Budget, Facts, Layout, Location, Measure, Policy
from imgcheck.wording import commas

_FEW = 0.005  # of an image: what a map leaves without an owner
NEAR = 0.95  # a budget without warn_at is near its limit from here
# What a build must have been read from before a measure of this kind means anything.
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "component": ("map", "symbols"),
        "archive": ("map",),
        "object": ("map", "symbols"),
        "section": ("map", "symbols", "sections"),
        "symbol": ("map", "symbols"),
    }
)

OWNED = frozenset(("component", "object"))  # kinds that a name of the ELF alone does not settle


def where(policy: Policy, key: str) -> Location | None:
    """The line of a dotted key in the project's own files; None for what ships with imgcheck."""
    place = policy.origins.get(key)
    return None if place is None or place.shipped else place


def layout_place(facts: Facts, name: str) -> Location | None:
    """Where an OTA finding lands: the policy's list of layouts, else the layout's own file."""
    listed = where(facts.policy, "layouts")
    if listed and name in {basename(entry).removesuffix(".toml") for entry in facts.policy.layouts}:
        return listed
    layout = next((layout for layout in facts.layouts if layout.name == name), None)
    own = layout and layout.name not in {known.name for known in facts.known}
    return layout.location if layout and own and layout.location and not layout.location.shipped else None


def limit(budget: Budget, facts: Facts) -> int:
    """The budget in bytes; a share is one of the smallest slot: unpacked for flash, body for OTA.

    Raises UndecidedError when no layout has that slot.
    """
    if budget.share is None:
        return budget.limit
    name = UNPACKED if budget.resource == "flash" else BODY
    slots = [slot.limit for fit in facts.fits for slot in fit.slots if slot.name == name]
    if not slots:
        raise UndecidedError(f"the budget of {subject(budget)} is a share of a slot, and no layout has one")
    return math.floor(budget.share * min(slots))


def subject(budget: Budget) -> str:
    """What a budget is about, in words that stay from build to build."""
    return f"{budget.kind} {budget.name} {budget.resource}"


class Measured:
    """What budgets limit, found by name: a policy may have thousands of budgets, a build more measures."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.packed = any(one.resource == "ota" for one in facts.measures)
        self.components = frozenset(one.name for one in facts.policy.components)

    @cached_property
    def by_name(self) -> Mapping[tuple[str, str], Sequence[Measure]]:
        """The measures of kinds that some budget limits, by each name that one may call them by."""
        kinds = {one.kind for one in self.facts.policy.budgets}
        found: dict[tuple[str, str], list[Measure]] = {}
        for one in self.facts.measures:
            for name in _names(one) if one.kind in kinds else ():
                found.setdefault((one.kind, name), []).append(one)
        return found

    def of(self, budget: Budget) -> Measure | None:
        """The measure that a budget limits: 0 bytes for what is known and takes none, None for the unknown.

        Raises UndecidedError when the build was read too coarsely to tell.
        """
        image = self.facts.image
        if image.detail not in NEEDED[budget.kind]:
            raise UndecidedError(
                f"the budget of {subject(budget)} cannot be checked: {image.path} was read by "
                f"{image.detail} only; give the ELF and its map"
            )
        named = self.by_name.get((budget.kind, budget.name), [])
        sizes = [one.size for one in named if one.resource == budget.resource]
        if sizes:
            return Measure(budget.kind, budget.name, budget.resource, sum(sizes))
        if budget.resource == "ota" and not self.packed:
            raise UndecidedError(
                f"the budget of {subject(budget)} needs the packed sizes, which are not known"
            )
        component = budget.kind == "component" and budget.name in self.components
        return Measure(budget.kind, budget.name, budget.resource, 0) if named or component else None


def check_owned(facts: Facts, what: str, resource: str, size: int, limit: int) -> None:
    """Raises UndecidedError for what is within its limit only if bytes without a known owner are not its own.

    A map leaves next to none, which count for nothing; without one half of an image may belong to nobody.
    What link-time optimisation made has lost its owners too.
    """
    lost = sum(
        one.size
        for one in facts.measures
        if (one.kind, one.resource) == ("component", resource)
        and (one.name == UNATTRIBUTED or lto.hides(one.name))
    )
    many = facts.image.detail != "map" or lost > _FEW * len(facts.image.binary)
    if many and size <= limit < size + lost:
        raise UndecidedError(
            f"{what} cannot be checked: {commas(size)} bytes are known to be its own, and {commas(lost)} "
            "bytes have no known owner; give the ELF and its map, of a link without -flto"
        )


def over(facts: Facts) -> tuple[tuple[Budget, int], ...]:
    """The budgets that the build exceeds, each with the bytes that it is over."""
    found, known = [], Measured(facts)
    for budget in facts.policy.budgets:
        measure = known.of(budget)
        excess = measure.size - limit(budget, facts) if measure else 0
        if excess > 0:
            found.append((budget, excess))
    return tuple(found)


def _names(one: Measure) -> frozenset[str]:
    """The names that a budget may call a measure by: alone, or with its object and archive."""
    key = one.key
    if key.kind == "object":
        return frozenset((one.name, key.name))
    whose = f"{key.archive}({key.object})" if key.archive else key.object
    return frozenset((one.name, f"{key.name} ({whose})")) if whose else frozenset((one.name,))


def with_capacities(facts: Facts) -> tuple[Measure, ...]:
    """The measures, those that a budget limits with the budget as their capacity."""
    budgets = {(one.kind, one.name, one.resource): one for one in facts.policy.budgets}
    return tuple(
        one._replace(capacity=limit(budgets[key], facts))
        if (key := (one.kind, one.name, one.resource)) in budgets
        else one
        for one in facts.measures
    )


def same_slots(one: Layout, other: Layout) -> bool:
    """Whether two layouts have the application in the same two slots."""
    both = (capacity.application(layout) for layout in (one, other))
    slots = [(p.address0, p.size0, p.address1, p.size1) if p else None for p in both]
    return slots[0] == slots[1]
