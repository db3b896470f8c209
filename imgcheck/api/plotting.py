"""`imgcheck history plot`: a size over time as SVG, as PNG with matplotlib, or as a page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from imgcheck import emitters, output
from imgcheck.api import timeline, trends
from imgcheck.devices import recorded
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.history import store
from imgcheck.history.store import Wanted
from imgcheck.model import Chart, Layout, Report
from imgcheck.printable import clip, printable
from imgcheck.report import chart as charts
from imgcheck.report import history as shown
from imgcheck.report.columns import size_text

_PAGES = (".html", ".htm")
_BLUE, _RED, _GREY = "#0b62c4", "#c4262e", "#5b6670"


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

    figure, axes = pyplot.subplots(figsize=(10.4, 5.6), dpi=144)
    _lines(axes, chart)
    _words(axes, chart)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, labelsize=8, labelcolor=_GREY)
    axes.grid(axis="y", color="#e4e8ec", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_ylim(*charts.span(chart))
    axes.set_xlim(0, len(chart.sizes) + len(chart.fan))
    every = max(len(chart.names) // 7, 1)
    axes.set_xticks(range(0, len(chart.names), every), [_plain(name) for name in chart.names[::every]])
    axes.yaxis.set_major_formatter(lambda size, _at: size_text(round(size)))
    figure.tight_layout()
    data = io.BytesIO()
    figure.savefig(data, format="png")
    pyplot.close(figure)
    return data.getvalue()


def _lines(axes: Any, chart: Chart) -> None:
    """The builds, what jumped, and the forecast's fan."""
    axes.step(range(len(chart.sizes)), chart.sizes, where="post", linewidth=2, color=_BLUE)
    if chart.fan:
        ahead = range(len(chart.sizes) - 1, len(chart.sizes) + len(chart.fan))
        rows = [(chart.sizes[-1],) * 3, *chart.fan]
        axes.fill_between(
            ahead, [row[0] for row in rows], [row[2] for row in rows], color=_BLUE, alpha=0.13, lw=0
        )
        axes.plot(ahead, [row[1] for row in rows], "--", linewidth=1.3, color=_BLUE)
    for mark in chart.marks:
        axes.plot(mark.at, chart.sizes[mark.at], "o", markersize=5, color=_RED if mark.grown else "#1a7f3c")
    axes.plot(len(chart.sizes) - 1, chart.sizes[-1], "o", color=_BLUE)


def _words(axes: Any, chart: Chart) -> None:
    """Title and note, the names of limits and of the largest jumps, the last size."""
    low, high = charts.span(chart)
    axes.set_title(_plain(chart.title), loc="left", fontweight="bold", fontsize=14, pad=30)
    head = {"xycoords": "axes fraction", "textcoords": "offset points", "fontsize": 9}
    axes.annotate(_plain(chart.note), (0, 1), xytext=(0, 14), color=_GREY, **head)
    if beyond := charts.above(chart):
        axes.annotate(f"\u2191 {_plain(beyond)}", (1, 1), xytext=(0, 1), ha="right", color=_RED, **head)
    for name, limit in chart.limits:
        if low <= limit <= high:
            axes.axhline(limit, color=_RED, linewidth=1.2)
            axes.annotate(
                _plain(name),
                (1.005, limit),
                xycoords=("axes fraction", "data"),
                fontsize=8,
                va="center",
                color=_RED,
            )
    near = {"textcoords": "offset points", "fontsize": 8}
    for mark in chart.marks[: charts.LABELS]:
        left = charts.on_the_left(chart, mark)
        axes.annotate(
            _plain(mark.label),
            (mark.at, chart.sizes[mark.at]),
            xytext=(-6 if left else 6, 7 if mark.grown else -14),
            ha="right" if left else "left",
            **near,
        )
    last = f"{chart.names[-1]}: {size_text(chart.sizes[-1])}"
    axes.annotate(_plain(last), (len(chart.sizes) - 1, chart.sizes[-1]), xytext=(6, -14), **near)


def _plain(text: str) -> str:
    """Words come from outside: a dollar sign would start a formula."""
    return clip(printable(text), 140).replace("$", r"\$")
