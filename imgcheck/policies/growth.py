"""How much may a build grow over its baseline? The policy's [growth], read and held against one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from imgcheck.errors import Need, UndecidedError
from imgcheck.model import RESOURCES, Base, Facts, Growth, Loosening, Measure, Policy, Resource
from imgcheck.policies import keys, sizes
from imgcheck.policies.limits import NEEDED
from imgcheck.policies.reading import Reader
from imgcheck.readers.tomlplaces import Path
from imgcheck.wording import commas

KEYS = keys.names("growth")


def read(reader: Reader, table: Mapping[str, object]) -> dict[tuple[str, Resource], Growth]:
    """The limits, by component and resource."""
    return {(one.component, one.resource): one for one in limits(reader, table)}


def limits(reader: Reader, table: Mapping[str, object]) -> Iterator[Growth]:
    """The limits of [growth] and [growth.components], checked."""
    reader.known(table, KEYS, ("growth",))
    for resource in RESOURCES:
        if resource in table:
            yield _limit(reader, "", resource, table[resource], ("growth", resource))
    components = reader.mapping(table.get("components", {}), ("growth", "components"))
    for name, value in components.items():
        path = ("growth", "components", name)
        if not isinstance(value, dict):
            yield _limit(reader, name, "flash", value, path)
            continue
        reader.known(value, RESOURCES, path)
        for resource in RESOURCES:
            if resource in value:
                yield _limit(reader, name, resource, value[resource], (*path, resource))


def _limit(reader: Reader, component: str, resource: Resource, value: object, path: Path) -> Growth:
    share = sizes.parse_share(value) if isinstance(value, str) else None
    limit = 0 if share is not None else reader.size(value, path)
    reader.origin(path)
    return Growth(component, resource, limit, share, reader.where(path))


def subject(growth: Growth) -> str:
    """What a limit is about, in words that stay from build to build."""
    return f"growth {growth.component or 'total'} {growth.resource}"


def key(growth: Growth) -> str:
    """Its key in the policy file."""
    return (
        f"growth.components.{growth.component}.{growth.resource}"
        if growth.component
        else f"growth.{growth.resource}"
    )


def check_known(growth: Growth, facts: Facts, base: Base) -> None:
    """Raises UndecidedError when build or base were not read finely enough, or have no such component."""
    name = growth.component
    coarse = facts.image.detail not in NEEDED["component"] if name else facts.image.detail == "binary"
    if coarse and (name or growth.resource == "ram"):
        raise UndecidedError(
            f"{subject(growth)}: {facts.image.path} was read as {facts.image.detail} only", Need.ELF
        )
    kind = "component" if name else "total"
    if not any((of, resource) == (kind, growth.resource) for of, _, resource in base.sizes):
        raise UndecidedError(
            f"{subject(growth)}: {base.source} does not say {growth.resource} sizes; "
            "a report has those of the OTA file with --packed",
            Need.BASELINE,
        )
    known = {one.name for one in facts.measures if one.kind == "component"}
    known |= {one.name for one in facts.policy.components} | {of for _, of, _ in base.sizes}
    if name and name not in known:
        raise UndecidedError(
            f"{subject(growth)}: no component of this build or of the policy has that name", Need.ELF
        )


def allowed(growth: Growth, base: Base) -> int:
    """Bytes that it may grow."""
    if growth.share is None:
        return growth.limit
    return math.floor(growth.share * before(growth, base))


def before(growth: Growth, base: Base) -> int:
    """Bytes that the baseline has."""
    kind = "component" if growth.component else "total"
    return base.sizes.get((kind, growth.component, growth.resource), 0)


def now(growth: Growth, facts: Facts) -> int:
    """Bytes that the build has."""
    if growth.component:
        return _sum(facts.measures, "component", growth.resource, growth.component)
    if growth.resource == "ota":
        return facts.artefact.file
    return len(facts.image.binary) if growth.resource == "flash" else _sum(facts.measures, "region", "ram")


def _sum(measures: Iterable[Measure], kind: str, resource: Resource, name: str = "") -> int:
    return sum(
        one.size
        for one in measures
        if one.kind == kind and one.resource == resource and name in ("", one.name)
    )


def loosened(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    """What the proposed policy allows to grow more than the one in force does."""
    after = {(one.component, one.resource): one for one in proposed.growth}
    for old in base.growth:
        new = after.get((old.component, old.resource))
        name = subject(old)
        if new is None:
            yield Loosening("limit", name, f"the limit of {name} is gone", None)
        elif (old.share is None) != (new.share is None) or (new.share or 0, new.limit) > (
            old.share or 0,
            old.limit,
        ):
            yield Loosening(
                "limit", name, f"the limit of {name} goes from {text(old)} to {text(new)}", new.location
            )


def text(growth: Growth) -> str:
    """A limit as the policy has it."""
    return f"{commas(growth.limit)} bytes" if growth.share is None else f"{growth.share * 100:g} %"
