"""How did what lies in each slot grow, and where is it going?  Charts of a history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgcheck.api import timeline
from imgcheck.api.timeline import Timeline
from imgcheck.devices import recorded
from imgcheck.errors import UndecidedError
from imgcheck.history import forecast, questions, store, trend
from imgcheck.model import SLOTS, Chart, Layout, Mark
from imgcheck.report import history as shown
from imgcheck.report.columns import change_text, size_text

_AHEAD = 0.5  # of the builds that are shown: how far the forecast is drawn
MOST_BUILDS = 400
_THIS = "this build"


def charts(
    line: Timeline, tables: Sequence[Layout], active: int = 0, now: Mapping[str, int] | None = None
) -> tuple[Chart, ...]:
    """A chart of each slot of which the history has sizes; `now` has those of a build that is not in it."""
    return tuple(chart(line, tables, slot, active, now) for slot, points in line.series.items() if points)


def chart(
    line: Timeline,
    tables: Sequence[Layout],
    slot: str,
    active: int = 0,
    now: Mapping[str, int] | None = None,
) -> Chart:
    """The chart of one slot; raises UndecidedError when no build has a size of what lies in it."""
    points = line.series[slot][-MOST_BUILDS:]
    if not points:
        raise UndecidedError(f"{store.shown(line.address)}: no build in it has a size of the {slot} image")
    builds = line.by_id
    sizes = [point.size for point in points]
    names = [builds[point.build].name for point in points]
    changes = questions.changes(questions.SLOTS[slot], points, builds)
    places = {point.build: at for at, point in enumerate(points)}
    marks = [
        Mark(places[one.build.id], f"{one.build.name} {change_text(one.delta)}", one.delta > 0)
        for one in sorted(changes, key=lambda one: -abs(one.delta))
    ]
    limits = [
        (one.label, one.most)
        for table in tables
        for one in recorded.limits(table, active)
        if one.slot == slot
    ]
    if now and slot in now:
        names.append(_THIS)
        sizes.append(now[slot])
    title = " ".join(filter(None, (line.builds[-1].target, line.builds[-1].variant)))
    what = f"{SLOTS[slot][0].upper()}{SLOTS[slot][1:]}"
    return Chart(
        title=f"{what} of {title}" if title else what,
        note=_note(line, tables, slot, len(sizes), active, now),
        names=tuple(names),
        sizes=tuple(sizes),
        limits=tuple(sorted(limits, key=lambda row: row[1])),
        marks=tuple(marks),
        fan=tuple(trend.fan(sizes[-forecast.WINDOW - 1 :], max(round(len(sizes) * _AHEAD), 5))),
    )


def _note(
    line: Timeline,
    tables: Sequence[Layout],
    slot: str,
    count: int,
    active: int,
    now: Mapping[str, int] | None,
) -> str:
    note = f"{size_text(count)} builds"
    known = timeline.forecasts(line, tables, active, now)
    first = next((one for one in known if one.slot == slot), None)
    if first is not None and first.left:
        note += f"; {change_text(first.per_release)} bytes a release, first over {first.layout}: "
        note += first.first or f"in {first.left} releases"
        note += f" (80 %: {shown.interval(first)} releases)"
    return note
