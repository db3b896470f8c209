"""What does each feature of this build cost, and which should go so that it fits every device?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from math import inf

from imgcheck import targets
from imgcheck.devices import capacity
from imgcheck.model import BODY, SLOTS, UNPACKED, Facts, Feature, Fit, Free, Plan, Savings
from imgcheck.prediction import cheapest, concerns, oversized, pieces, plan, sharing, shortfall
from imgcheck.prediction import effects as savings
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.outlook import Outlook, expected
from imgcheck.prediction.packer import Packer, own_size, packed_of
from imgcheck.prediction.plan import Choice, Need, Saving
from imgcheck.prediction.proofs import Learnt
from imgcheck.prediction.sources import patches
from imgcheck.prediction.study import Progress, Study
from imgcheck.wording import commas

_TUNED_PLANS = 2  # that count on another packing, beside those that do not


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan is asked for: `need` bytes to gain (None: whatever makes it fit), and what must stay."""

    need: int | None = None
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A wish, the slot that devices run from, the features that may go, and what rebuilds showed so far."""

    wish: Wish
    active: int
    allowed: tuple[Feature, ...]
    learnt: Learnt | None = None


def features(
    known: Study, facts: Facts, packer: Packer, progress: Progress, detail: str = ""
) -> tuple[Feature, ...]:
    """What each feature saves alone, the largest first; with its pieces for the one named `detail`."""
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
    shared = sharing.sharing(known.base, switched, effects)
    coarse = bool(known.base.graph.coarse)
    progress("packing", 0.9)
    packed = packer.savings(effects, jobs)
    rows = []
    for name, effect in effects.items():
        define = known.configuration.features[name]
        off = frozenset((name,))
        unsure = len(concerns.reads(known, off))
        unseen = oversized.concerned(off, known.unread, known.comparing)
        saving = expected(effect, packed[name], unsure, len(known.base.binary))
        parts = pieces.pieces(known.base, effect, known.prices) if name == detail else ()
        rows.append(
            Feature(
                name=name,
                path=known.shown(define.path),
                line=define.line,
                flash=saving.flash,
                ram=saving.ram,
                ota=saving.ota,
                flash_error=saving.flash_error,
                ota_error=saving.ota_error,
                shared_with=tuple(sorted({*shared.get(name, ()), *_deriving(known, name)})),
                estimate=coarse or unsure > 0 or bool(concerns.brought(known, off) or unseen),
                pieces=parts,
                off=patches.switched_off(known.configuration, name),
            )
        )
    binding = currency(facts)
    rows.sort(key=lambda f: (-(f.ota if binding == BODY else f.flash), f.name))
    return tuple(rows)


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


def packings(facts: Facts) -> tuple[int, tuple[Free, ...]]:
    """The build's own image packed: its size as predictions have it, and what other parameters would save."""
    size = own_size(facts.image.binary, facts.artefact, facts.image.soc)
    return size, free(facts, size)


def free(facts: Facts, own: int | None = None) -> tuple[Free, ...]:
    """What other parameters of the packing would save; `own` is what `own_size` says, where known."""
    made, image = facts.artefact, facts.image
    usual = own if made.plain == packed_of(image.binary, made, image.soc) else None
    return targets.find(image.soc.name).tune(made.plain, made.body, usual)


def strip(
    known: Study,
    facts: Facts,
    question: Question,
    packer: Packer,
    found: tuple[Feature, ...],
    tuned: tuple[Free, ...] | None = None,
) -> Savings:
    """The least of `found` to strip so that the build fits every layout, or gains what was wished.

    `tuned` is what `free` says, where it was asked already.

    Plans are for the packing that the build has; what another one would gain counts in plans that say so.
    """
    settings = facts.policy.features
    tuned = free(facts) if tuned is None else tuned
    gained = max((one.ota for one in tuned), default=0)
    need, words = _need(facts, question)
    weights = settings.weights if settings else {}
    outlook = Outlook(known, packer, found, need.ota > 0, question.learnt)
    choices, proven = _chosen(question, need, weights, outlook)
    plans = _proven([_plan(facts, choice, question.active, 0) for choice in choices], proven)
    if need.ota > 0 and gained:
        least = min((choice.weight for choice in choices), default=inf)
        other = need._replace(ota=need.ota - gained)
        packed: tuple[Choice, ...]
        if other.flash <= 0 and other.ota <= 0:
            packed, proven = (Choice((), Saving(0, 0, 0, 0, 0), 0.0),), True
        else:
            packed, proven = _chosen(question, other, weights, outlook)
        others = [_plan(facts, one, question.active, gained) for one in packed[:_TUNED_PLANS]]
        plans += _proven([one for one in others if one.weight < least], proven)
    said = [*known.diagnostics, *concerns.every(known)]
    if not plans and (need.flash > 0 or need.ota > 0):
        shortfall.refuse(known, question.allowed)
        everything = outlook.real(frozenset(one.name for one in question.allowed))
        said.append(shortfall.nothing(question.allowed, need._replace(ota=need.ota - gained), everything))
    return Savings(found, known.calibration, tuple(plans), tuned, words, tuple(said))


