"""What lies where in a flash, drawn to scale: as lines of text, and as one SVG."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from imgcheck import targets
from imgcheck.devices import capacity
from imgcheck.model import Layout
from imgcheck.printable import clip, printable
from imgcheck.targets.tablewords import ABSURD, show, size
from imgcheck.wording import commas

LOADER, TABLE, FREE = "loader", "table", "free"

_WIDTH, _MARGIN, _BAR, _ROW, _TITLE = 760, 12, 44, 18, 26  # pixels of the SVG
_ROLES = {  # fill of a role, readable on light and dark pages alike
    "application": "#3b7dd8", "second": "#2c5f9e", "media": "#3a9d5d", "PSM": "#d9822b", "factory": "#8e5bbf",
    "mfg": "#8a8f98", LOADER: "#5b6270", TABLE: "#b0485a", FREE: "none", "": "#2f9aa8",
}  # fmt: skip


class Span(NamedTuple):
    """A stretch of the flash; `role` decides its colour, `label` names it."""

    label: str
    start: int
    size: int
    role: str


def spans(layout: Layout) -> tuple[Span, ...]:
    """Every byte of the flash once, by address; where partitions overlap, each is there in full."""
    used = sorted(_used(layout), key=lambda span: (span.start, -span.size))
    out: list[Span] = []
    end = 0
    for span in used:
        if span.start > end:
            out.append(Span("free", end, span.start - end, FREE))
        out.append(span)
        end = max(end, span.start + span.size)
    if end < layout.flash_size:
        out.append(Span("free", end, layout.flash_size - end, FREE))
    return tuple(out)


def lane(span: Span, scale: int, width: int) -> str:
    """`width` characters for `scale` bytes, the span's own as # (free: -); never none for what is there."""
    first = min(max(span.start, 0) * width // scale, width - 1)
    last = min(max(-(-(span.start + span.size) * width // scale), first + 1), width)
    mark = "-" if span.role == FREE else "#"
    return "." * first + mark * (last - first) + "." * (width - last)


def extent(layout: Layout) -> int:
    """The bytes that a drawing shows: the flash, and what a table puts behind its end."""
    return max([layout.flash_size, *(span.start + span.size for span in _used(layout))])


def svg(layouts: Sequence[Layout]) -> str:
    """All flashes under each other on one scale, each a bar with a legend; names are escaped."""
    scale = max(extent(layout) for layout in layouts)
    body: list[str] = []
    top = 0
    for layout in layouts:
        stretches = spans(layout)
        body += _drawing(layout, stretches, scale, top)
        top += _TITLE + _BAR + _ROW * (len(stretches) + 1)
    box = f'viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} '
        'role="img" font-family="ui-monospace, monospace" font-size="12">'
    )
    style = (
        "<style>text{fill:#1c2128}.title{font-weight:bold;font-size:14px}.in{fill:#fff}.edge{fill:none;stroke:#8a8f98}"
        "@media (prefers-color-scheme: dark){text{fill:#e6e8eb}}</style>"
    )
    return "\n".join([head, style, *body, "</svg>"]) + "\n"


def _used(layout: Layout) -> Iterator[Span]:
    if layout.tables:
        rules = targets.of_layout(layout).table
        yield Span(rules.loader, 0, min(layout.tables), LOADER)
        for number, address in enumerate(layout.tables):
            yield Span(f"table, copy {number}", address, rules.page, TABLE)
    slots = capacity.slot_numbers(layout)
    for index, partition in enumerate(layout.partitions):
        for number, start, length in partition.copies:
            two = partition.size0 > 0 and partition.size1 > 0
            name = show(partition.name)
            slot = slots.get((index, number))
            role = partition.name if slot is None else "second" if slot else "application"
            yield Span(
                f"{name} slot {number}" if two else name, start, length, role if role in _ROLES else ""
            )


def _drawing(layout: Layout, stretches: Sequence[Span], scale: int, top: int) -> Iterator[str]:
    inner = _WIDTH - 2 * _MARGIN
    title = f"{clip(printable(layout.name), 60)} - {commas(layout.flash_size >> 10)} KiB"
    yield f'<text class="title" x="{_MARGIN}" y="{top + 18}">{escape(title)}</text>'
    bar = top + _TITLE
    for row, span in enumerate(stretches):
        x = _MARGIN + inner * span.start / scale
        width = max(inner * span.size / scale, 1.0)
        place = f"{address(span.start)} to {address(span.start + span.size)}, {size(span.size)}"
        text = escape(f"{span.label} {place}")
        edge = ' class="edge" stroke-dasharray="3 3"' if span.role == FREE else ""
        fill = f'fill="{_ROLES[span.role]}"{edge}'
        place = f'x="{x:.1f}" y="{bar}" width="{width:.1f}" height="{_BAR}"'
        yield f"<rect {place} {fill}><title>{text}</title></rect>"
        if span.role != FREE and width > 8 * len(span.label):
            place = f'x="{x + width / 2:.1f}" y="{bar + _BAR / 2 + 4:.1f}" text-anchor="middle"'
            yield f'<text class="in" {place}>{escape(span.label)}</text>'
        y = bar + _BAR + _ROW * (row + 1)
        yield f'<rect x="{_MARGIN}" y="{y - 10}" width="11" height="11" {fill}/>'
        yield f'<text x="{_MARGIN + 18}" y="{y}">{text}</text>'
    end = _MARGIN + inner * layout.flash_size / scale
    line = f'x1="{end:.1f}" y1="{bar - 4}" x2="{end:.1f}" y2="{bar + _BAR + 4}"'
    yield f'<line {line} stroke="#d33" stroke-width="2"/>'


def address(value: int) -> str:
    """An address in hex, as tables of flash tools write it."""
    return f"{value:#08x}" if abs(value) < ABSURD else "nowhere"
