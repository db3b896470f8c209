"""`imgcheck history plot`: a size over time as SVG, or as PNG with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from imgcheck import output
from imgcheck.api import timeline
from imgcheck.devices import layouts
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.history import forecast, questions, store, trend
from imgcheck.history.store import Wanted
from imgcheck.model import SLOTS
from imgcheck.report import chart as charts
from imgcheck.report import history as shown
from imgcheck.report.chart import Chart, Mark
from imgcheck.report.columns import change_text, size_text

_AHEAD = 0.5  # of the builds that are shown: how far the forecast is drawn
MOST_BUILDS = 400


def plot(address: str, wanted: Wanted, slot: str, names: Sequence[str], path: Path) -> None:
    """Draws the size of what lies in `slot`, with its limits, and writes it to `path` (.svg or .png)."""
    if path.suffix.lower() not in (".svg", ".png"):
        raise ImgcheckError(f"{path}: a picture is .svg or .png")
    output.check(path)
    made = chart(address, wanted, slot, names)
    output.replace([(path, charts.svg(made) if path.suffix.lower() == ".svg" else png(made))])


def chart(address: str, wanted: Wanted, slot: str, names: Sequence[str]) -> Chart:
    """The chart of a history; raises UndecidedError when nothing in it has a size of that slot."""
    tables = [layouts.load(name) for name in names] if names else layouts.default()
    with store.connect(address) as opened:
        line = timeline.read(opened, address, wanted)
    points = line.series[slot][-MOST_BUILDS:]
    if not points:
        raise UndecidedError(f"{store.shown(address)}: no build in it has a size of the {slot} image")
    builds = line.by_id
    sizes = [point.size for point in points]
    changes = questions.changes(questions.SLOTS[slot], points, builds)
    places = {point.build: at for at, point in enumerate(points)}
    marks = [
        Mark(places[one.build.id], f"{one.build.name} {change_text(one.delta)}", one.delta > 0)
        for one in sorted(changes, key=lambda one: -abs(one.delta))
    ]
    limits = sorted(
        (table.name, timeline.limits(table)[slot]) for table in tables if slot in timeline.limits(table)
    )
    limits.sort(key=lambda row: row[1])
    ahead = max(round(len(sizes) * _AHEAD), 5)
    recent = sizes[-forecast.WINDOW - 1 :]
    note = f"{size_text(len(sizes))} builds"
    known = timeline.forecasts(line, tables)
    first = next((one for one in known if one.slot == slot), None)
    if first is not None and first.left:
        note += f"; {change_text(first.per_release)} bytes a release, first over {first.layout}: "
        note += first.first or f"in {first.left} releases"
        note += f" (80 %: {shown.interval(first)} releases)"
    what = f"{SLOTS[slot][0].upper()}{SLOTS[slot][1:]}"
    title = " ".join(filter(None, (line.builds[-1].target, line.builds[-1].variant)))
    return Chart(
        title=f"{what} of {title}" if title else what,
        note=note,
        names=[builds[point.build].name for point in points],
        sizes=sizes,
        limits=limits,
        marks=marks,
        fan=trend.fan(recent, ahead),
    )


def png(chart: Chart) -> bytes:
    """The same picture by matplotlib."""
    try:
        import matplotlib as mpl
    except ModuleNotFoundError:
        raise ImgcheckError(
            "PNG needs matplotlib: install firmware-imgcheck[plot], or ask for .svg"
        ) from None
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(10.4, 5.6), dpi=120)
    places = range(len(chart.sizes))
    axes.step(places, chart.sizes, where="post", linewidth=2)
    for name, limit in chart.limits:
        if limit < 1.5 * max(chart.sizes):
            axes.axhline(limit, color="#c4262e", linewidth=1)
            axes.annotate(name, (1.005, limit), xycoords=("axes fraction", "data"), fontsize=7, va="center")
    for mark in chart.marks:
        axes.plot(mark.at, chart.sizes[mark.at], "o", color="#c4262e" if mark.grown else "#1a7f3c")
    if chart.fan:
        ahead = range(len(chart.sizes) - 1, len(chart.sizes) + len(chart.fan))
        rows = [(chart.sizes[-1],) * 3, *chart.fan]
        axes.fill_between(ahead, [row[0] for row in rows], [row[2] for row in rows], alpha=0.15)
        axes.plot(ahead, [row[1] for row in rows], "--", linewidth=1.2)
    every = max(len(chart.names) // 7, 1)
    # Names come from outside: a dollar sign would start a formula.
    axes.set_xticks(
        list(places)[::every], [name.replace("$", r"\$") for name in chart.names[::every]], fontsize=8
    )
    axes.set_title(chart.title.replace("$", r"\$"), loc="left", fontweight="bold")
    axes.set_ylabel("bytes")
    axes.yaxis.set_major_formatter(lambda size, _at: size_text(round(size)))
    figure.tight_layout()
    data = io.BytesIO()
    figure.savefig(data, format="png")
    pyplot.close(figure)
    return data.getvalue()
