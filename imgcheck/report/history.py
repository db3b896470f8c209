"""Builds over time as tables: which there are, how sizes went, what jumped, and when a slot is full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from imgcheck.history.builds import Build, Size, Track
from imgcheck.history.forecast import Bought
from imgcheck.history.questions import Change, Judged
from imgcheck.history.store import Row
from imgcheck.history.trend import FARTHEST
from imgcheck.model import SLOTS, Cell, Column, Forecast, Report, Table
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import change_column, change_text, share_column, size_column, size_text

MOST_CHANGES = 30
MOST_DRIVERS = 10


def report(
    title: str,
    verdict: str,
    tables: Sequence[Table],
    *,
    command: str = "history",
    passed: bool | None = None,
    **records: Sequence[Mapping[str, object]],
) -> Report:
    """A report of the history's tables and records."""
    return assemble(
        command,
        title,
        verdict,
        passed=passed,
        tables=[table for table in tables if table.rows or table.note],
        records=records,
    )


def builds(found: Sequence[Build], totals: Mapping[str, Mapping[int, int]]) -> Table:
    """A row a build, newest first; `totals` maps a total's name to sizes by build."""
    rows = tuple(
        (
            one.name,
            day(one.date),
            one.branch or None,
            one.target or None,
            one.variant or None,
            *(totals.get(name, {}).get(one.id) for name in ("bin", "ota_body", "heap")),
            one.compiler or None,
        )
        for one in reversed(found)
    )
    columns = (
        Column("Revision"),
        Column("Date"),
        Column("Branch"),
        Column("Target", brief=len({one.target for one in found}) > 1),
        Column("Variant"),
        size_column("Image"),
        size_column("OTA body"),
        size_column("Heap"),
        Column("Compiler", brief=False),
    )
    return Table("Builds, newest first", columns, rows, name="history")


def overview(rows: Sequence[Row]) -> Table:
    """What was ever measured, from its first build to its last."""
    cells = tuple(
        (
            " ".join(filter(None, (row.target, row.variant, row.branch))) or None,
            row.track.kind,
            row.track.name,
            row.track.resource,
            row.builds,
            row.first,
            row.last,
            row.last - row.first,
            row.least,
            row.most,
        )
        for row in rows
    )
    columns = (
        Column("Target, variant, branch"),
        Column("Kind"),
        Column("Name"),
        Column("Of"),
        Column("Builds", "right", size_text),
        size_column("First"),
        size_column("Last"),
        change_column("Change"),
        size_column("Least", brief=False),
        size_column("Most", brief=False),
    )
    return Table("What was measured, first build to last", columns, cells, name="overview")


def measures(title: str, sizes: Sequence[Size]) -> Table:
    """All that was measured of one build."""
    columns = (Column("Kind"), Column("Name"), Column("Of"), size_column("Size"))
    return Table(title, columns, tuple(tuple(one) for one in sizes), name="measures")


def points(track: Track, found: Sequence[tuple[Build, int]]) -> Table:
    """A size over time, newest first, with what each build changed."""
    rows: list[tuple[Cell, ...]] = []
    before: int | None = None
    for build, size in found:
        rows.append((build.name, day(build.date), size, None if before is None else size - before))
        before = size
    columns = (Column("Revision"), Column("Date"), size_column("Size"), change_column("Change"))
    title = f"{track.kind} {track.name}, {track.resource}"
    return Table(title, columns, tuple(reversed(rows)), name="series", brief=30)


def changes(found: Sequence[Change], title: str = "Changes out of proportion") -> Table:
    """Changes, the largest first; without another title those that the others do not explain."""
    ranked = sorted(found, key=lambda one: -abs(one.delta))
    rows = tuple(
        (
            one.build.name,
            day(one.build.date),
            one.track.name,
            one.track.resource,
            one.delta,
            one.cause or None,
        )
        for one in ranked[:MOST_CHANGES]
    )
    note = f"The largest {MOST_CHANGES} of {len(ranked):,}." if len(ranked) > MOST_CHANGES else ""
    columns = (
        Column("Revision"),
        Column("Date"),
        Column("What"),
        Column("Of"),
        change_column("Change"),
        Column("With it"),
    )
    return Table(title, columns, rows, name="changes", note=note)


def judged(layout: str, rows: Sequence[Judged]) -> Table:
    """Builds against a layout, newest first."""
    cells = tuple(
        (
            one.build.name,
            day(one.build.date),
            "fits" if one.headroom >= 0 else "over",
            one.slot,
            one.size,
            one.limit,
            one.headroom,
            one.size / one.limit if one.limit else None,
        )
        for one in reversed(rows)
    )
    columns = (
        Column("Revision"),
        Column("Date"),
        Column(""),
        Column("Binds"),
        size_column("Size"),
        size_column("Limit"),
        size_column("Left"),
        share_column("Used"),
    )
    return Table(f"Builds on {layout}", columns, cells, name="judged", brief=20)


