"""What switching features off saves, and what to strip: predictions for one build, without building it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from imgcheck import heap
from imgcheck.api import ahead, proved, strippatch
from imgcheck.api.build import Built, Inputs, build
from imgcheck.api.pricing import Priced
from imgcheck.beside import Beside
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.model import BODY, SLOTS, UNPACKED, Feature, Report, Savings
from imgcheck.policies import sizes
from imgcheck.prediction import concerns, proofs, singles
from imgcheck.prediction import sets as saved
from imgcheck.prediction import strip as stripping
from imgcheck.prediction.packer import Packed, Packer, own_size
from imgcheck.prediction.places import Places
from imgcheck.prediction.shortfall import NOTHING
from imgcheck.prediction.strip import Question, Wish
from imgcheck.prediction.study import Progress, Study, Subject, study
from imgcheck.report import savings as report_savings
from imgcheck.report import summary as report
from imgcheck.report.verdict import sentence


class Asked(NamedTuple):
    """Features that are asked for together, and the option that said so."""

    names: tuple[str, ...]
    option: str


def _silent(_what: str, _share: float) -> None:
    """No progress shown."""


def subject(inputs: Inputs, made: Built) -> Subject:
    """A build as predictions see it."""
    return Subject(inputs.firmware, made.map, made.facts, made.prices, inputs.kept or [], inputs.begun)


def features(
    inputs: Inputs,
    priced: Priced,
    places: Places | None = None,
    asked: Sequence[Asked] = (),
    progress: Progress = _silent,
) -> Savings:
    """The saving of each feature alone, and of each set that was `asked` for as a whole, with its pieces.

    `priced` is the build, and may still be priced beside this. Raises UndecidedError without sources, map or
    a trustworthy graph, FormatError for broken files.
    """
    return _features(inputs, priced, places or Places(), asked, progress)[0]


def _features(
    inputs: Inputs, priced: Priced, places: Places, asked: Sequence[Asked], progress: Progress
) -> tuple[Savings, Study]:
    with ExitStack() as stack:
        # While everything is read there is a core for that, now and then.
        made = priced.plain
        image, ready = made.facts.image, made.facts.artefact
        own = stack.enter_context(Beside(lambda: own_size(image.binary, ready, image.soc), late=True))
        known = study(subject(inputs, made), places, progress)
        wanted = [saved.checked(known, one.names, one.option) for one in asked]
        detail = wanted[0][0] if len(wanted) == 1 and len(wanted[0]) == 1 else ""
        packing = stack.enter_context(packer(known, made, own.result()))
        begun = singles.begin(known, packing, progress)
        known.subject = subject(inputs, priced.built())  # no price is asked for before
        progress("packing", 0.9)
        said = (*known.diagnostics, *concerns.every(known))  # while that goes on
        if not wanted:  # nobody asks for more of the sources: their memory is given back meanwhile, too
            known.comparing.close()
        packed = packing.savings(begun.effects, begun.jobs)
        found = singles.rows(known, made.facts, begun, packed, detail)
        sets = saved.predict(known, packing, wanted, found)
    return Savings(found, known.calibration, diagnostics=said, sets=sets), known


def strip(
    inputs: Inputs, made: Built, wish: Wish, places: Places | None = None, progress: Progress = _silent
) -> tuple[Savings, Study]:
    """The least to strip so that the build fits every layout, or gains what was wished.

    What costs no feature comes first and counts. Raises as `features`.
    """
    # Begun first, and long done when it is asked for: the sources and objects are read beside it.
    with ExitStack() as stack:
        tuning = stack.enter_context(Beside(lambda: stripping.free(made.facts), late=True))
        priced = stack.enter_context(Priced(made, made.prices is None, measured=False, late=True))
        known = study(subject(inputs, made), places or Places(), progress)
        for name in wish.keep:
            if name not in known.configuration.features:
                raise UndecidedError(f"--keep {name}: {known.unknown(name)}")
        learnt = proofs.learn(proved.known(proved.beside(made, inputs)))
        with packer(known, made) as packing:
            begun = singles.begin(known, packing, progress)
            known.subject = subject(inputs, priced.built())  # no price is asked for before

            def rows(packed: Mapping[str, Packed]) -> tuple[Feature, ...]:
                found = singles.rows(known, made.facts, begun, packed)
                return proofs.applied(found, learnt) if learnt else found

            # Where packed sizes do not decide the search does not wait for them.
            may = allowed(known, made, rows({}), wish.keep)
            plans = stripping.Plans(known, made.facts, Question(wish, inputs.active, may, learnt), packing)
            progress("packing", 0.9)
            found = rows(packing.savings(begun.effects, begun.jobs))
            answer = plans.savings(found, tuning.result())
    if learnt:
        answer = replace(answer, diagnostics=(*answer.diagnostics, proofs.said(learnt)))
    return answer, known


def allowed(
    known: Study, made: Built, found: Sequence[Feature], keep: Sequence[str] = ()
) -> tuple[Feature, ...]:
    """The features that a plan may name: not those that must stay, follow from others, or break the build."""
    settings = made.facts.policy.features
    staying = {*keep, *(settings.keep if settings else ())}
    return tuple(
        one
        for one in found
        if one.name not in staying
        and not known.configuration.features[one.name].derived_from
        and not concerns.unplanned(known, one.name)
    )


def packer(known: Study, made: Built, own: int | None = None, behind: bool = False) -> Packer:
    """What packs this build's predictions, its own image being `own` then; whoever makes one closes it."""
    facts = made.facts
    return Packer(known.base, lambda: known.prices, facts.artefact, facts.image.soc, own, behind)


