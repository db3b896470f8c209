"""What only the page shows, put together from a build and what was predicted of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from imgcheck import targets
from imgcheck.api import kept, needs, savings, why
from imgcheck.api.asked import Earlier
from imgcheck.api.build import FEATURES_UNKNOWN, Built, Inputs
from imgcheck.api.pricing import Priced
from imgcheck.beside import Beside
from imgcheck.builds import artefact as artefacts
from imgcheck.devices import flashmap
from imgcheck.errors import ImgcheckError
from imgcheck.model import (
    Atlas,
    Define,
    Diagnostic,
    Difference,
    Facts,
    Feature,
    Flash,
    Held,
    InputFile,
    Layout,
    Page,
    Report,
    Savings,
    Strip,
    Why,
)
from imgcheck.prediction import heldbytes, heldsets, holding, retention, singles
from imgcheck.prediction import strip as stripping
from imgcheck.prediction.packer import own_size
from imgcheck.prediction.places import Places
from imgcheck.prediction.sources import patches
from imgcheck.prediction.strip import Question, Wish
from imgcheck.prediction.study import Study, study
from imgcheck.readers import elf, files
from imgcheck.report import atlas as report_atlas
from imgcheck.report import compared as report_compared
from imgcheck.report import held as report_held
from imgcheck.report import summary, whycolumns
from imgcheck.report import wasted as report_wasted

_ABSURD = 1 << 40  # what a broken table may say
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Studied:
    """What was predicted, and what each set of features holds of which box."""

    savings: Savings
    held: Held
    why: Why | None = None
    drawn: tuple[Atlas, report_atlas.Ground] | None = None  # the boxes that these speak of
    known: Study | None = None  # what it was predicted from


def page(inputs: Inputs, made: Built, studied: Studied | None = None, objects: Path | None = None) -> Page:
    """Everything that the page shows of a build; without what was predicted it still says who holds what."""
    facts, artefact = made.facts, made.facts.artefact
    drawn = studied.drawn if studied else None
    boxes, ground = drawn or report_atlas.atlas(facts.image, made.owners, made.prices)
    found = needs.wastes(made)
    kinds, waste, sizes = report_wasted.columns(found, ground, len(boxes.leaves.name))
    target = facts.image.soc
    return Page(
        boxes,
        reserve=facts.policy.reserve,
        header=target.header_bytes,
        alignment=target.image_alignment,
        flashes=tuple(_flash(layout, artefact.unpacked, artefact.body) for layout in facts.layouts),
        held=studied.held if studied else None,
        why=studied.why if studied else _reasons(inputs, made, Places(objects), boxes, ground),
        wastes=kinds if found else (),
        waste=waste if found else (),
        wasted=sizes if found else (),
        files=tuple(_file(*one, made.facts.policy.shipped) for one in made.read),
    )


def _reasons(
    inputs: Inputs, made: Built, places: Places, boxes: Atlas, ground: report_atlas.Ground
) -> Why | None:
    if made.map is None:
        return None
    try:
        held, partial = why.retained(inputs, made, places)
    except ImgcheckError:
        return None  # that the map tells nothing is said where features are
    return whycolumns.columns(boxes, ground, held, "map" if partial else "graph")


def _file(what: str, path: str, how: str, shipped: str = "") -> InputFile:
    if what == "policy" and shipped:
        return InputFile(what, path, how, None, "")
    data = files.read(path)
    return InputFile(what, path, how, len(data), sha256(data).hexdigest())


def since(report: Report, path: Path) -> Report:
    """The same report, which says what the build held that it is compared with."""
    if report.page is None:
        return report
    before = _file("base", str(path), "given")
    return replace(report, page=replace(report.page, files=(*report.page.files, before)))


def of_revision(report: Report) -> Report:
    """The same report of a build whose policy is a git revision's, and not the file that lies there."""
    if report.page is None:
        return report
    found = (one._replace(size=None, sha256="") if one.what == "policy" else one for one in report.page.files)
    return replace(report, page=replace(report.page, files=tuple(found)))


def silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


def priced(made: Built) -> Built:
    """The same build with the price of every byte, which changes nothing that was measured."""
    if made.prices:
        return made
    image, ready = made.facts.image, made.facts.artefact
    return made._replace(prices=artefacts.image_prices(image, ready, targets.find(image.soc.name)))


def added(
    report: Report,
    inputs: Inputs,
    made: Built,
    progress: Progress,
    difference: Difference | None = None,
    places: Places | None = None,
) -> Report:
    """The same report for a page: with its map, what if and why where the build tells, and what changed."""
    found, note = None, None
    if made.map:
        try:
            found = studied(inputs, Priced(made, False), places or Places(), progress)
        except ImgcheckError as error:
            note = Diagnostic(FEATURES_UNKNOWN, "note", f"no feature table: {error}", subject="features")
    drawn = page(inputs, made, found, places.objects if places else None)
    return replace(
        report,
        page=drawn,
        summary=report.summary or summary.summary(made.facts.image, made.facts.artefact),
        savings=found.savings if found else report.savings,
        diagnostics=(*report.diagnostics, note) if note else report.diagnostics,
        compared=report_compared.compared(difference, drawn.atlas) if difference else None,
    )