def forecasts(found: Sequence[Forecast]) -> Table:
    """When each slot is full, the first to overflow first."""
    rows = tuple(
        (
            one.layout,
            one.slot,
            one.size,
            one.limit,
            one.limit - one.size,
            round(one.per_release),
            one.left,
            interval(one),
            one.first or None,
            month(one.date),
        )
        for one in found
    )
    columns = (
        Column("Layout"),
        Column("Slot"),
        size_column("Size", brief=False),
        size_column("Limit", brief=False),
        size_column("Left"),
        change_column("Each release"),
        size_column("Releases left"),
        Column("80 % interval"),
        Column("First that does not fit"),
        Column("About"),
    )
    return Table("At the growth of the last releases", columns, rows, name="forecasts")


def ranked(rows: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The components that grew, the most first: name, first and last size."""
    return [row for row in sorted(rows, key=lambda row: (row[1] - row[2], row[0])) if row[2] > row[1]][
        :MOST_DRIVERS
    ]


def drivers(rows: Sequence[tuple[str, int, int]], releases: int) -> Table:
    """Which components grew over the forecast's window: name, first and last size."""
    cells = tuple((name, first, last, last - first) for name, first, last in ranked(rows))
    columns = (Column("Component"), size_column("Before"), size_column("Now"), change_column("Change"))
    return Table(f"What grew in these {size_text(releases)} releases", columns, cells, name="drivers")


def commits(found: Sequence[Change]) -> Table:
    """Which builds grew it, the largest growth first."""
    cells = tuple((one.build.name, day(one.build.date), one.delta) for one in found[:MOST_DRIVERS])
    columns = (Column("Revision"), Column("Date"), change_column("Change"))
    return Table("Who grew it", columns, cells, name="commits")


def strips(rows: Sequence[Bought]) -> Table:
    """What switching features off buys: bytes of the slot that fills first, and releases."""
    cells = tuple(
        (
            ", ".join(one.features),
            one.saving,
            one.releases,
            "the plan's first choice" if one.planned else None,
        )
        for one in rows
    )
    columns = (Column("Features"), size_column("Saves"), size_column("Releases bought"), Column("Is"))
    return Table("What stripping would buy", columns, cells, name="strips")


def advice(rows: Sequence[Bought]) -> str:
    """What the plan's first choice buys, as a sentence after the forecast's; "" without one."""
    best = next((one for one in rows if one.planned and one.releases is not None), None)
    if best is None:
        return ""
    return (
        f" Switching off {', '.join(best.features)} saves {size_text(best.saving)} bytes of it: "
        f"{size_text(best.releases or 0)} releases."
    )


def interval(one: Forecast) -> str:
    """The releases between which it happens in four cases of five."""
    if one.low is None:
        return f"not within {FARTHEST:,}"
    return f"{one.low:,} to {one.high:,}" if one.high is not None else f"{one.low:,} or more"


def day(date: datetime) -> str:
    """2026-03-24."""
    return date.strftime("%Y-%m-%d")


def month(date: datetime | None) -> str | None:
    """March 2027."""
    return date.strftime("%B %Y") if date else None


def called(build: Build) -> str:
    """A build in a sentence."""
    return f"{build.name} ({day(build.date)})" if build.revision else build.name


def room(one: Judged) -> str:
    """What is left in the tightest slot, in words that go before its name."""
    return f"{size_text(abs(one.headroom))} bytes {'left for' if one.headroom >= 0 else 'over the slot for'}"


def counted(name: str, more: int, last: Build) -> str:
    """From which build, when it is none of the history, a forecast is counted."""
    return f" Counted from {name}, which is not recorded: {change_text(more)} bytes since {called(last)}."


def outlook(one: Forecast) -> str:
    """The forecast of the slot that overflows first, in a sentence."""
    start = (
        f"At the growth of the last {one.releases:,} releases ({change_text(one.per_release)} bytes each), "
    )
    where = f"the slot of the {SLOTS[one.slot]} on {one.layout}"
    if one.left == 0:
        return f"{where} has overflowed already: {size_text(one.size - one.limit)} bytes over."
    if one.left is None:
        return f"{start}no slot overflows within {FARTHEST:,} releases; the first would be {where}."
    name = f"release {one.first}" if one.first else f"the release after {one.left - 1:,} more"
    about = f", about {month(one.date)}" if one.date else ""
    return (
        f"{start}{name} is the first that does not fit {where} "
        f"(80 % interval: {interval(one)} releases{about})."
    )
