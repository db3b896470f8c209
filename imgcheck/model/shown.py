"""What an emitter sees: a report of tables, and the records behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from imgcheck.model.build import Provenance
from imgcheck.model.devices import Fit
from imgcheck.model.numbers import Diagnostic, Measure

if TYPE_CHECKING:
    from imgcheck.model.changes import Difference
    from imgcheck.model.chart import Chart
    from imgcheck.model.page import Compared, Page
    from imgcheck.model.savings import Savings

Cell: TypeAlias = "str | int | float | None"


class Column(NamedTuple):
    """A column of a table; `text` writes one raw cell for people."""

    title: str
    align: Literal["left", "right"] = "left"
    write: Callable[[Cell], str] | None = None
    bar: bool = False  # its cells are shares (1.0 = full) that a format may draw
    brief: bool = True  # False: left out where width is short
    short: Callable[[Cell], str] | None = None  # writes a cell where width is short
    whole: bool = False  # its cells are lists of names that no format may cut

    def text(self, cell: Cell) -> str:
        """One cell for people; a missing value is a dash."""
        if cell is None:
            return "-"
        return self.write(cell) if self.write else str(cell)


class Table(NamedTuple):
    """Raw cells by row; how they look is its columns' and the format's business."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    name: str = ""  # stable identifier for csv and html anchors
    note: str = ""  # how far its numbers can be trusted, or what was left out
    brief: int | None = None  # rows that a short format shows: None all, 0 leaves the table out
    rest: tuple[Cell, ...] | None = None  # stands for the rows after the first `brief`, or `folded`
    total: tuple[Cell, ...] | None = None
    folded: int = 100  # rows that a document shows of a table with `brief` 0, which it folds
    verbose: bool = False  # a text for people leaves it out unless all is asked for


class Summary(NamedTuple):
    """The `image` of the JSON report."""

    name: str
    soc: str
    bin_bytes: int
    unpacked_bytes: int
    ota_body_bytes: int | None
    ota_file_bytes: int | None
    ota_source: str
    heap_bytes: int | None


class Fold(NamedTuple):
    """What a comment shows only to who opens it."""

    title: str
    tables: tuple[Table, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


class Digest(NamedTuple):
    """A gate's report in at most 25 lines, and what is folded."""

    headline: str
    context: str  # by what it was judged, and what was read
    sizes: Table
    lines: tuple[str, ...]
    findings: tuple[Diagnostic, ...]
    more: int  # findings that count beside those
    folds: tuple[Fold, ...]
    since: str = ""  # what the change did, where there is a base
    calm: bool = False  # no slot is nearly full, or was not so in the base, because of this change


@dataclass(frozen=True, slots=True)
class Report:
    """What an emitter sees, and all it sees: sorted, summed and cut."""

    title: str
    command: str
    verdict: str  # one sentence; "" for a report that judges nothing
    passed: bool | None
    summary: Summary | None
    layouts: tuple[Fit, ...]
    measures: tuple[Measure, ...]
    tables: tuple[Table, ...]
    diagnostics: tuple[Diagnostic, ...]
    page: Page | None = None
    savings: Savings | None = None
    checks: tuple[tuple[str, str, bool], ...] = ()  # rule, subject, passed
    fail_on: Literal["error", "warning", "note", "never"] = "error"  # the least severe finding that counts
    near: bool = False  # it fits, and some slot is nearly full
    worst: Fit | None = None  # the layout whose binding slot has the least headroom for its limit
    path: str = ""  # what was judged
    home: str = ""  # a file of the project, for findings without a place of their own
    rules: tuple[tuple[str, str], ...] = ()  # (code, its page; the first line says what is wrong)
    drawn: Report | None = None  # the same with what only a page shows
    difference: Difference | None = None  # from another build
    compared: Compared | None = None  # the same for a page
    digest: Digest | None = None  # of a gate, for comments
    builds: tuple[Report, ...] = ()  # of which this says how each does; then it has nothing of its own
    charts: tuple[Chart, ...] = ()  # sizes over time, for a page
    provenance: Provenance | None = None  # of the build that was read
    prose: str = ""  # a page of text, shown as it stands
    records: tuple[tuple[str, tuple[Mapping[str, object], ...]], ...] = ()  # key in JSON, entries
