"""What rebuilds of this project showed about its predictions, and what that says of the next ones.

A project's own residuals are kept as lines of JSON beside its policy. From nine of them on they set the
error bars: each bar is multiplied by the factor that nine of ten proofs would have needed (their quantile, by
the rule of conformal prediction: the (n + 1)-th part is kept for what was not seen yet).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from statistics import median

from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Feature, SavedSet

NAME = "imgcheck.proofs.jsonl"
ENOUGH = 9  # proofs from which nine of ten can be said
_SHARE = 0.9
_NARROWEST, _WIDEST = 0.5, 8.0  # factors; fewer bytes than the least bar mean nothing
_LEAST_FLASH, _LEAST_OTA = 16, 60  # bytes
_LARGEST = 1 << 40
MOST = 10_000
LARGEST = 8 << 20  # bytes of them; each has some 400


@dataclass(frozen=True, slots=True)
class Proof:
    """One set of features that was predicted, and really rebuilt: bytes saved, and the predicted bars.

    `build` tells which build it was of; `real` sizes are None when it did not build.
    """

    features: tuple[str, ...]
    build: str
    flash_predicted: int
    flash_real: int | None
    flash_error: int
    ota_predicted: int
    ota_real: int | None
    ota_error: int
    ram_predicted: int
    ram_real: int | None

    @property
    def builds(self) -> bool:
        """Whether the build succeeded without these features."""
        return self.flash_real is not None

    @property
    def holds(self) -> bool:
        """Whether flash and OTA lie inside their bars; False when it did not build."""
        return (
            self.flash_real is not None
            and self.ota_real is not None
            and abs(self.flash_predicted - self.flash_real) <= self.flash_error
            and abs(self.ota_predicted - self.ota_real) <= self.ota_error
        )


def parse(data: bytes, file: str) -> tuple[Proof, ...]:
    """The proofs of a file; raises FormatError naming the line."""
    found: dict[tuple[str, tuple[str, ...]], Proof] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            proof = _proof(json.loads(line))
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            raise FormatError(f"no proof: {str(error)[:120]}", file, f"line {number}") from None
        found[proof.build, proof.features] = proof
        if len(found) > MOST:
            raise FormatError(f"more than {MOST} proofs", file)
    return tuple(found.values())


def _proof(record: object) -> Proof:
    if not isinstance(record, dict):
        raise ValueError("a proof is a JSON object")
    names, build = record["features"], record["build"]
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise ValueError("features is no list of names")
    if not isinstance(build, str):
        raise ValueError("build is no text")
    sizes: dict[str, int | None] = {}
    for key in Proof.__dataclass_fields__:
        if key in ("features", "build"):
            continue
        size = record[key]
        if not ((type(size) is int and abs(size) < _LARGEST) or (size is None and key.endswith("_real"))):
            raise ValueError(f"{key} is no number of bytes")
        sizes[key] = size
    return Proof(tuple(names), build, **sizes)  # type: ignore[arg-type]  # checked above


def text(proofs: Iterable[Proof]) -> str:
    """The proofs as lines, sorted, so that the file's diffs are those of its proofs."""
    lines = sorted(json.dumps(asdict(one)) for one in proofs)
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the proofs say: how many there are, median errors as shares, and factors for the bars."""

    count: int
    flash: float
    ota: float
    flash_factor: float
    ota_factor: float


def learn(proofs: Sequence[Proof]) -> Learnt | None:
    """None without a proof that built; factors are 1 below ENOUGH of them."""
    built = [one for one in proofs if one.flash_real is not None and one.ota_real is not None]
    if not built:
        return None
    flash = [(one.flash_predicted, one.flash_real or 0, one.flash_error) for one in built]
    ota = [(one.ota_predicted, one.ota_real or 0, one.ota_error) for one in built]
    return Learnt(len(built), _off(flash), _off(ota), _factor(flash), _factor(ota))


def _off(rows: Sequence[tuple[int, int, int]]) -> float:
    return median(abs(predicted - real) / max(abs(real), 1) for predicted, real, _ in rows)


def _factor(rows: Sequence[tuple[int, int, int]]) -> float:
    needed = sorted(abs(predicted - real) / max(error, 1) for predicted, real, error in rows)
    place = ceil((len(needed) + 1) * _SHARE)
    if len(needed) < ENOUGH or place > len(needed):
        return 1.0
    return min(max(needed[place - 1], _NARROWEST), _WIDEST)


def applied(features: Iterable[Feature], learnt: Learnt) -> tuple[Feature, ...]:
    """The features with the bars that the proofs give them."""
    found = []
    for one in features:
        flash, ota = bars(one.flash_error, one.ota_error, learnt)
        found.append(replace(one, flash_error=flash, ota_error=ota))
    return tuple(found)


def bars(flash_error: int, ota_error: int, learnt: Learnt) -> tuple[int, int]:
    """The bars of one prediction, as the proofs give them."""
    return (
        _bar(flash_error, learnt.flash_factor, _LEAST_FLASH),
        _bar(ota_error, learnt.ota_factor, _LEAST_OTA),
    )


def applied_sets(sets: Iterable[SavedSet], learnt: Learnt) -> tuple[SavedSet, ...]:
    """The same for sets."""
    found = []
    for one in sets:
        flash, ota = bars(one.flash_error, one.ota_error, learnt)
        found.append(one._replace(flash_error=flash, ota_error=ota))
    return tuple(found)


def _bar(error: int, factor: float, least: int) -> int:
    return error if factor == 1.0 else max(ceil(error * factor), min(error, least))


def said(learnt: Learnt) -> Diagnostic:
    """What the predictions of this project are worth, in a sentence."""
    plural = "s" if learnt.count != 1 else ""
    taken = "; their bars are taken from it" if learnt.count >= ENOUGH else ""
    return Diagnostic(
        "proved",
        "note",
        f"Proved on {learnt.count} feature{plural} of this project: flash {learnt.flash:.1%}, "
        f"OTA {learnt.ota:.1%} off{taken}.".replace("%", " %"),
        subject="proofs",
    )