def remembered(report: Report, inputs: Inputs, made: Built) -> Report:
    """The same report with how it came to be this large, where a history is at hand."""
    return replace(report, charts=kept.charts(made.facts, Earlier(), inputs, None))


def studied(inputs: Inputs, priced: Priced, places: Places, progress: Progress) -> Studied:
    """The savings of each feature, a plan where something does not fit, and what sets of features hold.

    Raises as `savings.features`.
    """
    made = priced.plain
    facts = made.facts
    over = any(slot.headroom < 0 for fit in facts.fits for slot in fit.slots)
    with ExitStack() as stack:
        # Begun first, and long done when somebody asks for them.
        own = stack.enter_context(Beside(lambda: _own_size(facts), late=True))
        tuning = stack.enter_context(Beside(lambda: stripping.free(facts), late=True)) if over else None
        known = study(savings.subject(inputs, made), places, progress)
        made = priced.built()
        known.subject = savings.subject(inputs, made)
        drawn = report_atlas.atlas(facts.image, made.owners, made.prices)
        # Begun before the packer's threads: a process that has some is not copied.
        reasons = stack.enter_context(Beside(lambda: _linked(known, inputs.firmware, *drawn)))
        for name in known.configuration.features:  # asked for there and here
            known.removal(frozenset((name,)))
        holding_it = stack.enter_context(Beside(lambda: _held(known)))
        packer = stack.enter_context(savings.packer(known, made, own.result(), behind=True))
        begun = singles.begin(known, packer, progress)
        plans = None
        if tuning:
            may = _allowed(known, made, singles.rows(known, facts, begun, {}))
            plans = stripping.Plans(known, facts, Question(Wish(), inputs.active, may), packer)
        progress("what each set of features holds", 0.9)
        names, runs = holding_it.result()
        sets = heldsets.chosen(known, names, runs, plans.sets if plans else ())
        together = [heldsets.Together(known, packer, sets)]
        found = singles.rows(known, facts, begun, packer.savings(begun.effects, begun.jobs))
        answer = Savings(found, known.calibration, diagnostics=known.diagnostics)
        if plans and tuning:
            answer = plans.savings(found, tuning.result())
            # Those that packed sizes decide were not known before.
            late = {frozenset(plan.features) for plan in answer.plans if len(plan.features) > 1}
            together.append(heldsets.Together(known, packer, late.difference(sets)))
        alone = heldsets.alone(names, found)
        wholes = sorted(one for some in together for one in some.found(names))
        linked = reasons.result()
    shown = report_held.held(
        tuple(one.name for one in found),
        names,
        runs,
        [*alone, *wholes],
        heldsets.correction(alone, runs),
        ground=drawn[1],
        defines=_defines(known),
        derived=[name for name, one in known.configuration.features.items() if one.derived_from],
    )
    return Studied(answer, shown, linked, drawn, known)


def _own_size(facts: Facts) -> int:
    return own_size(facts.image.binary, facts.artefact, facts.image.soc)


def _linked(known: Study, firmware: Path, boxes: Atlas, ground: report_atlas.Ground) -> Why:
    """Why each box is in the image."""
    graph = known.base.graph
    link = retention.retention(graph, elf.read(firmware).entry, why.costs(graph, known.prices))
    return whycolumns.columns(boxes, ground, link, "map" if graph.coarse else "graph")


def _held(known: Study) -> tuple[tuple[str, ...], list[heldbytes.Run]]:
    """What each set of features holds: which feature each bit of a set is, and the bytes."""
    known.comparing.apart()
    held = holding.held(known)
    return held.names, heldbytes.runs(known.base, held, known.prices)


def _allowed(known: Study, made: Built, found: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """The features that a plan may switch off."""
    settings = made.facts.policy.features
    keep = settings.keep if settings else ()
    features = known.configuration.features
    return tuple(one for one in found if one.name not in keep and not features[one.name].derived_from)


def _defines(known: Study) -> list[Define]:
    return [
        Define(name, known.shown(line.path), line.line, line.on, line.off)
        for name in known.configuration.features
        for line in patches.lines(known.configuration, name)
    ]


def _flash(layout: Layout, unpacked: int, body: int) -> Flash:
    filled = {"application": unpacked, "second": body}
    strips = tuple(
        Strip(span.label, span.start, span.size, span.role or "other", filled.get(span.role, 0))
        for span in flashmap.spans(layout)
        if span.start < _ABSURD and span.size < _ABSURD
    )
    return Flash(layout.name, min(flashmap.extent(layout), _ABSURD), strips)
