"""Which features should go so that a build fits every device?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from imgcheck import targets
from imgcheck.devices import capacity
from imgcheck.model import BODY, SLOTS, UNPACKED, Diagnostic, Facts, Feature, Fit, Free, Plan, Savings
from imgcheck.prediction import cheapest, concerns, plan, shortfall
from imgcheck.prediction.outlook import Outlook
from imgcheck.prediction.packer import Packer, own_size, packed_of
from imgcheck.prediction.plan import Choice, Need, Saving
from imgcheck.prediction.proofs import Learnt
from imgcheck.prediction.singles import currency
from imgcheck.prediction.study import Study
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


def free(facts: Facts) -> tuple[Free, ...]:
    """What other parameters of the packing would save."""
    made, image = facts.artefact, facts.image
    same = made.plain == packed_of(image.binary, made, image.soc)
    usual = own_size(image.binary, made, image.soc) if same else None
    return targets.find(image.soc.name).tune(made.plain, made.body, usual)


class Plans:
    """The search for the least to strip so that a build fits every layout, or gains what was wished.

    It begins at once where no packed size decides: those of the features that are `question.allowed` need not
    be known by then.
    """

    def __init__(self, known: Study, facts: Facts, question: Question, packer: Packer) -> None:
        settings = facts.policy.features
        self._known, self._facts, self._question = known, facts, question
        self._weights = settings.weights if settings else {}
        self._need, self._words = _need(facts, question)
        self._outlook = Outlook(known, packer, question.allowed, self._need.ota > 0, question.learnt)
        self._begun: tuple[tuple[Choice, ...], bool] | None = None
        if self._need.ota <= 0:
            self._begun = self._least(self._need)

    @property
    def sets(self) -> list[frozenset[str]]:
        """The features of each plan that is found already."""
        return [frozenset(one.features) for one in self._begun[0]] if self._begun else []

    def savings(self, found: tuple[Feature, ...], tuned: tuple[Free, ...] | None = None) -> Savings:
        """The plans, and `found`, what each feature of the build saves alone.

        `tuned` is what `free` says, where it was asked already. Plans are for the packing that the build has;
        what another one would gain counts in plans that say so.
        """
        names = {one.name for one in self._question.allowed}
        self._question = replace(self._question, allowed=tuple(one for one in found if one.name in names))
        self._outlook.alone(found)
        facts, need, active = self._facts, self._need, self._question.active
        tuned = free(facts) if tuned is None else tuned
        gained = max((one.ota for one in tuned), default=0)
        choices, proven = self._chosen(self._begun or self._least(need))
        plans = _proven([_plan(facts, choice, active, 0) for choice in choices], proven)
        if need.ota > 0 and gained:
            least = min((choice.weight for choice in choices), default=inf)
            other = need._replace(ota=need.ota - gained)
            packed: tuple[Choice, ...]
            if other.flash <= 0 and other.ota <= 0:
                packed, proven = (Choice((), Saving(0, 0, 0, 0, 0), 0.0),), True
            else:
                packed, proven = self._chosen(self._least(other))
            others = [_plan(facts, one, active, gained) for one in packed[:_TUNED_PLANS]]
            plans += _proven([one for one in others if one.weight < least], proven)
        said = [*self._known.diagnostics, *concerns.every(self._known)]
        if not plans and (need.flash > 0 or need.ota > 0):
            said.append(self._nothing(need._replace(ota=need.ota - gained), gained))
        return Savings(found, self._known.calibration, tuple(plans), tuned, self._words, tuple(said))

    def _least(self, need: Need) -> tuple[tuple[Choice, ...], bool]:
        """The choices that meet a need; whether the first is known to be cheapest.

        Where packed sizes do not decide those of the choices may be 0; they are being packed.
        """
        outlook, allowed, weights = self._outlook, self._question.allowed, self._weights
        proposed = plan.choose(allowed, need, weights, outlook.predicted, outlook.ahead)
        outlook.begin(frozenset(one.features) for one in proposed)
        choices = [one for one in proposed if need.met(outlook.deciding(frozenset(one.features)))]
        while choices:
            proof = cheapest.proof(
                allowed, need, weights, outlook.deciding, choices[0], most=outlook.bound, ahead=outlook.ahead
            )
            if proof.cheaper is None:
                return tuple(choices), proof.proven
            inside = set(proof.cheaper.features)
            choices = [proof.cheaper, *(one for one in choices if not inside <= set(one.features))]
        return (), False

    def _chosen(self, least: tuple[tuple[Choice, ...], bool]) -> tuple[tuple[Choice, ...], bool]:
        """The same, with what the choices save when they are really packed."""
        choices, proven = least
        real = [one._replace(saving=self._outlook.real(frozenset(one.features))) for one in choices]
        return tuple(real), proven

    def _nothing(self, need: Need, gained: int) -> Diagnostic:
        """What is still too much with all off that may go; raises UndecidedError where that is not known.

        `gained` is what another packing saves.
        """
        allowed = self._question.allowed
        shortfall.refuse(self._known, allowed)
        names = tuple(one.name for one in allowed)
        every = Choice(names, self._outlook.real(frozenset(names)), 0.0)
        # Who asks for a layout that cannot be fitted may do without it.
        alone = [replace(self._facts, layouts=(layout,)) for layout in self._facts.layouts]
        asked = alone if self._question.wish.need is None else []
        fitting = [
            one.layouts[0].name for one in asked if _plan(one, every, self._question.active, gained).fits
        ]
        return shortfall.nothing(allowed, need, every.saving, fitting)


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
