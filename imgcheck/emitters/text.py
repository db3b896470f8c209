"""A report for people at a terminal: 80 columns, the verdict first."""

import textwrap

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Cell, Column, Diagnostic, Report, Table
from imgcheck.printable import clip, printable

WIDTH = 80
GAP = "  "
BAR = 20  # characters, or what is left of a line
SHORTEST_BAR = 8
LINES_OF_A_CELL = 3
NARROWEST_TEXT = 24  # a last column that wraps
NARROWEST = 12  # a column of names is never cut below this

_FIRST_ODD_WIDTH = "\u0300"  # before it every character takes one column
_COLOURS = {"bold": "1", "error": "1;31", "warning": "33", "note": "36", "good": "1;32", "dim": "2"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """Verdict, tables in their short form, findings."""
    paint = _Paint(medium)
    lines: list[str] = []
    if report.verdict:
        style = {True: "good", False: "error", None: "bold"}[report.passed]
        lines += [paint(style, line) for line in _wrap(paint.plain(printable(report.verdict)))] + [""]
    for table in report.tables:
        if table.brief == 0 or not (table.rows or table.note):
            continue
        lines += [*_table(table, paint), ""]
    for diagnostic in report.diagnostics:
        lines += _diagnostic(diagnostic, paint)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


class _Paint:
    def __init__(self, medium: Medium) -> None:
        self.colour = medium.colour
        self.full, self.empty, self.over = ("█", "░", "▶") if medium.unicode else ("#", ".", ">")
        self.unicode = medium.unicode

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.colour and text else text

    def bar(self, share: Cell, width: int) -> str:
        if not isinstance(share, int | float):
            return " " * width
        if share > 1:
            return self.full * (width - 1) + self.over
        drawn = min(int(share * width + 0.5), width)
        return self.full * drawn + self.empty * (width - drawn)

    def plain(self, text: str) -> str:
        if self.unicode or text.isascii():
            return text
        return text.replace("±", "+-").replace("…", "~").encode("ascii", "backslashreplace").decode("ascii")


def _table(table: Table, paint: _Paint) -> list[str]:
    picked = [i for i, column in enumerate(table.columns) if column.brief]
    columns = [table.columns[i] for i in picked]
    rows = table.rows if table.brief is None else table.rows[: table.brief]
    tail = [row for row in (table.rest if len(rows) < len(table.rows) else None, table.total) if row]
    cells = [[_cell(table.columns[i], row[i], paint) for i in picked] for row in [*rows, *tail]]
    titles = [paint.plain(column.title) for column in columns]
    widths = _widths(columns, titles, cells)
    bars = [i for i, column in enumerate(columns) if column.bar]
    spare = min(BAR, WIDTH - sum(widths) - len(GAP) * len(widths))
    at = bars[0] if bars and spare >= SHORTEST_BAR else None  # a bar in front of the first column of shares
    out = [paint("bold", paint.plain(clip(printable(table.title), WIDTH)))]
    if table.rows:
        header = [
            _fit(title, width, column) for title, width, column in zip(titles, widths, columns, strict=True)
        ]
        if at is not None:
            header.insert(at, " " * spare)
        out.append(paint("dim", GAP.join(header).rstrip()))
    for number, texts in enumerate(cells):
        wrapped = _wrap_cell(texts[-1], widths[-1]) if columns[-1].align == "left" else [texts[-1]]
        parts = [
            _fit(text, width, column)
            for text, width, column in zip([*texts[:-1], wrapped[0]], widths, columns, strict=True)
        ]
        if at is not None:
            share = rows[number][picked[at]] if number < len(rows) else None
            style = "error" if isinstance(share, int | float) and share > 1 else "dim"
            parts.insert(at, paint(style, paint.bar(share, spare)))
        out.append(GAP.join(parts).rstrip())
        out += [" " * (WIDTH - widths[-1]) + line for line in wrapped[1:]]
    out += _wrap(paint.plain(table.note)) if table.note else []
    return out


def _wrap_cell(text: str, width: int) -> list[str]:
    # Only the last column may take more lines, and only what reads as words.
    if _width(text) <= width or " " not in text:
        return [text]
    lines = textwrap.wrap(text, width, max_lines=LINES_OF_A_CELL, placeholder="…", break_on_hyphens=False)
    return [printable(line) for line in lines]


def _cell(column: Column, cell: Cell, paint: _Paint) -> str:
    return paint.plain(printable(column.text(cell)))


def _widths(columns: list[Column], titles: list[str], cells: list[list[str]]) -> list[int]:
    widths = [max([_width(t), *(_width(row[i]) for row in cells)]) for i, t in enumerate(titles)]
    over = sum(widths) + len(GAP) * (len(widths) - 1) - WIDTH
    if over > 0 and columns[-1].align == "left" and any(" " in row[-1] for row in cells):
        step = max(0, min(over, widths[-1] - NARROWEST_TEXT))  # it wraps
        widths[-1] -= step
        over -= step
    while over > 0:
        names = [i for i, column in enumerate(columns) if column.align == "left" and widths[i] > NARROWEST]
        if not names:
            break
        widest = max(names, key=lambda i: widths[i])
        # Down to the next widest column of names, so that all of them lose alike.
        others = [widths[i] for i in names if widths[i] < widths[widest]]
        step = max(1, min(over, widths[widest] - max([NARROWEST, *others])))
        widths[widest] -= step
        over -= step
    return widths


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    if max(text) < _FIRST_ODD_WIDTH:
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _fit(text: str, width: int, column: Column) -> str:
    if _width(text) > width:
        text = clip(text, width)
        while _width(text) > width:  # wide characters
            text = text[:-1]
    blank = " " * (width - _width(text))
    return blank + text if column.align == "right" else text + blank


def _diagnostic(diagnostic: Diagnostic, paint: _Paint) -> list[str]:
    label = f"waived {diagnostic.severity}" if diagnostic.waived else str(diagnostic.severity)
    style = "dim" if diagnostic.waived else diagnostic.severity
    head = f"{label}[{printable(diagnostic.code)}]"
    first, *more = _wrap(f"{head} {paint.plain(printable(diagnostic.message))}", "  ")
    lines = [paint(style, head) + first[len(head) :] if first.startswith(head) else first, *more]
    if diagnostic.location:
        place = diagnostic.location
        where = printable(place.path) + (f":{place.line}" if place.line else "")
        lines.append(f"  at {paint.plain(clip(where, WIDTH - 5))}")
    for line in diagnostic.help.splitlines():
        lines += _wrap(f"  help: {paint.plain(printable(line))}", "    ")
    if diagnostic.waived:
        lines += _wrap(f"  waived: {paint.plain(printable(diagnostic.waived))}", "    ")
    return lines


def _wrap(text: str, indent: str = "") -> list[str]:
    text = printable(text)
    if len(text) > 8 * WIDTH:
        text = clip(text, 8 * WIDTH)
    lines = textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)
    # A long word cut in two may begin a line with what was harmless inside it.
    return [printable(line) for line in lines] or [""]
