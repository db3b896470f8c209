"""What a project asks of its builds, and all that rules read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from imgcheck.errors import Need
from imgcheck.model.build import Artefact, Image
from imgcheck.model.devices import Fit, Layout
from imgcheck.model.numbers import Measure, Resource
from imgcheck.model.places import Location
from imgcheck.model.waste import Slip, Waste

if TYPE_CHECKING:
    from imgcheck.model.changes import Forecast
    from imgcheck.model.savings import Savings


class Pattern(NamedTuple):
    """One glob of a component: what of an item it is matched against, and the glob."""

    field: Literal["archive", "object", "source", "section", "symbol"]
    glob: str


class Component(NamedTuple):
    """A part of the firmware that people speak of, and what belongs to it."""

    name: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Where features are configured, and what the project says of them ([features] of the policy)."""

    config: str = ""  # the configuration header, relative to the policy or a source root
    source_roots: tuple[str, ...] = ()
    include_dirs: tuple[str, ...] = ()
    defines: Mapping[str, str] = field(default_factory=dict)
    pattern: str = "ENABLE_*"
    keep: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit that the project sets; `limit` in bytes, `warn_at` as a share of it."""

    kind: str
    name: str
    resource: Resource
    limit: int
    warn_at: float | None = None
    location: Location | None = None
    share: float | None = None  # of the smallest slot limit of the layouts; then `limit` is 0


class Growth(NamedTuple):
    """How much a build may grow over its baseline: the whole (component ""), or a component."""

    component: str
    resource: Resource
    limit: int  # bytes
    share: float | None = None  # of what the baseline has; then `limit` is 0
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that the project lives with until a day."""

    rule: str
    subject: str
    reason: str
    expires: str  # ISO date
    location: Location | None = None
    build: str = ""  # name of the only build that it is for; "" all


@dataclass(frozen=True, slots=True)
class Variant:
    """One build that a policy names ([build.NAME], or the whole policy's: name ""), and what is its own.

    Files may be globs, and start from where the policy lies; "" where the policy says nothing.
    """

    name: str
    elf: str = ""
    map: str = ""
    ota: str = ""
    title: str = ""
    target: str = ""
    layouts: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()
    defines: Mapping[str, str] = field(default_factory=dict)


class Loosening(NamedTuple):
    """One thing that a proposed policy allows and the one in force does not."""

    kind: Literal["limit", "waiver", "rule"]
    subject: str
    message: str
    location: Location | None
    counts: bool = False  # already: a waiver that a project's first policy begins with


@dataclass(frozen=True, slots=True)
class Policy:
    """A budget file, everything it extends included."""

    name: str
    path: str  # its file, or how an error calls a shipped one
    root: str  # folder that its relative paths start from
    target: str = ""  # name of the target; "" the firmware's own
    layouts: tuple[str, ...] = ()  # names of shipped layouts, or files
    components: tuple[Component, ...] = ()
    features: FeatureSettings | None = None
    # Plain values are called as their keys, dots as underscores: policies/keys.PLAIN reads, merges, lists
    # and compares them.
    reserve: int = 0
    heap_floor: int | None = None
    growth_stale: int = 100  # commits of the base branch after which a baseline is too old
    growth_strict: bool = False  # whether what the baseline has as well fails too
    variants: Mapping[str, str] = field(
        default_factory=dict
    )  # name -> "MACRO=VALUE" that tells it from others
    budgets: tuple[Budget, ...] = ()
    growth: tuple[Growth, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)  # of rules, by dotted key, as written
    history: Mapping[str, str] = field(default_factory=dict)  # "db", "branch", "variant"
    builds: tuple[Variant, ...] = ()
    variant: Variant | None = None  # the build that this is the policy of
    origins: Mapping[str, Location] = field(default_factory=dict)  # dotted key -> where its value came from
    shipped: str = ""  # its name if it ships with imgcheck


class Relief(NamedTuple):
    """What would bring one budget down: features, cheapest first, with the bytes that each takes off it."""

    budget: Budget
    over: int  # 0: it is only near its limit
    features: tuple[tuple[str, int], ...]


class Base(NamedTuple):
    """An earlier build's sizes by kind ("total", "component"), name and resource, and where they are from."""

    source: str
    sizes: Mapping[tuple[str, str, Resource], int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules read: everything known of one build against one policy."""

    image: Image
    artefact: Artefact
    layouts: tuple[Layout, ...]
    fits: tuple[Fit, ...]
    measures: tuple[Measure, ...]
    policy: Policy
    savings: Savings | None = None
    known: tuple[Layout, ...] = ()  # the layouts that some device in the field is known to carry
    wastes: tuple[Waste, ...] | None = None  # None: nobody looked
    slips: tuple[Slip, ...] | None = None  # of the configuration header; None: nobody looked
    loosenings: tuple[
        Loosening, ...
    ] = ()  # of the working tree's policy, where `policy` is another revision's
    expired: tuple[Waiver, ...] = ()  # waivers that would have applied until some day before today
    second: tuple[str, ...] = ()  # how other readers of the ELF differ from ours, a line each
    missing: Mapping[Need, str] = field(default_factory=dict)  # what could not be looked at -> why
    reliefs: tuple[Relief, ...] = ()  # of budgets that are over
    base: Base | None = None
    forecasts: tuple[Forecast, ...] | None = None  # of the slots of `layouts`; None: nobody looked
    revision: str = ""  # the commit that the build's checkout is at
