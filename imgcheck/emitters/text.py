"""A report for people at a terminal: 80 columns, the verdict first."""

import textwrap

from tabulate import tabulate

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Cell, Column, Diagnostic, Report, Table
from imgcheck.printable import clip, printable

WIDTH = 80
GAP = "  "
BAR = 20  # characters, or what is left of a line
SHORTEST_BAR = 8
LINES_OF_A_CELL = 3
NARROWEST_TEXT = 24  # a last column that wraps
LONGEST_WORD = 32  # of it that is not cut in two
NARROWEST = 12  # a column of names is never cut below this

# tabulate counts characters: this one, taken out again, stands for the second column of a wide one.
_SECOND = "\0"
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
            return ""
        if share > 1:
            return self("error", self.full * (width - 1) + self.over)
        drawn = min(int(share * width + 0.5), width)
        return self("dim", self.full * drawn + self.empty * (width - drawn))

    def plain(self, text: str) -> str:
        if self.unicode or text.isascii():
            return text
        return text.replace("±", "+-").replace("…", "~").encode("ascii", "backslashreplace").decode("ascii")


def _table(table: Table, paint: _Paint) -> list[str]:
    picked = [i for i, column in enumerate(table.columns) if column.brief]
    columns = [table.columns[i] for i in picked]
    rows = table.rows if table.brief is None else table.rows[: table.brief]
    tail = [row for row in (table.rest if len(rows) < len(table.rows) else None, table.total) if row]
    # A header of tabulate's would make every column two wider than its title: it is the first row.
    cells = [[paint.plain(column.title) for column in columns]] if table.rows else []
    cells += [[_cell(table.columns[i], row[i], paint) for i in picked] for row in [*rows, *tail]]
    title = paint("bold", paint.plain(clip(printable(table.title), WIDTH)))
    note = _wrap(paint.plain(table.note)) if table.note else []
    if not cells:
        return [title, *note]
    widths = _widths(columns, cells)
    grid = [
        [_fit(text, width, last=i == len(columns) - 1 and columns[i].align == "left")
         for i, (text, width) in enumerate(zip(texts, widths, strict=True))]
        for texts in cells
    ]  # fmt: skip
    aligns = [column.align for column in columns]
    bars = [i for i, column in enumerate(columns) if column.bar]
    spare = min(BAR, WIDTH - sum(widths) - len(GAP) * len(widths))
    if bars and spare >= SHORTEST_BAR:  # a bar in front of the first column of shares
        shares = [None, *(row[picked[bars[0]]] for row in rows), *(None for _ in tail)]
        for texts, share in zip(grid, shares, strict=True):
            texts.insert(bars[0], paint.bar(share, spare))
        aligns.insert(bars[0], "left")
    text = tabulate(grid, tablefmt="plain", disable_numparse=True, colalign=aligns).replace(_SECOND, "")
    lines = [line.rstrip() for line in text.split("\n")]
    return [title, *([paint("dim", lines.pop(0))] if table.rows else []), *lines, *note]


def _cell(column: Column, cell: Cell, paint: _Paint) -> str:
    return paint.plain(printable((column.short or column.text)(cell)))


def _widths(columns: list[Column], cells: list[list[str]]) -> list[int]:
    widths = [max(_width(row[i]) for row in cells) for i in range(len(columns))]
    over = sum(widths) + len(GAP) * (len(widths) - 1) - WIDTH
    if over > 0 and columns[-1].align == "left" and any(" " in row[-1] for row in cells[1:]):
        words = [min(_width(word), LONGEST_WORD) for row in cells for word in row[-1].split()]
        step = max(0, min(over, widths[-1] - max([NARROWEST_TEXT, *words])))  # it wraps
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


def _fit(text: str, width: int, last: bool) -> str:
    """`text` for a column `width` wide: cut, or where it is the last one and reads as words, in lines."""
    if _width(text) > width and last and " " in text:
        lines = textwrap.wrap(text, width, max_lines=LINES_OF_A_CELL, placeholder="…", break_on_hyphens=False)
        return "\n".join(printable(line) for line in lines)
    text = clip(text, width)
    while _width(text) > width:
        text = text[:-1]
    return text + _SECOND * (_width(text) - len(text))


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
