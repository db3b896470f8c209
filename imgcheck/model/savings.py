"""What switching features off saves, and what to strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from imgcheck.model.numbers import Diagnostic


class Piece(NamedTuple):
    """A part of what a feature takes: a section, string, function or array.

    `effect`: "gone" wholly, "shrinks" by its sizes, or "stays" (then `why` names who still refers to it).
    """

    name: str
    object: str
    flash: int
    ram: int
    ota: float
    effect: Literal["gone", "shrinks", "stays"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """What switching one feature off saves, in bytes, and how far to trust it (plus or minus)."""

    name: str
    path: str  # of the header with the active #define, repo-relative where that is known
    line: int
    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int
    shared_with: tuple[str, ...] = ()
    estimate: bool = False  # from the map alone: objects were missing
    pieces: tuple[Piece, ...] = ()
    off: str = ""  # the line of the #define as it reads when the feature is off; "" unknown


class Plan(NamedTuple):
    """A set of features to strip together; savings are those of the set as a whole."""

    features: tuple[str, ...]
    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int
    fits: bool
    weight: float
    unpacked_after: int
    body_after: int
    heap_after: int | None
    margin: int  # least headroom over all layouts and slots after it, error bars taken off
    tuned: int = 0  # bytes of the OTA body that it counts on from `imgcheck pack --tune`; 0: not packed so
    proven: bool = False  # that no set of less weight does it with this packing


class SavedSet(NamedTuple):
    """What a set of features saves as a whole, in bytes, beside the sum of what each saves alone."""

    features: tuple[str, ...]
    flash: int
    ram: int
    ota: int
    flash_error: int
    ota_error: int
    sum_flash: int
    sum_ota: int
    estimate: bool = False
    pieces: tuple[Piece, ...] = ()


class Free(NamedTuple):
    """Bytes that cost no feature."""

    what: str
    ota: int


class Calibration(NamedTuple):
    """How well the reference graph reproduces the linker's own choice, in bytes."""

    placed_bytes: int
    missing_bytes: int
    extra_bytes: int
    sites: int = 0  # relocations in code that were looked at in the image
    odd_sites: int = 0  # of those, ones without an instruction that theirs can sit on
    copied_bytes: int = 0  # between them
    differing_bytes: int = 0  # of those, ones that are not the object's


@dataclass(frozen=True, slots=True)
class Savings:
    """Everything that `features` and `plan` found out."""

    features: tuple[Feature, ...]
    calibration: Calibration | None
    plans: tuple[Plan, ...] = ()
    free: tuple[Free, ...] = ()
    need: str = ""  # what the plan was asked for, in words
    diagnostics: tuple[Diagnostic, ...] = ()
    sets: tuple[SavedSet, ...] = ()
