"""What does each feature of this build cost, and which should go so that it fits every device?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imgcheck import targets
from imgcheck.devices import capacity
from imgcheck.model import Diagnostic, Facts, Feature, Fit, Free, Plan, Savings
from imgcheck.prediction import effects as savings
from imgcheck.prediction import pieces, plan, sharing
from imgcheck.prediction.packer import Packed, Packer
from imgcheck.prediction.plan import Choice, Need, Saving
from imgcheck.prediction.sources import patches
from imgcheck.prediction.study import Progress, Study

NOTHING = "plan-nothing-suffices"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan is asked for: `need` bytes to gain (None: whatever makes it fit), and what must stay."""

    need: int | None = None
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A wish, the slot that devices run from, and the features that may go."""

    wish: Wish
    active: int
    allowed: tuple[Feature, ...]


def features(
    known: Study, facts: Facts, packer: Packer, progress: Progress, detail: str = ""
) -> tuple[Feature, ...]:
    """What each feature saves alone, the largest first; with its pieces for the one named `detail`."""
    names = tuple(known.configuration.features)
    removals = {name: known.removal(frozenset((name,))) for name in names}
    effects: dict[str, savings.Effect] = {}
    for done, name in enumerate(names):
        progress(f"predicting the build without {name}", 0.6 + 0.2 * done / len(names))
        effects[name] = savings.effect(known.base, removals[name])
    progress("packing the largest", 0.8)
    packed = packer.savings(effects)
    # What a macro of other features guards is shared by those, not with the macro.
    switched = {
        name: one for name, one in removals.items() if not known.configuration.features[name].derived_from
    }
    shared = sharing.sharing(known.base, switched, effects)
    coarse = bool(known.base.graph.coarse)
    rows = []
    for name, effect in effects.items():
        define = known.configuration.features[name]
        saving = _saving(effect, packed[name])
        parts = pieces.pieces(known.base, effect, known.prices) if name == detail else ()
        rows.append(
            Feature(
                name,
                known.shown(define.path),
                define.line,
                saving.flash,
                saving.ram,
                saving.ota,
                saving.flash_error,
                saving.ota_error,
                tuple(sorted({*shared.get(name, ()), *_deriving(known, name)})),
                coarse,
                parts,
                patches.switched_off(known.configuration, name),
            )
        )
    binding = currency(facts)
    rows.sort(key=lambda f: (-(f.ota if binding == "body" else f.flash), f.name))
    return tuple(rows)


def _deriving(known: Study, name: str) -> Iterable[str]:
    """Features that hold the same derived macro up: it goes only when all of them do."""
    found: set[str] = set()
    for define in known.configuration.features.values():
        if name in define.derived_from:
            found.update(other for other in define.derived_from if other in known.configuration.features)
    return found - {name}


def _saving(effect: savings.Effect, packed: Packed) -> Saving:
    error = savings.ota_error(packed.ota, effect.error, effect.flash, not packed.real)
    return Saving(effect.flash, effect.ram, packed.ota, effect.error, error)


def currency(facts: Facts) -> str:
    """The slot that binds: what savings are ranked by."""
    worst = capacity.worst(facts.fits)
    return worst.binding if worst else "unpacked"


def strip(
    known: Study, facts: Facts, question: Question, packer: Packer, found: tuple[Feature, ...]
) -> Savings:
    """The least of `found` to strip so that the build fits every layout, or gains what was wished."""
    settings = facts.policy.features
    free = targets.find(facts.image.soc.name).tune(facts.artefact.plain, facts.artefact.body)
    need, words = _need(facts, question, max((one.ota for one in free), default=0))
    weights = settings.weights if settings else {}
    effects: dict[frozenset[str], savings.Effect] = {}

    def predict(names: frozenset[str]) -> Saving:
        if names not in effects:
            effects[names] = savings.effect(known.base, known.removal(names))
        return _saving(effects[names], packer.estimate(effects[names]))

    choices = plan.choose(question.allowed, need, weights, predict)
    packed = packer.packed({" ".join(one.features): effects[frozenset(one.features)] for one in choices})
    if packed:  # what is proposed is packed for real
        choices = tuple(
            one._replace(saving=_saving(effects[frozenset(one.features)], Packed(size, True)))
            for one, size in zip(choices, packed.values(), strict=True)
        )
    plans = tuple(_plan(facts, choice, question.active, free) for choice in choices)
    said = list(known.diagnostics)
    if not choices and (need.flash > 0 or need.ota > 0):
        said.append(
            _nothing(question.allowed, need, predict(frozenset(one.name for one in question.allowed)))
        )
    return Savings(found, known.calibration, plans, free, words, tuple(said))


def _need(facts: Facts, question: Question, free: int) -> tuple[Need, str]:
    """Bytes that have to go in each currency, what costs nothing taken off; and the same in words."""
    wish = question.wish
    if wish.need is not None:
        if currency(facts) == "body":
            return Need(0, wish.need - free), f"gain {wish.need:,} bytes of the OTA body"
        return Need(wish.need, 0), f"gain {wish.need:,} bytes of the unpacked image"
    image = facts.image
    over, flash = {"unpacked": 0, "body": 0}, 0
    for fit in facts.fits:
        for slot in fit.slots:
            over[slot.name] = max(over[slot.name], -slot.headroom)
            if slot.name == "unpacked" and slot.headroom < 0:
                # The image is padded: what has to go is counted from the last .bin that would fit.
                room = slot.limit - image.soc.header_bytes
                flash = max(flash, len(image.binary) - room + room % image.soc.image_alignment)
    need = Need(flash, over["body"] - free if over["body"] else 0)
    parts = [f"{size:,} bytes of the {_SLOTS[name]}" for name, size in over.items() if size > 0]
    return need, f"lose {' and '.join(parts)}" if parts else ""


_SLOTS = {"unpacked": "unpacked image", "body": "OTA body"}


def _plan(facts: Facts, choice: Choice, active: int, free: tuple[Free, ...]) -> Plan:
    artefact, image = facts.artefact, facts.image
    saving = choice.saving
    gained = max((one.ota for one in free), default=0)

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
        choice.features,
        saving.flash,
        saving.ram,
        saving.ota,
        saving.flash_error,
        saving.ota_error,
        all(fit.fits for fit in worst),
        choice.weight,
        unpacked,
        body,
        None if image.heap is None else image.heap + saving.ram,
        margin,
    )


def _nothing(features_left: Sequence[Feature], need: Need, saving: Saving) -> Diagnostic:
    short_flash = max(need.flash - (saving.flash - saving.flash_error), 0) if need.flash > 0 else 0
    short_ota = max(need.ota - (saving.ota - saving.ota_error), 0) if need.ota > 0 else 0
    parts = [f"{short_flash:,} bytes of the image"] if short_flash else []
    parts += [f"{short_ota:,} bytes of the OTA body"] if short_ota else []
    return Diagnostic(
        NOTHING,
        "error",
        f"nothing suffices; with all {len(features_left)} features off that may go, "
        f"{' and '.join(parts)} are still too many",
        subject="plan",
    )
