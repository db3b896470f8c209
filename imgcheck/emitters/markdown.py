"""GitHub-flavoured Markdown for comments and job summaries, cut at a row to stay under their limits."""

import re
from collections.abc import Iterable, Sequence

from tabulate import tabulate

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Cell, Column, Digest, Report, Table
from imgcheck.printable import clip, printable
from imgcheck.report.findings import Finding, of
from imgcheck.wording import commas

COMMENT_BYTES = 65_000  # a comment of GitHub holds 65,536 characters
LONGEST_NAME = 120
LONGEST_MESSAGE = 1_000
LONGEST_LINE = 400  # of what everybody sees
_RESERVE = 300  # for what closes a cut document

_PLAIN_TEXT = re.compile(r"[A-Za-z0-9 ,;'±%()+/-]*\.?")
_CODE = re.compile(r"[A-Za-z0-9 _.,:;()/+~=\[\]{}$%&*#@!?^'\"…-]+")
_SPAN = re.compile(r"(`[A-Za-z0-9 _.:/=-]+`)")
_MARK = {c: f"\\{c}" for c in "\\`*_[]!|~$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# A mention, an issue's number and a link are made after mark-up is resolved: an escape would not stop them.
_LIVE = re.compile(r"@|#(?=\d)|(?<=[A-Za-z]):(?=//)|(?<=www)\.|(?<=\b[Gg][Hh])-(?=\d)")


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """Marker, verdict, slots, findings, the other tables; what is long is folded."""
    limit = COMMENT_BYTES if medium.limit is None else medium.limit
    if not report.builds:
        return _one(report, limit)
    # Each is a comment of its own; where they share one file's room, each gets its part of it.
    parts = (report, *report.builds)
    room = limit if medium.limit is None else limit // len(parts)
    return "\n".join(_one(one, room) for one in parts)


def _one(report: Report, limit: int) -> str:
    page = _Page(limit)
    marker = re.sub(r"[^A-Za-z0-9._ -]|-(?=-)", "_", clip(report.title, 80))
    page.add(f"<!-- imgcheck:{marker} -->")
    sign = {True: "⚠️ " if report.near else "✅ ", False: "❌ ", None: ""}[report.passed]
    if report.digest:
        _digest(page, report, report.digest, sign)
        return page.text()
    page.add(f"### {sign}{_text(report.title)}", "")
    if report.verdict:
        page.add(f"**{_text(clip(report.verdict, LONGEST_MESSAGE))}**", "")
    if report.prose:
        # In a fence nothing is mark-up, and nothing in it may end the fence.
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", report.prose)), default=0))
        page.add(f"{fence}text", *(printable(line) for line in report.prose.splitlines()), fence, "")
    short = [table for table in report.tables if table.brief != 0 and table.rows]
    for table in short[:1]:
        _table(page, table, table.brief)
    _findings(page, of(report))
    for table in short[1:]:
        page.add(f"#### {_text(table.title)}", "")
        _table(page, table, table.brief)
    for table in report.tables:
        if table.brief == 0 and table.rows:
            page.add(f"<details><summary>{_text(table.title)}</summary>", "")
            page.closing = "</details>\n"
            _table(page, table, table.folded)
            page.add("</details>", "")
            page.closing = ""
    return page.text()


class _Page:
    """Lines until the limit is reached; then it says that it was cut, and takes no more."""

    def __init__(self, limit: int) -> None:
        self.room = limit - _RESERVE
        self.lines: list[str] = []
        self.closing = ""
        self.tail = ""
        self.left_out = 0

    def add(self, *lines: str) -> None:
        for line in lines:
            size = len(line.encode()) + 1
            if self.left_out or size > self.room:
                self.left_out += bool(line)
                self.tail = self.closing if self.left_out == 1 else self.tail
                continue
            self.room -= size
            self.lines.append(line)

    def text(self) -> str:
        if not self.left_out:
            return "\n".join(self.lines).rstrip("\n") + "\n"
        if not self.lines:
            return ""
        said = f"_{commas(self.left_out)} more lines left out to stay under the size limit._"
        return "\n".join([*self.lines, self.tail, said]) + "\n"


def _digest(page: _Page, report: Report, digest: Digest, sign: str) -> None:
    """At most 25 lines, empty ones and a line for each fold counted."""
    said = f": {_text(digest.headline)}" if digest.headline else ""
    page.add(f"### {sign}{_text(clip(report.title, LONGEST_NAME))}{said}")
    first = digest.since if report.passed and digest.since else report.verdict
    page.add(f"**{_text(clip(first, LONGEST_LINE))}**")
    page.add(*([_text(clip(digest.context, LONGEST_LINE))] if digest.context else []), "")
    if digest.sizes.rows:
        _table(page, digest.sizes, None)
    for line in digest.lines:
        page.add(f"- {_text(clip(line, LONGEST_LINE))}")
    for one in of(report, digest.findings):
        page.add(f"- {_label(one, LONGEST_LINE)}")
    if digest.more:
        page.add(f"- {digest.more} more below")
    page.add("")
    for fold in digest.folds:
        page.add(f"<details><summary>{_text(fold.title)}</summary>", "")
        page.closing = "</details>\n"
        _findings(page, of(report, fold.findings))
        for table in fold.tables:
            page.add(f"#### {_text(table.title)}", "")
            if table.rows:
                _table(page, table, table.brief or table.folded)
            elif table.note:
                page.add(_text(table.note), "")
        page.add("</details>")
        page.closing = ""


def _findings(page: _Page, findings: Sequence[Finding]) -> None:
    for one in findings:
        if page.left_out:
            page.left_out += 1
            continue
        label = _label(one, LONGEST_MESSAGE)
        if one.waived:
            label = f"~~{label}~~ waived: {_text(clip(one.waived, LONGEST_MESSAGE))}"
        if one.help:
            label += f"<br>{_text(clip(one.advice, LONGEST_MESSAGE))}"
        page.add(f"- {label}")
    if findings:
        page.add("")


def _label(one: Finding, longest: int) -> str:
    sign = {"error": "❌", "warning": "⚠️", "note": "ℹ️"}[one.severity]  # noqa: RUF001
    label = f"{sign} **{_text(one.code)}** {_text(clip(one.message, longest))}"
    return f"{label} — {_name(one.place)}" if one.location else label


def _table(page: _Page, table: Table, rows_shown: int | None) -> None:
    rows = table.rows if rows_shown is None else table.rows[:rows_shown]
    cut = len(rows) < len(table.rows)
    # Among the rows, what was left out would be the largest of them: it is said below.
    shown = [_row(table.columns, row) for row in (*rows, *((table.total,) if table.total else ()))]
    text = tabulate(
        shown,
        headers=[_text(column.title) for column in table.columns],
        tablefmt="pipe",
        disable_numparse=True,
        colalign=[column.align for column in table.columns],
    )
    page.add(*text.split("\n"), "")
    if cut:
        page.add(_left_out(table, len(table.rows) - len(rows)), "")
    if table.note:
        page.add(_text(table.note), "")


def _left_out(table: Table, number: int) -> str:
    """What the rows that are not shown add up to."""
    cells = _row(table.columns, table.rest)[1:] if table.rest else []
    pairs = zip(table.columns[1:], cells, strict=False)
    said = ", ".join(f"{_text(column.title)} {cell}" for column, cell in pairs if cell not in ("", "-"))
    return f"{commas(number)} more rows{', together ' if said else ''}{said}."


def _row(columns: Iterable[Column], row: Iterable[Cell]) -> list[str]:
    return [
        _name(cell, None if column.whole else LONGEST_NAME) if isinstance(cell, str) else column.text(cell)
        for column, cell in zip(columns, row, strict=True)
    ]


def _name(text: str, longest: int | None = LONGEST_NAME) -> str:
    """A name in code font, in which nothing is a mention, a link or mark-up."""
    text = printable(text) if longest is None else clip(printable(text), longest)
    if _PLAIN_TEXT.fullmatch(text):
        return text
    return f"`{text}`" if _CODE.fullmatch(text) else _text(text)


def _text(text: str) -> str:
    """Text with everything that Markdown or HTML would act on as an entity."""
    text = printable(text)
    if _PLAIN_TEXT.fullmatch(text):
        return text
    # What our own sentences put in code font stays so; there is nothing in it to act on.
    parts = _SPAN.split(text)
    parts[::2] = [_LIVE.sub(r"`\g<0>`", "".join(_MARK.get(c, c) for c in part)) for part in parts[::2]]
    return "".join(parts)
