"""The whole vocabulary of imgcheck; every stage knows this package and no other stage.

Sizes and addresses are `int` bytes everywhere. All types are frozen: a stage makes new values, it
never changes those it was given. What there are thousands of, or nobody makes a changed copy of, is a
NamedTuple, which is defined and made several times faster; the others are dataclasses.
"""

from imgcheck.errors import Need
from imgcheck.model.build import FILL, HOLE, UNATTRIBUTED, Artefact, Image, Item, Provenance, RegionUse
from imgcheck.model.changes import RESOURCES, Delta, Difference, Snapshot, Status, Thing
from imgcheck.model.chip import Region, Soc
from imgcheck.model.devices import SMALLEST_FLASH, Fit, Layout, Partition, Slot, flash_size
from imgcheck.model.files import SILENT, Content, Identity, Verdict
from imgcheck.model.numbers import (
    INCONSISTENT,
    OTHER_BIN,
    OTHER_IMAGE,
    REFUSED,
    Diagnostic,
    Home,
    Key,
    Measure,
    Resource,
    Severity,
)
from imgcheck.model.page import (
    KINDS,
    Atlas,
    Define,
    Flash,
    Groups,
    Held,
    Known,
    Leaves,
    Page,
    Part,
    Strip,
    Why,
)
from imgcheck.model.places import Location
from imgcheck.model.policy import (
    Base,
    Budget,
    Component,
    Facts,
    FeatureSettings,
    Growth,
    Loosening,
    Pattern,
    Policy,
    Relief,
    Waiver,
)
from imgcheck.model.savings import Calibration, Feature, Free, Piece, Plan, Savings
from imgcheck.model.shown import Cell, Column, Report, Summary, Table
from imgcheck.model.waste import Slip, Waste

__all__ = [
    "FILL",
    "HOLE",
    "INCONSISTENT",
    "KINDS",
    "OTHER_BIN",
    "OTHER_IMAGE",
    "REFUSED",
    "RESOURCES",
    "SILENT",
    "SMALLEST_FLASH",
    "UNATTRIBUTED",
    "Artefact",
    "Atlas",
    "Base",
    "Budget",
    "Calibration",
    "Cell",
    "Column",
    "Component",
    "Content",
    "Define",
    "Delta",
    "Diagnostic",
    "Difference",
    "Facts",
    "Feature",
    "FeatureSettings",
    "Fit",
    "Flash",
    "Free",
    "Groups",
    "Growth",
    "Held",
    "Home",
    "Identity",
    "Image",
    "Item",
    "Key",
    "Known",
    "Layout",
    "Leaves",
    "Location",
    "Loosening",
    "Measure",
    "Need",
    "Page",
    "Part",
    "Partition",
    "Pattern",
    "Piece",
    "Plan",
    "Policy",
    "Provenance",
    "Region",
    "RegionUse",
    "Relief",
    "Report",
    "Resource",
    "Savings",
    "Severity",
    "Slip",
    "Slot",
    "Snapshot",
    "Soc",
    "Status",
    "Strip",
    "Summary",
    "Table",
    "Thing",
    "Verdict",
    "Waiver",
    "Waste",
    "Why",
    "flash_size",
]
