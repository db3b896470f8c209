"""What switching features off saves, and what to strip: predictions for one build, without building it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from imgcheck.api.build import Built, Inputs, build
from imgcheck.builds import packing
from imgcheck.devices import capacity
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.model import Diagnostic, Feature, Fit, Free, Plan, Report, Savings
from imgcheck.policies import sizes
from imgcheck.prediction import effects as savings
from imgcheck.prediction import pieces, plan, sharing
from imgcheck.prediction.packer import Packed, Packer
from imgcheck.prediction.plan import Choice, Need, Saving
from imgcheck.prediction.sources import patches
from imgcheck.prediction.study import Places, Progress, Study, study
from imgcheck.report import summary as report

NOTHING = "plan-nothing-suffices"


def _silent(_what: str, _share: float) -> None:
    """No progress shown."""


def features(
    inputs: Inputs, made: Built, places: Places | None = None, detail: str = "", progress: Progress = _silent
) -> Savings:
    """The saving of each feature alone; with its pieces for the one named `detail`.

    Raises UndecidedError without sources, map or a trustworthy graph, FormatError for broken files.
    """
    known = study(inputs, made, places or Places(), progress)
    if detail and detail not in known.configuration.features:
        raise UndecidedError(f"--feature {detail}: {known.unknown(detail)}")
    with _packer(known, made) as packer:
        found = _features(known, made, packer, progress, detail)
    return Savings(found, known.calibration, diagnostics=known.diagnostics)


def _features(
    known: Study, made: Built, packer: Packer, progress: Progress, detail: str = ""
) -> tuple[Feature, ...]:
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
    currency = _currency(made)
    rows.sort(key=lambda f: (-(f.ota if currency == "body" else f.flash), f.name))
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


def _currency(made: Built) -> str:
    worst = capacity.worst(made.facts.fits)
    return worst.binding if worst else "unpacked"


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


def strip(
    inputs: Inputs, made: Built, wish: Wish, places: Places | None = None, progress: Progress = _silent
) -> tuple[Savings, Study]:
    """The least to strip so that the build fits every layout, or gains what was wished.

    What costs no feature comes first and counts. Raises as `features`.
    """
    known = study(inputs, made, places or Places(), progress)
    settings = made.facts.policy.features
    keep = {*wish.keep, *(settings.keep if settings else ())}
    for name in wish.keep:
        if name not in known.configuration.features:
            raise UndecidedError(f"--keep {name}: {known.unknown(name)}")
    with _packer(known, made) as packer:
        found = _features(known, made, packer, progress)
        allowed = [
            one
            for one in found
            if one.name not in keep and not known.configuration.features[one.name].derived_from
        ]
        return _stripped(known, made, Question(wish, inputs.active, tuple(allowed)), packer, found), known


def _packer(known: Study, made: Built) -> Packer:
    return Packer(known.base, known.prices, made.facts.artefact, made.facts.image.soc)


def _stripped(
    known: Study, made: Built, question: Question, packer: Packer, found: tuple[Feature, ...]
) -> Savings:
    settings = made.facts.policy.features
    free = packing.tune(made.facts.artefact.plain, made.facts.artefact.body)
    need, words = _need(made, question, max((one.ota for one in free), default=0))
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
    plans = tuple(_plan(made, choice, question.active, free) for choice in choices)
    said = list(known.diagnostics)
    if not choices and (need.flash > 0 or need.ota > 0):
        said.append(
            _nothing(question.allowed, need, predict(frozenset(one.name for one in question.allowed)))
        )
    return Savings(found, known.calibration, plans, free, words, tuple(said))


def _need(made: Built, question: Question, free: int) -> tuple[Need, str]:
    """Bytes that have to go in each currency, what costs nothing taken off; and the same in words."""
    wish = question.wish
    if wish.need is not None:
        currency = _currency(made)
        if currency == "body":
            return Need(0, wish.need - free), f"gain {wish.need:,} bytes of the OTA body"
        return Need(wish.need, 0), f"gain {wish.need:,} bytes of the unpacked image"
    image = made.facts.image
    over, flash = {"unpacked": 0, "body": 0}, 0
    for fit in made.facts.fits:
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


def _plan(made: Built, choice: Choice, active: int, free: tuple[Free, ...]) -> Plan:
    artefact, image = made.facts.artefact, made.facts.image
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
            tuple(capacity.fits(layout, unpacked, body, active) for layout in made.facts.layouts),
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


def size(text: str) -> int:
    """Bytes of a size as people write it; raises ImgcheckError."""
    try:
        return sizes.parse(text)
    except ValueError as error:
        raise ImgcheckError(f"--need {text}: {error}") from None


def show_features(inputs: Inputs, places: Places, feature: str, progress: Progress) -> Report:
    """The report of `imgcheck features`; raises as `features`."""
    made = build(inputs, packed=True)
    found = features(inputs, made, places, feature, progress)
    facts = replace(made.facts, savings=found)
    binding = "OTA file" if _currency(made) == "body" else "unpacked image"
    verdict = f"{len(found.features)} features are on; sorted by what they cost the {binding}, which binds."
    return report.features(
        found, facts, verdict, feature=feature, diagnostics=made.diagnostics, folder=inputs.folder
    )


def show_plan(inputs: Inputs, wish: Wish, places: Places, progress: Progress) -> tuple[Report, str]:
    """The report of `imgcheck plan`, and its first plan as a patch ("" when no feature has to go)."""
    made = build(inputs, packed=True)
    found, known = strip(inputs, made, wish, places, progress)
    passed = bool(found.plans) or not any(one.code == NOTHING for one in found.diagnostics)
    facts = replace(made.facts, savings=found)
    shown = report.plan(
        found, facts, _verdict(found, made), passed, diagnostics=made.diagnostics, folder=inputs.folder
    )
    first = found.plans[0].features if found.plans else ()
    return shown, patches.patch(known.configuration, first) if first else ""


def _verdict(found: Savings, made: Built) -> str:
    if not found.plans:
        nothing = [one.message for one in found.diagnostics if one.code == NOTHING]
        if nothing:
            return f"To {found.need}: {nothing[0]}."
        asked = f"To {found.need}" if found.need else "It fits every layout"
        return f"{asked}: no feature has to go."
    best = found.plans[0]
    names = ", ".join(best.features)
    return (
        f"To {found.need}: switch off {names}; that saves {best.flash:,} (±{best.flash_error:,}) bytes of "
        f"flash and {best.ota:,} (±{best.ota_error:,}) of the OTA file."
    )
