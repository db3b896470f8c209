"""A size over time as a picture: its builds, the limits of its slots, what jumped, and where it is going."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from imgcheck.model import Chart, Mark
from imgcheck.printable import clip, printable
from imgcheck.report.columns import size_text

WIDTH, HEIGHT = 1040, 560
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 172, 76, 64
_TICKS = 6
LABELS = 5  # jumps that are named; the others are marked
_ROW = 13  # pixels between two labels


class _Frame(NamedTuple):
    low: float
    high: float
    places: int  # of builds, those to come included

    def x(self, at: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * at / max(self.places - 1, 1)

    def y(self, size: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (size - self.low) / (self.high - self.low)


_STYLE = """
.b{fill:#fff}.t{fill:#1a1f24;font:600 19px system-ui,sans-serif}
.n{fill:#5b6670;font:13px system-ui,sans-serif}
.a{fill:#5b6670;font:11px system-ui,sans-serif;font-variant-numeric:tabular-nums}
.g{stroke:#e4e8ec}
.s{fill:none;stroke:#0b62c4;stroke-width:2.2;stroke-linejoin:round}.f{fill:#0b62c4;opacity:.13}
.m{fill:none;stroke:#0b62c4;stroke-width:1.6;stroke-dasharray:5 4}.l{stroke:#c4262e;stroke-width:1.4}
.k{fill:#c4262e;font:600 11px system-ui,sans-serif}.u{fill:#c4262e}.d{fill:#1a7f3c}.e{fill:#0b62c4}
.j{fill:#1a1f24;font:11px system-ui,sans-serif}
.j{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
@media (prefers-color-scheme:dark){.j{stroke:#15191d}
.b{fill:#15191d}.t,.j{fill:#e8ecef}.n,.a{fill:#9aa6b0}.g{stroke:#2a3137}
.s,.m{stroke:#6db3ff}.f,.e{fill:#6db3ff}.l{stroke:#ff7b7f}.k,.u{fill:#ff7b7f}.d{fill:#5fd38a}}
"""


def svg(chart: Chart) -> str:
    """The picture as SVG, which needs nothing else."""
    frame = _frame(chart)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{_text(chart.title)}">',
        f"<title>{_text(chart.title)}</title><style>{_STYLE}</style>",
        f'<rect class="b" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="t" x="{_LEFT}" y="34">{_text(chart.title, 90)}</text>',
        f'<text class="n" x="{_LEFT}" y="56">{_text(chart.note, 140)}</text>',
        *_drawn(chart, frame),
        "</svg>\n",
    ]
    return "\n".join(parts)


def inline(chart: Chart) -> str:
    """The same picture for a page, whose style it has."""
    frame = _frame(chart)
    parts = [
        f'<svg class="trend" viewBox="0 {_TOP - 16} {WIDTH} {HEIGHT - _TOP - 16}" role="img" '
        f'aria-label="{_text(chart.title)}">',
        *_drawn(chart, frame),
        "</svg>",
    ]
    return "\n".join(parts)


def _drawn(chart: Chart, frame: _Frame) -> list[str]:
    return [
        *_axes(chart, frame),
        *_limits(chart, frame),
        *_future(chart, frame),
        f'<path class="s" d="{_steps(chart.sizes, frame)}"/>',
        *_marks(chart, frame),
        *_end(chart, frame),
    ]


def on_the_left(chart: Chart, mark: Mark) -> bool:
    """Whether a label stands left of its mark: over a rise there is room before it, under a fall behind."""
    builds = len(chart.sizes)
    return 4 * mark.at > builds if mark.grown else 4 * mark.at > 3 * builds


def above(chart: Chart) -> str:
    """The first limit that lies above the picture, when there is none in it; else nothing."""
    low, high = span(chart)
    if any(low <= limit <= high for _, limit in chart.limits):
        return ""
    first = next(((name, limit) for name, limit in chart.limits if limit > high), None)
    if first is None:
        return ""
    name, limit = first
    return f"{name}: {size_text(limit)}, {size_text(limit - chart.sizes[-1])} above the last build"


def _frame(chart: Chart) -> _Frame:
    low, high = span(chart)
    return _Frame(low, high, len(chart.sizes) + len(chart.fan))


def span(chart: Chart) -> tuple[float, float]:
    """The least and the largest size that the picture has room for."""
    futures = [size for row in chart.fan for size in (row[0], row[2])]
    shown = [*chart.sizes, *futures]
    least, most = min(shown), max(shown)
    seen = max(most - least, 64)
    # A limit is drawn as soon as it does not squeeze the builds into a line.
    most = max([most, *(limit for _, limit in chart.limits if limit <= most + 2 * seen)])
    room = max(most - least, 64) * 0.08
    return max(least - room, 0), most + room


def _axes(chart: Chart, frame: _Frame) -> list[str]:
    parts = []
    step = _step((frame.high - frame.low) / _TICKS)
    tick = -(-int(frame.low) // step) * step
    while tick <= frame.high:
        y = frame.y(tick)
        parts.append(f'<path class="g" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(
            f'<text class="a" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{size_text(tick)}</text>'
        )
        tick += step
    every = max(len(chart.names) // 7, 1)
    # The last build has its own label; one just before it would run into that.
    for at in range(0, len(chart.names), every):
        x = frame.x(at)
        parts.append(
            f'<text class="a" x="{x:.1f}" y="{HEIGHT - _BOTTOM + 22}" text-anchor="middle">'
            f"{_text(chart.names[at], 14)}</text>"
        )
    return parts


def _step(least: float) -> int:
    size = 1
    while True:
        for factor in (1, 2, 5):
            if size * factor >= least:
                return size * factor
        size *= 10


def _limits(chart: Chart, frame: _Frame) -> list[str]:
    parts = []
    taken: list[float] = []
    if beyond := above(chart):
        parts.append(
            f'<text class="k" x="{WIDTH - _RIGHT}" y="{_TOP - 4}" text-anchor="end">'
            f"\u2191 {_text(beyond, 80)}</text>"
        )
    for name, limit in chart.limits:
        if not frame.low <= limit <= frame.high:
            continue
        y = frame.y(limit)
        parts.append(f'<path class="l" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        label = _clear(y + 4, taken)
        parts.append(f'<text class="k" x="{WIDTH - _RIGHT + 6}" y="{label:.1f}">{_text(name, 24)}</text>')
    return parts


def _clear(y: float, taken: list[float], step: int = _ROW) -> float:
    """A height for a label that no other has."""
    while any(abs(y - other) < _ROW for other in taken):
        y += step
    taken.append(y)
    return y


def _future(chart: Chart, frame: _Frame) -> list[str]:
    if not chart.fan:
        return []
    start = len(chart.sizes) - 1
    rows = [(chart.sizes[-1],) * 3, *chart.fan]
    above = [f"{frame.x(start + at):.1f} {frame.y(row[2]):.1f}" for at, row in enumerate(rows)]
    below = [f"{frame.x(start + at):.1f} {frame.y(row[0]):.1f}" for at, row in enumerate(rows)]
    middle = [f"{frame.x(start + at):.1f} {frame.y(row[1]):.1f}" for at, row in enumerate(rows)]
    return [
        f'<path class="f" d="M{"L".join([*above, *reversed(below)])}Z"/>',
        f'<path class="m" d="M{"L".join(middle)}"/>',
    ]


def _steps(sizes: Sequence[int], frame: _Frame) -> str:
    """A size holds until the next build: a line with steps, not slopes."""
    parts = [f"M{frame.x(0):.1f} {frame.y(sizes[0]):.1f}"]
    for at, size in enumerate(sizes[1:], 1):
        parts.append(f"H{frame.x(at):.1f}")
        if size != sizes[at - 1]:
            parts.append(f"V{frame.y(size):.1f}")
    return "".join(parts)


def _marks(chart: Chart, frame: _Frame) -> list[str]:
    parts = []
    taken: list[float] = []
    for number, mark in enumerate(chart.marks):
        x, y = frame.x(mark.at), frame.y(chart.sizes[mark.at])
        kind = "u" if mark.grown else "d"
        title = f"<title>{_text(mark.label)}</title>"
        parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4">{title}</circle>')
        if number < LABELS:
            label = _clear(y - 12, taken, -_ROW) if mark.grown else _clear(y + 20, taken)
            side = "end" if on_the_left(chart, mark) else "start"
            at = f'x="{x + (-8 if side == "end" else 8):.1f}" y="{label:.1f}" text-anchor="{side}"'
            parts.append(f'<text class="j" {at}>{_text(mark.label, 44)}</text>')
    return parts


def _end(chart: Chart, frame: _Frame) -> list[str]:
    x, y = frame.x(len(chart.sizes) - 1), frame.y(chart.sizes[-1])
    words = f"{chart.names[-1]}: {size_text(chart.sizes[-1])}"
    return [
        f'<circle class="e" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>',
        f'<text class="j" x="{x + 8:.1f}" y="{y + 18:.1f}">{_text(words, 40)}</text>',
    ]


def _text(text: str, most: int = 200) -> str:
    return escape(clip(printable(text), most), {'"': "&quot;"})