def _chosen(
    question: Question, need: Need, weights: Mapping[str, float], outlook: Outlook
) -> tuple[tuple[Choice, ...], bool]:
    """The choices that meet a need when they are really packed; whether the first is known to be cheapest."""
    proposed = plan.choose(question.allowed, need, weights, outlook.predicted)
    outlook.begin(frozenset(one.features) for one in proposed)
    # Those are packed meanwhile: where only flash decides, what they come to is known already.
    choices = [one for one in proposed if need.met(outlook.deciding(frozenset(one.features)))]
    while choices:
        proof = cheapest.proof(question.allowed, need, weights, outlook.deciding, choices[0], outlook.bound)
        if proof.cheaper is None:
            real = [one._replace(saving=outlook.real(frozenset(one.features))) for one in choices]
            return tuple(real), proof.proven
        inside = set(proof.cheaper.features)
        choices = [proof.cheaper, *(one for one in choices if not inside <= set(one.features))]
    return (), False


def _proven(plans: Sequence[Plan], proven: bool) -> list[Plan]:
    """The plans, those that weigh as little as the first marked when that is known to be the least."""
    return [one._replace(proven=proven and one.weight == plans[0].weight) for one in plans]


def _need(facts: Facts, question: Question) -> tuple[Need, str]:
    """Bytes that have to go in each currency, and the same in words."""
    wish = question.wish
    if wish.need is not None:
        if currency(facts) == BODY:
            return Need(0, wish.need), f"gain {commas(wish.need)} bytes of the {SLOTS[BODY]}"
        return Need(wish.need, 0), f"gain {commas(wish.need)} bytes of the {SLOTS[UNPACKED]}"
    image = facts.image
    over, flash = {UNPACKED: 0, BODY: 0}, 0
    for fit in facts.fits:
        for slot in fit.slots:
            over[slot.name] = max(over[slot.name], -slot.headroom)
            if slot.name == UNPACKED and slot.headroom < 0:
                # The image is padded: what has to go is counted from the last .bin that would fit.
                room = slot.limit - image.soc.header_bytes
                flash = max(flash, len(image.binary) - room + room % image.soc.image_alignment)
    need = Need(flash, max(over[BODY], 0))
    parts = [f"{commas(size)} bytes of the {SLOTS[name]}" for name, size in over.items() if size > 0]
    return need, f"lose {' and '.join(parts)}" if parts else ""


def _plan(facts: Facts, choice: Choice, active: int, gained: int) -> Plan:
    artefact, image = facts.artefact, facts.image
    saving = choice.saving

    def after(flash: int, ota: int) -> tuple[int, int, tuple[Fit, ...]]:
        unit = image.soc.image_alignment
        binary = max(len(image.binary) - flash, 0)
        unpacked = image.soc.header_bytes + -(-binary // unit) * unit
        body = max(artefact.body - ota - gained, 0)
        return (
            unpacked,
            body,
            tuple(capacity.fits(layout, unpacked, body, active) for layout in facts.layouts),
        )

    unpacked, body, _ = after(saving.flash, saving.ota)
    _, _, worst = after(saving.flash - saving.flash_error, saving.ota - saving.ota_error)
    margin = min((slot.headroom for fit in worst for slot in fit.slots), default=0)
    return Plan(
        features=choice.features,
        flash=saving.flash,
        ram=saving.ram,
        ota=saving.ota,
        flash_error=saving.flash_error,
        ota_error=saving.ota_error,
        fits=all(fit.fits for fit in worst),
        weight=choice.weight,
        unpacked_after=unpacked,
        body_after=body,
        heap_after=None if image.heap is None else image.heap + saving.ram,
        margin=margin,
        tuned=gained,
    )
