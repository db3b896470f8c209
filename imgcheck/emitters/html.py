"""One self-contained page: verdict, slots, a map of the image, sortable tables; no external resource."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from imgcheck import __version__
from imgcheck.data import shipped
from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Cell, Column, Fit, Report, Slot, Table
from imgcheck.printable import clip, printable
from imgcheck.report import drawing
from imgcheck.report.columns import share_text, size_text

TABLES_BYTES = 900_000  # with the maps the page stays under 2 MB
LONGEST_OF_FEW = 500  # characters of a cell
FEW_ROWS = 300  # tables up to this have bars, and long cells


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """The page; everything that comes from a build is escaped, printable and clipped."""
    style, script = _source("style.css"), _source("script.js")
    policy = f"style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    page = _PAGE.render(
        report=report,
        policy=f"default-src 'none'; {policy}",
        style=Markup(style),
        script=Markup(script),
        version=__version__,
        fits=[_fit(fit) for fit in report.layouts],
        maps=drawing.maps(report.tree) if report.tree else [],
        tables=list(_tables(report)),
    )
    return page if page.endswith("\n") else page + "\n"


def _source(name: str) -> str:
    return (shipped("reports") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _shown(text: str) -> str:
    return clip(printable(text), 10 * drawing.LONGEST)


def _prose(text: str) -> Markup:
    """A sentence; what it has between backticks in code font."""
    parts = _shown(text).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))


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


# --- tables -----------------------------------------------------------------------------------------


class _View(NamedTuple):
    id: str
    title: str
    note: str
    head: Markup
    body: Markup
    foot: Markup
    rows: int
    open: bool


def _tables(report: Report) -> Iterator[_View]:
    room = TABLES_BYTES
    for number, table in enumerate(report.tables):
        if (table.name == "slots" and report.layouts) or not (table.rows or table.note):
            continue
        parts: list[str] = []
        for text in _rows(table, table.rows, few=len(table.rows) <= FEW_ROWS):
            room -= len(text)
            if room < 0:
                break
            parts.append(text)
        note = table.note
        if len(parts) < len(table.rows):
            note = (
                f"{len(table.rows) - len(parts):,} more rows are in the JSON and CSV outputs. {note}".rstrip()
            )
        foot = Markup("".join(_rows(table, (table.total,), few=False)) if table.total else "")
        yield _View(
            id=f"t-{table.name or number}",
            title=table.title,
            note=note,
            head=Markup("").join(map(_head, table.columns)),
            body=Markup("".join(parts)),
            foot=foot,
            rows=len(parts),
            open=table.brief != 0,
        )


def _head(column: Column) -> Markup:
    kind = Markup(' class="n"') if column.align == "right" else ""
    button = Markup('<button type="button">{}</button>').format(column.title) if column.title else ""
    return Markup('<th scope="col"{}>{}</th>').format(kind, button)


def _rows(table: Table, rows: Sequence[tuple[Cell, ...]], few: bool) -> Iterator[str]:
    """A table row each; by columns, since there are thousands of rows and each column is of one kind."""
    columns = [_cells(column, [row[at] for row in rows], few) for at, column in enumerate(table.columns)]
    return (f"<tr>{''.join(row)}</tr>\n" for row in zip(*columns, strict=True))


def _cells(column: Column, cells: Sequence[Cell], few: bool) -> list[str]:
    start = "<td class=n>" if column.align == "right" else "<td>"
    text, name = column.text, drawing.name
    if column.write is size_text:
        return [f"{start}{cell:,}" if type(cell) is int else start + text(cell) for cell in cells]
    if column.bar and few:
        return [
            f"<td class='n s'>{_share(cell)}{text(cell)}" if type(cell) is float else start + text(cell)
            for cell in cells
        ]
    longest = LONGEST_OF_FEW if few else drawing.LONGEST
    return [start + (name(cell, longest) if type(cell) is str else text(cell)) for cell in cells]


def _share(share: float) -> str:
    width = min(max(share, 0), 1) * 60
    over = " over" if share > 1 else ""
    rects = f"<rect width=60 height=8 /><rect class=v width={width:.1f} height=8 />"
    return f'<svg class="share{over}" width=60 height=8 aria-hidden=true>{rects}</svg>'


def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,  # used once: it would cost more than it saves
    )
    environment.filters["shown"] = _shown
    environment.filters["prose"] = _prose
    environment.filters["bytes"] = size_text
    return environment.get_template("page.html.j2")


_PAGE = _template()  # as this module is imported only for a page, and beside the compressor
