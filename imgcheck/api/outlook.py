"""`imgcheck forecast`: when each slot is full, what drives it there, and what stripping would buy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from imgcheck.api import build, timeline, trends
from imgcheck.api.files import Judges
from imgcheck.api.timeline import Timeline
from imgcheck.devices import recorded
from imgcheck.errors import UndecidedError
from imgcheck.history import forecast, questions, store
from imgcheck.history.forecast import Bought
from imgcheck.history.store import Store, Wanted
from imgcheck.model import BODY, UNPACKED, Facts, Forecast, Layout, Report
from imgcheck.report import history as shown
from imgcheck.report import historyrecords as records

Progress = Callable[[str, float], None]
RELEASES = 12  # that a plan is asked to buy


@dataclass(frozen=True, slots=True)
class Request:
    """Which history and which slots, and the build whose features may be stripped (None: nobody asks).

    `releases` is how many more of them a plan has to make room for, `drawn` whether some output draws charts.
    """

    address: str
    wanted: Wanted
    judges: Judges
    elf: Path | None = None
    objects: Path | None = None
    sources: Path | None = None
    releases: int = RELEASES
    drawn: bool = False


def show(request: Request, progress: Progress) -> Report:
    """The report: per layout and limit the first release that does not fit, and what drives it."""
    hand = _hand(request, request.elf) if request.elf else None
    address, wanted = _where(request, hand)
    with store.connect(address) as opened:
        line = timeline.read(opened, address, wanted)
        tables = _tables(request, line, hand)
        now = _now(line, hand)
        found = timeline.forecasts(line, tables, request.judges.active, now)
        if not found:
            raise UndecidedError(_too_few(line))
        first = found[0]
        grown = _grown(opened, wanted, first)
        strips = _recorded(opened, wanted, first)
    if hand:
        strips = [*_planned(request, hand, first, progress), *strips]
    track = questions.SLOTS[first.slot]
    points = line.series[first.slot][-first.releases - 1 :]
    changes = questions.changes(track, points, line.by_id)
    commits = [one for one in questions.grown(track, points, line.by_id) if one.delta > 0]
    report = shown.report(
        line.builds[-1].target or "forecast",
        shown.outlook(first) + _counted(line, hand, now, first) + shown.advice(strips),
        [
            shown.forecasts(found),
            shown.drivers(grown, first.releases),
            shown.commits(commits),
            shown.strips(strips),
            shown.changes(changes),
        ],
        command="forecast",
        forecasts=[records.forecast(one) for one in found],
        drivers=[records.driver(row) for row in shown.ranked(grown)],
        commits=[records.change(one) for one in commits[: shown.MOST_DRIVERS]],
        strips=[records.bought(one) for one in strips],
        changes=[records.change(one) for one in changes],
        history=[records.build(one) for one in line.builds],
    )
    if not request.drawn:
        return report
    return replace(report, charts=trends.charts(line, tables, request.judges.active, now))


def _too_few(line: Timeline) -> str:
    count = len(line.builds)
    several = "one release says nothing of growth" if count == 1 else f"{count:d} builds are too few"
    return (
        f"{store.shown(line.address)}: {several}: a forecast needs at least {forecast.FEWEST:d} recorded "
        "releases with their sizes (`imgcheck history record`, `import`, `backfill`)"
    )


def _grown(opened: Store, wanted: Wanted, first: Forecast) -> list[tuple[str, int, int]]:
    resource = questions.SLOTS[first.slot].resource
    rows = []
    for track in opened.tracks("component"):
        if track.resource == resource:
            points = opened.series(track, wanted)[-first.releases - 1 :]
            if points:
                rows.append((track.name, points[0].size, points[-1].size))
    return rows


def _recorded(opened: Store, wanted: Wanted, first: Forecast, most: int = 5) -> list[Bought]:
    """The largest savings that the newest build was recorded with."""
    newest = list(opened.builds(Wanted(wanted.target, wanted.variant, wanted.branch, last=1), sizes=True))
    resource = questions.SLOTS[first.slot].resource
    rows = [
        (size.name, size.size)
        for size in (newest[0].sizes if newest else ())
        if size.kind == "feature" and size.resource == resource and size.size > 0
    ]
    ranked = sorted(rows, key=lambda row: (-row[1], row[0]))[:most]
    return [forecast.bought((name,), saving, first, planned=False) for name, saving in ranked]


class _Hand(NamedTuple):
    """The build at hand, its bytes priced for the plan, and what was asked to make it."""

    inputs: build.Inputs
    made: build.Built

    @property
    def facts(self) -> Facts:
        return self.made.facts


def _hand(request: Request, elf: Path) -> _Hand:
    judges = request.judges
    inputs = build.Inputs(
        elf,
        layouts=judges.layouts,
        policy=judges.policy,
        active=judges.active,
        target=judges.target,
    )
    return _Hand(inputs, build.build(inputs, packed=True))


def _where(request: Request, hand: _Hand | None) -> tuple[str, Wanted]:
    """The history and its builds: as asked, else as the policy of the build at hand says."""
    said = hand.facts.policy.history if hand else {}
    address, wanted = request.address, request.wanted
    return (
        said.get("db", address) if address == store.DEFAULT else address,
        replace(
            wanted,
            branch=wanted.branch or said.get("branch", ""),
            variant=said.get("variant") if wanted.variant is None else wanted.variant,
        ),
    )


def _tables(request: Request, line: Timeline, hand: _Hand | None) -> Sequence[Layout]:
    """The layouts asked for, else those of the build at hand, else those in the field."""
    if hand is None or request.judges.layouts:
        return recorded.tables(*line.kind, request.judges.layouts)
    platform, mine = line.kind[0], hand.facts.image.soc
    if not recorded.is_of(platform, mine.name):
        raise UndecidedError(
            f"{store.shown(line.address)}: its builds are of {platform}, {request.elf} is for {mine.name}"
        )
    return hand.facts.layouts


def _now(line: Timeline, hand: _Hand | None) -> Mapping[str, int] | None:
    """The sizes that are counted from; None where that build is the newest of the history."""
    if hand is None:
        return None
    made = hand.facts.artefact
    now = {UNPACKED: made.unpacked, BODY: made.body}
    return None if line.newest() == now else now


def _counted(line: Timeline, hand: _Hand | None, now: Mapping[str, int] | None, first: Forecast) -> str:
    if hand is None or now is None:
        return ""
    last = line.series[first.slot][-1]
    return shown.counted(hand.facts.image.name, first.size - last.size, line.by_id[last.build])


def _planned(request: Request, hand: _Hand, first: Forecast, progress: Progress) -> Sequence[Bought]:
    """What the plan's first choice buys; nothing where the slot does not grow or nothing has to go."""
    from imgcheck.api import savings
    from imgcheck.prediction.places import Places
    from imgcheck.prediction.strip import Wish

    if first.per_release <= 0:
        return ()
    facts = hand.facts
    # Other layouts are no reason here to strip more.
    tables = tuple(one for one in facts.layouts if one.name == first.layout)
    fits = tuple(one for one in facts.fits if one.name == first.layout)
    made = hand.made._replace(facts=replace(facts, layouts=tables, fits=fits))
    need = math.ceil(first.per_release * request.releases) if first.left else None
    places = Places(request.objects, request.sources)
    found, _ = savings.strip(hand.inputs, made, Wish(need), places, progress)
    best = found.plans[0] if found.plans else None
    if best is None or not best.features:
        return ()
    saving = best.flash if questions.SLOTS[first.slot].resource == "flash" else best.ota
    return (forecast.bought(best.features, saving, first, planned=True),)
