"""One self-contained page: verdict, slots, a map of the image, what if, tables; no external resource."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple
from zlib import compress

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from imgcheck import __version__, bundle, data
from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Cell, Column, Report, Table
from imgcheck.printable import clip, printable
from imgcheck.report import bars, chart, compared, merged, page, trust
from imgcheck.report.columns import size_text
from imgcheck.report.findings import of
from imgcheck.wording import commas

MOST_DATA = 320_000  # characters of plain JSON; more is deflated
TABLES_BYTES = 900_000  # of tables without data behind them
STILL_ROWS = 60  # of a table that the script makes anew, in full
DRAWN = frozenset(("components", "archives", "objects", "symbols"))  # what the script has of its own
CHANGED = frozenset(
    ("largest", "changed-components", "changed-archives", "changed-objects", "changed-symbols")
)
LONGEST_OF_FEW = 500  # characters of a cell
LONGEST = 96
LONGEST_WHOLE = 100_000  # of a list of names that must not be cut
FEW_ROWS = 300  # tables up to this have bars, and long cells
PROSE = 960


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """The page; everything that comes from a build is escaped, printable and clipped."""
    whole = merged.flat(report) if report.builds else report
    style, script = _source("style.css"), bundle.script()
    policy = f"style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    text = _PAGE.render(
        report=whole,
        policy=f"default-src 'none'; {policy}",
        style=Markup(style),
        script=Markup(script),
        version=__version__,
        content=_content(whole),
        builds=[_Build(one.title, _content(one.drawn or one)) for one in report.builds],
    )
    return text if text.endswith("\n") else text + "\n"


class _Build(NamedTuple):
    """One of several: nothing is shown of it until the script is asked to."""

    title: str
    content: Markup


def _content(report: Report) -> Markup:
    """What is between the page's head and its foot, and the data that the script draws."""
    drawn = report.page
    reserve = drawn.reserve if drawn else 0
    pages = dict(report.rules)
    findings = of(report)
    text = _CONTENT.render(
        report=report,
        verdict_state=_state(report, reserve),
        next=page.next_step(report),
        page=drawn,
        reserve=reserve,
        bars=bars.cards(report.layouts, reserve),
        prose=_block(report.prose),
        pages={one.code: _block(pages.get(one.code, "")) for one in findings},
        findings=findings,
        flashes=[bars.flash(one) for one in drawn.flashes] if drawn else [],
        tiles=compared.tiles(report.compared) if report.compared else [],
        data=Markup(_data(document)) if (document := page.document(report)) else "",
        charts=[(one, Markup(chart.inline(one))) for one in report.charts],
        tables=list(_tables(report)),
        trust=trust.lines(report),
        files=trust.files(drawn),
    )
    return Markup(text)  # escaped as it was rendered


def _state(report: Report, reserve: int) -> str:
    if report.passed is None:
        return "none"
    if not report.passed:
        return "bad"
    return "near" if bars.worst(report.layouts, reserve) == "near" else "good"


def _data(document: object) -> str:
    """JSON that ends no script element, whatever is in it."""
    text = _json(document)
    if len(text) > MOST_DATA:
        text = _json({"deflated": b64encode(compress(text.encode(), 6)).decode()})
    return text


def _json(document: object) -> str:
    # All but ASCII is escaped already: line separators, lone surrogates, marks of direction.
    return json.dumps(document, separators=(",", ":")).replace("<", "\\u003c").replace("##", "#\\u0023")


def _source(name: str) -> str:
    return data.text("reports", name)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _shown(text: str) -> str:
    return clip(printable(text), PROSE)


def _block(text: str) -> str:
    """Several lines."""
    return "\n".join(_shown(line) for line in text.splitlines()[:200])


def _prose(text: str) -> Markup:
    """A sentence; what it has between backticks in code font."""
    parts = _shown(text).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))


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
    still: bool  # the script shows the same, and more, elsewhere


def _tables(report: Report) -> Iterator[_View]:
    room = TABLES_BYTES
    for number, table in enumerate(report.tables):
        if (table.name == "slots" and report.layouts) or not (table.rows or table.note):
            continue
        if table.name == "inputs" and report.page and report.page.files:
            continue  # said with what the files held
        parts: list[str] = []
        still = table.name in (DRAWN if report.page else ()) or table.name in (
            CHANGED if report.compared else ()
        )
        short = still or (report.page is not None and table.name == "sections")
        rows = table.rows[:STILL_ROWS] if short else table.rows
        for text in _rows(table, rows, few=len(rows) <= FEW_ROWS):
            room -= len(text)
            if room < 0:
                break
            parts.append(text)
        note = table.note
        if len(parts) < len(table.rows):
            more = commas(len(table.rows) - len(parts))
            note = f"{more} more rows are in the JSON and CSV outputs. {note}".rstrip()
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
            still=still,
        )


def _head(column: Column) -> Markup:
    kind = Markup(' class="n"') if column.align == "right" else ""
    if not column.title:
        return Markup("<td></td>")
    return Markup('<th scope="col"{}><button type="button">{}</button></th>').format(kind, column.title)


def _rows(table: Table, rows: Sequence[tuple[Cell, ...]], few: bool) -> Iterator[str]:
    """A table row each; by columns, since there are thousands of rows and each column is of one kind."""
    columns = [_cells(column, [row[at] for row in rows], few) for at, column in enumerate(table.columns)]
    return (f"<tr>{''.join(row)}</tr>\n" for row in zip(*columns, strict=True))


def _cells(column: Column, cells: Sequence[Cell], few: bool) -> list[str]:
    start = "<td class=n>" if column.align == "right" else "<td>"
    text = column.text
    if column.write is size_text:
        return [
            f"{start}{commas(cell)}" if type(cell) is int else start + _text(text(cell)) for cell in cells
        ]
    if column.bar and few:
        return [
            f"<td class='n s'>{_share(cell)}{text(cell)}"
            if type(cell) is float
            else start + _text(text(cell))
            for cell in cells
        ]
    longest = LONGEST_OF_FEW if few else LONGEST
    if column.whole:
        longest = LONGEST_WHOLE
    return [start + _text(cell if type(cell) is str else text(cell), longest) for cell in cells]


def _text(text: str, longest: int = LONGEST) -> str:
    return str(escape(clip(printable(text), longest)))


def _share(share: float) -> str:
    width = min(max(share, 0), 1) * 60
    over = " over" if share > 1 else ""
    rects = f"<rect width=60 height=8 /><rect class=v width={width:.1f} height=8 />"
    return f'<svg class="share{over}" width=60 height=8 aria-hidden=true>{rects}</svg>'


def _template(name: str) -> Template:
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
    return environment.get_template(name)


_PAGE, _CONTENT = (
    _template("page.html.j2"),
    _template("content.html.j2"),
)  # as this module is imported only for a page, and beside the compressor
