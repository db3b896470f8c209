"""One self-contained page: verdict, slots, a map of the image, sortable tables; no external resource."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from imgcheck import __version__, treemap
from imgcheck.columns import share_text, size_text
from imgcheck.data import shipped
from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Cell, Column, Fit, Node, Report, Slot, Table
from imgcheck.printable import clip, printable
from imgcheck.treemap import Box

MAP = (1200.0, 620.0)
SMALLEST = 400.0  # area of a box; a smaller one could not hold a name
MAPS_BYTES = 500_000  # of the components' maps; with the overview and the tables the page stays under 2 MB
TABLES_BYTES = 900_000
LONGEST = 96  # characters of a name
HUES = 12
FEW_ROWS = 300  # tables up to this have bars
_PLAIN = re.compile(r"[\w.()\[\]+-]*", re.ASCII)
_LETTER = 6.4  # width of a letter on the map
_LEGIBLE = 7  # letters that a clipped name needs to mean something


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """The page; everything that comes from a build is escaped, printable and clipped."""
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    environment.filters["bytes"] = size_text
    style, script = _source("style.css"), _source("script.js")
    policy = f"style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    page = environment.get_template("page.html.j2").render(
        report=report,
        policy=f"default-src 'none'; {policy}",
        style=Markup(style),
        script=Markup(script),
        version=__version__,
        fits=[_fit(fit) for fit in report.layouts],
        maps=_maps(report.tree) if report.tree else [],
        tables=list(_tables(report)),
    )
    return page if page.endswith("\n") else page + "\n"


def _source(name: str) -> str:
    return (shipped("reports") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _shown(text: str) -> str:
    return clip(printable(text), 10 * LONGEST)


# --- slots ------------------------------------------------------------------------------------------


class _Bar(NamedTuple):
    label: str
    size: str
    limit: str
    left: str
    share: str
    over: bool
    binds: bool
    filled: str  # of 100
    mark: str  # where the limit is, of 100


class _Card(NamedTuple):
    name: str
    fits: bool
    bars: tuple[_Bar, ...]


_LABELS = {"unpacked": "Unpacked", "body": "OTA body"}


def _fit(fit: Fit) -> _Card:
    return _Card(fit.name, fit.fits, tuple(_bar(slot, slot.name == fit.binding) for slot in fit.slots))


def _bar(slot: Slot, binds: bool) -> _Bar:
    over = slot.headroom < 0
    longest = max(slot.size, slot.limit, 1)
    return _Bar(
        label=_LABELS[slot.name],
        size=size_text(slot.size),
        limit=size_text(slot.limit),
        left=f"{size_text(abs(slot.headroom))} {'over' if over else 'left'}",
        share=share_text(slot.size / slot.limit) if slot.limit > 0 else "no slot",
        over=over,
        binds=binds,
        filled=f"{100 * slot.size / longest:.2f}",
        mark=f"{100 * max(slot.limit, 0) / longest:.2f}",
    )


# --- map --------------------------------------------------------------------------------------------


class _Map(NamedTuple):
    id: str
    name: str
    title: str
    boxes: Markup


def _maps(tree: Node) -> list[_Map]:
    whole = treemap.lay(tree, *MAP, depth=3, smallest=SMALLEST)
    inside: dict[int, _Map] = {}
    room = MAPS_BYTES
    for number, component in enumerate(whole.children):
        node = component.node
        drawing = _Drawing(node.flash)
        for box in treemap.lay(node, *MAP, depth=2, smallest=SMALLEST).children:
            drawing.box(box, number)
        room -= drawing.size
        if drawing.size and room > 0:
            title = f"{node.name}: {size_text(node.flash)} bytes of flash, {size_text(node.ram)} of RAM"
            inside[number] = _Map(f"map-{number}", node.name, title, drawing.markup())
    drawing = _Drawing(tree.flash)
    for number, box in enumerate(whole.children):
        drawing.component(box, number, linked=number in inside)
    return [_Map("map", tree.name, "All components", drawing.markup()), *inside.values()]


class _Drawing:
    """SVG of boxes; `whole` is what shares are of."""

    def __init__(self, whole: int) -> None:
        self.whole = whole
        self.parts: list[str] = []

    @property
    def size(self) -> int:
        return sum(map(len, self.parts))

    def markup(self) -> Markup:
        return Markup("".join(self.parts))

    def component(self, box: Box, number: int, linked: bool) -> None:
        kind = f'class="h{_hue(box.node, number)}"'
        self.parts.append(f'<a href="#map-{number}" {kind}>' if linked else f"<g {kind}>")
        if box.node.children:
            self._frame(box, "f0")
        else:
            self._leaf(box)
        for child in box.children:
            self._object(child)
        self.parts.append("</a>" if linked else "</g>")

    def box(self, box: Box, number: int) -> None:
        self.parts.append(f'<g class="h{_hue(box.node, number)}">')
        self._object(box)
        self.parts.append("</g>")

    def _object(self, box: Box) -> None:
        if not box.node.children:
            self._leaf(box)
            return
        self.parts.append("<g>")
        self._frame(box, "f1")
        for child in box.children:
            self._leaf(child)
        self.parts.append("</g>")

    def _frame(self, box: Box, kind: str) -> None:
        self.parts.append(f"{_rect(box, kind)}{self._title(box)}</rect>")
        if box.titled:
            self.parts.append(_label(box, 5, 12.5))

    def _leaf(self, box: Box) -> None:
        rect = f"{_rect(box, 'l')}{self._title(box)}</rect>"
        rect += _label(box, 4, 12) if box.height >= 15 else ""
        self.parts.append(rect)

    def _title(self, box: Box) -> str:
        node = box.node
        sizes = f"{node.flash:,} bytes, {share_text(node.flash / self.whole if self.whole else 0)}"
        sizes += f", RAM {size_text(node.ram)}" if node.ram else ""
        sizes += f", OTA {size_text(node.ota)}" if node.ota is not None else ""
        sizes += f"; {box.left_out:,} smaller not drawn" if box.left_out else ""
        return f"<title>{_name(node.name)}: {sizes}</title>"


def _label(box: Box, right: float, down: float) -> str:
    letters = int((box.width - 2 * right) / _LETTER)
    name = box.node.name
    if len(name) > letters and name.endswith(".o)"):
        name = name[name.find("(") + 1 : -1]  # the member says more than its archive
    if len(name) > letters < _LEGIBLE:
        return ""
    return f'<text x="{box.x + right:.1f}" y="{box.y + down:.1f}">{_name(name, letters)}</text>'


def _rect(box: Box, kind: str) -> str:
    width, height = max(box.width, 0.5), max(box.height, 0.5)
    return f'<rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="{width:.1f}" height="{height:.1f}">'


def _hue(node: Node, number: int) -> str:
    return "x" if node.name.startswith("[") else str(number % HUES)


# --- tables -----------------------------------------------------------------------------------------


class _View(NamedTuple):
    id: str
    title: str
    note: str
    columns: tuple[Column, ...]
    body: Markup
    foot: Markup
    rows: int
    open: bool


def _tables(report: Report) -> Iterator[_View]:
    room = TABLES_BYTES
    for number, table in enumerate(report.tables):
        if (table.name == "slots" and report.layouts) or not (table.rows or table.note):
            continue
        bars = len(table.rows) <= FEW_ROWS
        parts: list[str] = []
        for row in table.rows:
            text = _row(table, row, bars)
            room -= len(text)
            if room < 0:
                break
            parts.append(text)
        note = table.note
        if len(parts) < len(table.rows):
            note = (
                f"{len(table.rows) - len(parts):,} more rows are in the JSON and CSV outputs. {note}".rstrip()
            )
        foot = Markup(_row(table, table.total, False)) if table.total else Markup("")
        yield _View(
            id=f"t-{table.name or number}",
            title=table.title,
            note=note,
            columns=table.columns,
            body=Markup("".join(parts)),
            foot=foot,
            rows=len(parts),
            open=table.brief != 0,
        )


def _row(table: Table, row: tuple[Cell, ...], bars: bool) -> str:
    cells = [
        f"<td>{_name(cell)}" if type(cell) is str and column.align == "left" else _number(column, cell, bars)
        for column, cell in zip(table.columns, row, strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>\n"


def _number(column: Column, cell: Cell, bars: bool) -> str:
    if isinstance(cell, str):
        return f"<td class=n>{_name(cell)}"
    if column.bar and bars and isinstance(cell, int | float):
        return f"<td class='n s'>{_share(cell)}{column.text(cell)}"
    return f"<td class=n>{column.text(cell)}" if column.align == "right" else f"<td>{column.text(cell)}"


def _share(share: float) -> str:
    width = min(max(share, 0), 1) * 60
    over = " over" if share > 1 else ""
    rects = f"<rect width=60 height=8 /><rect class=v width={width:.1f} height=8 />"
    return f'<svg class="share{over}" width=60 height=8 aria-hidden=true>{rects}</svg>'


def _name(text: str, longest: int = LONGEST) -> str:
    """A name from the build, harmless anywhere in the page; most are plain words, and there are thousands."""
    if _PLAIN.fullmatch(text):
        return text if len(text) <= longest else clip(text, longest)
    return str(escape(clip(printable(text), longest)))
