"""`imgcheck history plot`: a size over time as SVG, as PNG with matplotlib, or as a page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from imgcheck import emitters, output
from imgcheck.api import timeline, trends
from imgcheck.devices import recorded
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.history import store
from imgcheck.history.store import Wanted
from imgcheck.model import Chart, Layout, Report
from imgcheck.report import chart as charts
from imgcheck.report import history as shown
from imgcheck.report.columns import size_text

_PAGES = (".html", ".htm")


def plot(address: str, wanted: Wanted, slot: str, names: Sequence[str], path: Path) -> None:
    """Draws the size of what lies in `slot`, with its limits, into `path` (.svg, .png or .html)."""
    suffix = path.suffix.lower()
    if suffix not in (".svg", ".png", *_PAGES):
        raise ImgcheckError(f"{path}: a picture is .svg or .png, a page is .html")
    output.check(path)
    if suffix in _PAGES:
        output.replace([(path, emitters.load("html").emit(page(address, wanted, names)))])
        return
    made = chart(address, wanted, slot, names)
    output.replace([(path, charts.svg(made) if path.suffix.lower() == ".svg" else png(made))])


def chart(address: str, wanted: Wanted, slot: str, names: Sequence[str]) -> Chart:
    """The chart of a history; raises UndecidedError when nothing in it has a size of that slot."""
    line, tables = _asked(address, wanted, names)
    return trends.chart(line, tables, slot)


def page(address: str, wanted: Wanted, names: Sequence[str]) -> Report:
    """A report with the charts of all slots."""
    line, tables = _asked(address, wanted, names)
    charts = trends.charts(line, tables)
    if not charts:
        raise UndecidedError(f"{store.shown(address)}: no build in it has a size of what lies in a slot")
    title = " ".join(filter(None, (line.builds[-1].target, line.builds[-1].variant)))
    report = shown.report(title or "history", " ".join(f"{one.title}: {one.note}." for one in charts), [])
    return replace(report, charts=charts)


def _asked(address: str, wanted: Wanted, names: Sequence[str]) -> tuple[timeline.Timeline, Sequence[Layout]]:
    with store.connect(address) as opened:
        line = timeline.read(opened, address, wanted)
    return line, recorded.tables(*line.kind, names)


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