def size(text: str) -> int:
    """Bytes of a size as people write it; raises ImgcheckError."""
    try:
        return sizes.parse(text)
    except ValueError as error:
        raise ImgcheckError(f"--need {text}: {error}") from None


def show_features(inputs: Inputs, places: Places, asked: Sequence[Asked], progress: Progress) -> Report:
    """The report of `imgcheck features`; raises as `features`."""
    ahead.required(inputs, places)
    with ExitStack() as stack:
        inputs = stack.enter_context(ahead.reading(replace(inputs, kept=[]), places))
        made = build(inputs, packed=False)
        priced = stack.enter_context(Priced(made, True, measured=inputs.priced, late=True))
        found, known = _features(inputs, priced, places, asked, progress)
        heap.keep(made, known)
        found = proved.barred(found, made, inputs)
        measures = (priced.built() if inputs.priced else made).facts.measures
    facts = replace(made.facts, savings=found, measures=measures)
    binding = "OTA file" if singles.currency(made.facts) == BODY else SLOTS[UNPACKED]
    verdict = f"{len(found.features)} features are on; sorted by what they cost the {binding}, which binds."
    fits = sentence(facts.fits)
    if not all(fit.fits for fit in facts.fits):
        fits = f"{fits.removesuffix('.')}; `imgcheck plan` says what to switch off."
    verdict = f"{verdict} {fits}".rstrip()
    if found.sets:
        verdict = report_savings.answer(found.sets)
    return report.features(found, facts, verdict, diagnostics=made.diagnostics)


def show_plan(
    inputs: Inputs, wish: Wish, places: Places, progress: Progress, written: Path | None = None
) -> tuple[Report, str]:
    """The report of `imgcheck plan`, and its first plan as a patch ("" when no feature has to go).

    The patch will be `written` there: the verdict says how it is applied.
    """
    ahead.required(inputs, places)
    with ahead.reading(replace(inputs, kept=[]), places) as begun:
        made = build(begun, packed=inputs.priced)
        found, known = strip(begun, made, wish, places, progress)
        heap.keep(made, known)
        passed = bool(found.plans) or not any(one.code == NOTHING for one in found.diagnostics)
        facts = replace(made.facts, savings=found)
        first = found.plans[0] if found.plans else None
        text, verdict = "", _verdict(found)
        if first and first.features:
            text, said = strippatch.written(known, first, written)
            verdict += said
    shown = report.plan(found, facts, verdict, passed, diagnostics=made.diagnostics)
    return shown, text


def _verdict(found: Savings) -> str:
    if found.plans:
        return report_savings.advice(found.plans[0], found.need)
    nothing = [one.message for one in found.diagnostics if one.code == NOTHING]
    if nothing:
        return f"To {found.need}: {nothing[0]}."
    asked = f"To {found.need}" if found.need else "It fits every layout"
    return f"{asked}: no feature has to go."
