"""The whole vocabulary of imgcheck; every stage knows this package and no other stage.

Sizes and addresses are `int` bytes everywhere. All types are frozen: a stage makes new values, it
never changes those it was given. What there are thousands of, or nobody makes a changed copy of, is a
NamedTuple, which is defined and made several times faster; the others are dataclasses.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from imgcheck.errors import Need
from imgcheck.model.build import (
    FILL,
    HOLE,
    LINKER_SCRIPT,
    NOBODY,
    OURS,
    PACKAGING,
    UNATTRIBUTED,
    Artefact,
    Image,
    Item,
    Provenance,
    RegionUse,
)
from imgcheck.model.chip import Region, Soc
from imgcheck.model.devices import (
    BODY,
    SLOT_RESOURCES,
    SLOTS,
    SMALLEST_FLASH,
    UNPACKED,
    Fit,
    Layout,
    Partition,
    Slot,
    SlotName,
    flash_size,
)
from imgcheck.model.files import SILENT, Content, Identity, Verdict
from imgcheck.model.numbers import (
    ELSEWHERE,
    HEAP_SHARED,
    INCONSISTENT,
    OTHER_BIN,
    OTHER_IMAGE,
    REFUSED,
    RESOURCES,
    Diagnostic,
    Home,
    Key,
    Measure,
    Resource,
    Severity,
)
from imgcheck.model.places import File, Location, Origin, Packed, Read, Shipped, Written
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
    Variant,
    Waiver,
)
from imgcheck.model.shown import Cell, Column, Digest, Fold, Report, Summary, Table
from imgcheck.model.waste import Slip, Waste

if TYPE_CHECKING:
    from imgcheck.model.changes import Delta, Difference, Forecast, Snapshot, Status, Thing
    from imgcheck.model.chart import Chart, Mark
    from imgcheck.model.page import (
        KINDS,
        Atlas,
        Changed,
        Compared,
        Define,
        Flash,
        Groups,
        Held,
        InputFile,
        Known,
        Leaves,
        Page,
        Part,
        Strip,
        Tile,
        Why,
    )
    from imgcheck.model.savings import Calibration, Feature, Free, Piece, Plan, SavedSet, Savings

# What only predictions, comparisons and pages speak of: a gate that passes is spared defining it.
_LATER = ("changes", "savings", "chart", "page")

__all__ = [
    "BODY",
    "ELSEWHERE",
    "FILL",
    "HEAP_SHARED",
    "HOLE",
    "INCONSISTENT",
    "KINDS",
    "LINKER_SCRIPT",
    "NOBODY",
    "OTHER_BIN",
    "OTHER_IMAGE",
    "OURS",
    "PACKAGING",
    "REFUSED",
    "RESOURCES",
    "SILENT",
    "SLOTS",
    "SLOT_RESOURCES",
    "SMALLEST_FLASH",
    "UNATTRIBUTED",
    "UNPACKED",
    "Artefact",
    "Atlas",
    "Base",
    "Budget",
    "Calibration",
    "Cell",
    "Changed",
    "Chart",
    "Column",
    "Compared",
    "Component",
    "Content",
    "Define",
    "Delta",
    "Diagnostic",
    "Difference",
    "Digest",
    "Facts",
    "Feature",
    "FeatureSettings",
    "File",
    "Fit",
    "Flash",
    "Fold",
    "Forecast",
    "Free",
    "Groups",
    "Growth",
    "Held",
    "Home",
    "Identity",
    "Image",
    "InputFile",
    "Item",
    "Key",
    "Known",
    "Layout",
    "Leaves",
    "Location",
    "Loosening",
    "Mark",
    "Measure",
    "Need",
    "Origin",
    "Packed",
    "Page",
    "Part",
    "Partition",
    "Pattern",
    "Piece",
    "Plan",
    "Policy",
    "Provenance",
    "Read",
    "Region",
    "RegionUse",
    "Relief",
    "Report",
    "Resource",
    "SavedSet",
    "Savings",
    "Severity",
    "Shipped",
    "Slip",
    "Slot",
    "SlotName",
    "Snapshot",
    "Soc",
    "Status",
    "Strip",
    "Summary",
    "Table",
    "Thing",
    "Tile",
    "Variant",
    "Verdict",
    "Waiver",
    "Waste",
    "Why",
    "Written",
    "flash_size",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """A name of those above whose module is read when somebody asks for it."""
        for home in _LATER if name in __all__ else ():
            module = import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                found = globals()[name] = getattr(module, name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
