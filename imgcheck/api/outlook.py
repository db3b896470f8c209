"""`imgcheck forecast`: when each slot is full, what drives it there, and what stripping would buy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from imgcheck.api import build, timeline, trends
from imgcheck.api.files import Judges
from imgcheck.api.timeline import Timeline
from imgcheck.devices import recorded
from imgcheck.errors import UndecidedError
from imgcheck.history import forecast, questions, store
from imgcheck.history.forecast import Bought
from imgcheck.history.store import Store, Wanted
from imgcheck.model import Forecast, Report
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
    names, address, wanted = request.judges.layouts, request.address, request.wanted
    with store.connect(address) as opened:
        line = timeline.read(opened, address, wanted)
        tables = recorded.tables(*line.kind, names)
        found = timeline.forecasts(line, tables, request.judges.active)
        if not found:
            raise UndecidedError(_too_few(line))
        first = found[0]
        grown = _grown(opened, wanted, first)
        strips = _recorded(opened, wanted, first)
    if request.elf:
        strips = [*_planned(request, request.elf, first, progress), *strips]
    track = questions.SLOTS[first.slot]
    points = line.series[first.slot][-first.releases - 1 :]
    changes = questions.changes(track, points, line.by_id)
    commits = [one for one in questions.grown(track, points, line.by_id) if one.delta > 0]
    report = shown.report(
        line.builds[-1].target or "forecast",
        shown.outlook(first) + shown.advice(strips),
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
    return replace(report, charts=trends.charts(line, tables, request.judges.active))


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


def _planned(request: Request, elf: Path, first: Forecast, progress: Progress) -> Sequence[Bought]:
    """What the plan's first choice buys; nothing where the slot does not grow or nothing has to go."""
    from imgcheck.api import savings
    from imgcheck.prediction.strip import Wish
    from imgcheck.prediction.study import Places

    if first.per_release <= 0:
        return ()
    judges = request.judges
    inputs = build.Inputs(
        elf,
        layouts=judges.layouts or (first.layout,),
        policy=judges.policy,
        active=judges.active,
        target=judges.target,
    )
    made = build.build(inputs, packed=True)
    need = math.ceil(first.per_release * request.releases) if first.left else None
    found, _ = savings.strip(inputs, made, Wish(need), Places(request.objects, request.sources), progress)
    best = found.plans[0] if found.plans else None
    if best is None or not best.features:
        return ()
    saving = best.flash if questions.SLOTS[first.slot].resource == "flash" else best.ota
    return (forecast.bought(best.features, saving, first, planned=True),)
