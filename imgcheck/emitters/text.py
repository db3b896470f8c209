"""A report for people at a terminal: the verdict with its reason, findings, what to do, then tables."""

import textwrap
from collections import Counter
from collections.abc import Sequence

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Cell, Column, Report, Table
from imgcheck.printable import clip, printable
from imgcheck.report import grid
from imgcheck.report.findings import Finding, of
from imgcheck.report.grid import GAP

BAR = 20  # characters, or what is left of a line
SHORTEST_BAR = 8
_ACTS = ("free", "plans")  # tables that say what to do
LONGEST_TEXT = 1_000  # of a message, unless all is asked for
_COLOURS = {"bold": "1", "error": "1;31", "warning": "33", "note": "36", "good": "1;32", "dim": "2"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """Verdict, findings, what to do, the other tables in their short form, and last the notes."""
    whole = _one(report, medium)
    paint = _Paint(medium)
    parts = [
        "\n".join(
            [
                *(paint("bold", line) for line in paint.wrap(f"=== {paint.plain(printable(one.title))}")),
                _one(one, medium),
            ]
        )
        for one in report.builds
    ]
    return "\n\n".join([whole, *parts]) + "\n"


def _one(report: Report, medium: Medium) -> str:
    paint = _Paint(medium)
    lines: list[str] = []
    if report.verdict:
        style = {True: "good", False: "error", None: "bold"}[report.passed]
        style = "warning" if report.near and report.passed else style
        lines += [paint(style, line) for line in paint.wrap(paint.plain(printable(report.verdict)))] + [""]
    lines += [printable(line) for line in report.prose.splitlines()] + ([""] if report.prose else [])
    folds = report.command == "check" and medium.detail != "verbose"
    findings = of(report)
    serious = [one for one in findings if not folds or not (one.severity == "note" or one.inherited)]
    folded = [one for one in findings if one not in serious]
    if folds and report.difference and report.digest:
        for line in report.digest.lines:
            lines += paint.wrap(paint.plain(printable(line)), "  ")
        lines += [""] if report.digest.lines else []
    found = [line for one in serious for line in _finding(one, paint)]
    found += [""] if found else []
    judged = report.command == "check"
    lines += found if judged or medium.detail == "quiet" else []
    if medium.detail == "quiet" and (report.verdict or findings):
        # A division that was asked for is the answer.
        for table in (one for one in report.tables if one.name == "by"):
            lines += [*_table(table, paint), ""]
    else:
        # What to do comes before what there is.
        order = sorted(report.tables, key=lambda one: one.name not in _ACTS) if judged else report.tables
        for table in order:
            if _shown(table, medium):
                lines += [*_table(table, paint), ""]
    lines += [] if judged or medium.detail == "quiet" else found
    if folded:
        lines += paint.wrap(_folded(folded), "  ")
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


class _Paint:
    def __init__(self, medium: Medium) -> None:
        self.colour = medium.colour
        self.full, self.empty, self.over = ("█", "░", "▶") if medium.unicode else ("#", ".", ">")
        self.unicode = medium.unicode
        self.width = medium.width
        self.verbose = medium.detail == "verbose"

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.colour and text else text

    def bar(self, share: Cell, width: int) -> str:
        if not isinstance(share, int | float):
            return " " * width
        if share > 1:
            return self("error", self.full * (width - 1) + self.over)
        drawn = min(int(share * width + 0.5), width)
        return self("dim", self.full * drawn + self.empty * (width - drawn))

    def plain(self, text: str) -> str:
        if self.unicode or text.isascii():
            return text
        return text.replace("±", "+-").replace("…", "~").encode("ascii", "backslashreplace").decode("ascii")

    def wrap(self, text: str, indent: str = "") -> list[str]:
        """`text` in lines; a word is never cut in two."""
        text = printable(text)
        found = textwrap.wrap(
            text, self.width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        )
        # What begins a line may be a command that was harmless inside it.
        return [printable(line) for line in found] or [""]


def _shown(table: Table, medium: Medium) -> bool:
    if not (table.rows or table.note):
        return False
    return medium.detail == "verbose" or (table.brief != 0 and not table.verbose)


def _table(table: Table, paint: _Paint) -> list[str]:
    picked = [i for i, column in enumerate(table.columns) if column.brief or paint.verbose]
    columns = [table.columns[i] for i in picked]
    rows = table.rows if table.brief is None or paint.verbose else table.rows[: table.brief]
    tail = [row for row in (table.rest if len(rows) < len(table.rows) else None, table.total) if row]
    title = [paint("bold", line) for line in paint.wrap(paint.plain(table.title))]
    note = paint.wrap(paint.plain(table.note)) if table.note else []
    if not table.rows:
        return [*title, *note]
    head = [paint.plain(column.title) for column in columns]
    cells = [[_cell(table.columns[i], row[i], paint) for i in picked] for row in [*rows, *tail]]
    aligns = [column.align for column in columns]
    every = [head, *cells]
    sizes = grid.widths(aligns, every, paint.width)
    wrap = grid.wraps(aligns, cells)
    shares = [i for i, column in enumerate(columns) if column.bar]
    spare = min(BAR, paint.width - sum(sizes) - len(GAP) * len(sizes))
    at = shares[0] if shares and spare >= SHORTEST_BAR else None
    offset = len(GAP) * at + sum(sizes[:at]) if at is not None else 0
    drawn = [None, *(row[picked[at]] for row in rows), *(None for _ in tail)] if at is not None else []
    made: list[list[str]] = []
    for number, texts in enumerate(every):
        block = grid.lines(texts, aligns, sizes, wrap, paint.width)
        if at is not None:
            # The numbers stand after the names that did not fit, each of which ends a line or two.
            long = grid.lead(texts, aligns, sizes, paint.width)
            bar = paint.bar(drawn[number], spare)
            block = [
                line if k < long else _barred(line, offset, bar if k == long else " " * spare)
                for k, line in enumerate(block)
            ]
        made.append(block)
    lines = [line.rstrip() for block in made[1:] for line in block]
    return [*title, *(paint("dim", line.rstrip()) for line in made[0]), *lines, *note]


def _barred(line: str, offset: int, bar: str) -> str:
    """A line with a bar in front of the column that begins at `offset` (in columns of a terminal)."""
    columns = 0
    for at, character in enumerate(line):
        if columns >= offset:
            return f"{line[:at]}{bar}{GAP}{line[at:]}"
        columns += grid.width(character)
    return f"{line}{' ' * (offset - columns)}{bar}"


def _cell(column: Column, cell: Cell, paint: _Paint) -> str:
    write = column.text if paint.verbose else (column.short or column.text)
    return paint.plain(printable(column.text(cell) if cell is None else write(cell)))


def _finding(one: Finding, paint: _Paint) -> list[str]:
    label = f"waived {one.severity}" if one.waived else str(one.severity)
    style = "dim" if one.waived else one.severity
    head = f"{label}[{printable(one.code)}]"
    message = printable(one.message)
    message = message if paint.verbose else clip(message, LONGEST_TEXT)
    first, *more = paint.wrap(f"{head} {paint.plain(message)}", "  ")
    lines = [paint(style, head) + first[len(head) :] if first.startswith(head) else first, *more]
    lines += [f"  at {paint.plain(printable(one.place))}"] if one.location else []
    for line in one.help:
        lines += paint.wrap(f"  help: {paint.plain(printable(line))}", "    ")
    if one.waived:
        lines += paint.wrap(f"  waived: {paint.plain(printable(one.waived))}", "    ")
    return lines


def _folded(findings: Sequence[Finding]) -> str:
    notes = [one for one in findings if one.severity == "note"]
    inherited = [one for one in findings if one.severity != "note"]
    said = [_counted(notes, "note")] if notes else []
    said += [_counted(inherited, "finding") + " of the base"] if inherited else []
    codes = Counter(printable(one.code) for one in findings)
    listed = ", ".join(code if number == 1 else f"{code} {number} times" for code, number in codes.items())
    return f"{' and '.join(said)}: {listed} (-v shows what they say)"


def _counted(findings: Sequence[Finding], noun: str) -> str:
    return f"{len(findings)} {noun}{'' if len(findings) == 1 else 's'}"
