"""What does each feature of a build save alone?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import NamedTuple

from imgcheck.devices import capacity
from imgcheck.model import BODY, UNPACKED, Facts, Feature
from imgcheck.prediction import concerns, oversized, pieces, sharing
from imgcheck.prediction import effects as savings
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.outlook import expected
from imgcheck.prediction.packer import Packed, Packer
from imgcheck.prediction.sources import patches
from imgcheck.prediction.study import Progress, Study

_NOT_PACKED = Packed(0, False)


class Begun(NamedTuple):
    """Each feature alone: what goes with it, and its image, which is packed beside whoever goes on."""

    effects: Mapping[str, savings.Effect]
    jobs: Mapping[str, Future[int] | None]
    shared: Mapping[str, tuple[str, ...]]


def features(
    known: Study, facts: Facts, packer: Packer, progress: Progress, detail: str = ""
) -> tuple[Feature, ...]:
    """What each feature saves alone, the largest first; with its pieces for the one named `detail`."""
    begun = begin(known, packer, progress)
    progress("packing", 0.9)
    return rows(known, facts, begun, packer.savings(begun.effects, begun.jobs), detail)


def begin(known: Study, packer: Packer, progress: Progress) -> Begun:
    """Predicts each feature alone, and begins to pack what is left without it."""
    names = tuple(known.configuration.features)
    removals: dict[str, Removal] = {}
    effects: dict[str, savings.Effect] = {}
    jobs: dict[str, Future[int] | None] = {}
    for done, name in enumerate(names):
        progress(f"predicting the build without {name}", 0.6 + 0.3 * done / len(names))
        removals[name] = known.removal(frozenset((name,)))
        effects[name] = known.effect(frozenset((name,)))
        jobs[name] = packer.begin(effects[name])
    # What a macro of other features guards is shared by those, not with the macro.
    switched = {
        name: one for name, one in removals.items() if not known.configuration.features[name].derived_from
    }
    return Begun(effects, jobs, sharing.sharing(known.base, switched, effects))


def rows(
    known: Study, facts: Facts, begun: Begun, packed: Mapping[str, Packed], detail: str = ""
) -> tuple[Feature, ...]:
    """The features as they are shown, the largest first; `packed` may not say of all what they save."""
    coarse = bool(known.base.graph.coarse)
    found = []
    for name, effect in begun.effects.items():
        define = known.configuration.features[name]
        off = frozenset((name,))
        unsure = len(concerns.reads(known, off))
        missing = known.removal(off).missing
        unseen = oversized.concerned(off, known.unread, known.comparing)
        saving = expected(effect, packed.get(name, _NOT_PACKED), unsure, len(known.base.binary))
        parts = pieces.pieces(known.base, effect, known.prices) if name == detail else ()
        found.append(
            Feature(
                name=name,
                path=known.shown(define.path),
                line=define.line,
                flash=saving.flash,
                ram=saving.ram,
                ota=saving.ota,
                flash_error=saving.flash_error,
                ota_error=saving.ota_error,
                shared_with=tuple(sorted({*begun.shared.get(name, ()), *_deriving(known, name)})),
                estimate=coarse or unsure > 0 or bool(concerns.brought(known, off) or missing or unseen),
                pieces=parts,
                off=patches.switched_off(known.configuration, name),
            )
        )
    binding = currency(facts)
    found.sort(key=lambda f: (-(f.ota if binding == BODY else f.flash), f.name))
    return tuple(found)


def _deriving(known: Study, name: str) -> Iterable[str]:
    """Features that hold the same derived macro up: it goes only when all of them do."""
    found: set[str] = set()
    for define in known.configuration.features.values():
        if name in define.derived_from:
            found.update(other for other in define.derived_from if other in known.configuration.features)
    return found - {name}


def currency(facts: Facts) -> str:
    """The slot that binds: what savings are ranked by."""
    worst = capacity.worst(facts.fits)
    return worst.binding if worst else UNPACKED
