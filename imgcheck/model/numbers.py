"""Measures, boxes of the treemap, findings, and the places that they point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from imgcheck.model.places import Location

Severity: TypeAlias = Literal["error", "warning", "note"]
Resource: TypeAlias = Literal["flash", "ram", "ota"]


class Measure(NamedTuple):
    """The hinge number: "component lwip flash 41,232"."""

    kind: str  # section, archive, object, component, symbol, region
    name: str
    resource: Resource
    size: int
    capacity: int | None = None


class Node(NamedTuple):
    """A box of the treemap; a leaf has no children, a parent's sizes are the sums of its children's."""

    name: str
    flash: int
    ram: int
    ota: float | None = None
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of one rule, or of a stage that met something worth saying."""

    code: str
    severity: Severity
    message: str
    location: Location | None = None
    measure: Measure | None = None
    help: str = ""
    subject: str = (
        ""  # what it is about, stable from build to build (never a size): waivers and fingerprints use it
    )
    replacement: str | None = None  # the text that the located line should become
    waived: str = ""  # why it does not count, "" when it does
