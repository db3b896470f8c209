"""A log's story as tables and findings."""

from collections.abc import Iterator, Mapping, Sequence

from imgcheck.builds.codeplaces import Place
from imgcheck.devices import bootlog, otalog
from imgcheck.devices.otalog import Story
from imgcheck.model import Cell, Column, Diagnostic, Layout, Location, Report, Severity, Soc, Table
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import size_column

MOST_SHOWN = 20  # attempts


def build(
    story: Story,
    path: str,
    places: Mapping[int, Place],
    known: Sequence[Layout],
    chip: Soc,
    *,
    named: bool = False,
) -> Report:
    """What happened first, then how far it came, the crash, and each message with what to do.

    `chip` wrote it; `named`: an ELF was given to name addresses with.
    """
    failed = otalog.failed(story)
    tables = (_progress(story, known), _crash(story, places, chip, named), _printed(story, known))
    return assemble(
        "explain-log",
        path,
        otalog.verdict(story),
        passed=None if failed is None else not failed,
        tables=[table for table in tables if table.rows],
        diagnostics=[
            *_starts(story, path),
            *_cut(story, path),
            *(_finding(event, path, named) for event in story.events),
        ],
        told=True,
        path=path,
        records={
            "events": tuple(_event_record(event) for event in story.events),
            "attempts": tuple(_attempt_record(one, known) for one in story.attempts),
            "crash": tuple(_crash_record(point, places) for point in story.crash),
            "starts": tuple(_start_records(story)),
            "printed": tuple(_printed_records(story, known)),
        },
    )


def _starts(story: Story, path: str) -> Iterator[Diagnostic]:
    boots = story.boots
    if bootlog.forced(boots.reasons, story.log):
        message = bootlog.sentence(boots, story.log).rstrip(".")
        severity: Severity = "error" if bootlog.looping(boots, story.log) or boots.after else "warning"
        yield Diagnostic("log-restarts", severity, message, Location(path, boots.line), subject="restarts")


def _cut(story: Story, path: str) -> Iterator[Diagnostic]:
    """What the log lacks: its end, or lines that were lost."""
    boots = story.boots
    lacks = boots.promised - len(boots.rows)
    said = []
    if story.cut:
        line = next((one.line for one in story.events if one.message.code == story.log.dump), 0)
        said.append((line, "dump", "the crash dump is cut: the line with mcause and mepc is missing"))
    if boots.heading and lacks > 0:
        missing = f"{lacks} of its {boots.promised} entries are missing"
        said.append((boots.heading, "table", f"the partition table in the log is cut: {missing}"))
    for line, subject, message in said:
        yield Diagnostic("log-incomplete", "warning", message, Location(path, line), subject=subject)


def _printed(story: Story, known: Sequence[Layout]) -> Table:
    boots = story.boots
    rows = tuple(
        (row.name, *(f"{row.addresses[0]:#08x}", row.sizes[0], f"{row.addresses[1]:#08x}", row.sizes[1]))
        for row in boots.rows
    )
    name = bootlog.table_name(boots, tuple(known))
    title = f"Partition table that the device printed: {name or 'none of the shipped layouts'}"
    lacks = boots.promised - len(rows)
    note = f"The log is cut: {lacks} of its {boots.promised} entries are missing." if lacks > 0 else ""
    columns = (
        Column("Partition"), Column("Address 0", "right"), size_column("Size 0"),
        Column("Address 1", "right"), size_column("Size 1"),
    )  # fmt: skip
    return Table(title, columns, rows, name="printed", note=note)


def _finding(event: otalog.Event, path: str, named: bool) -> Diagnostic:
    message = event.message
    advice = "; ".join(one for one in message.advice.split("; ") if not (named and "--elf" in one))
    times = f" ({event.times} times)" if event.times > 1 else ""
    return Diagnostic(
        f"log-{message.code}",
        message.severity,
        f"{event.text!r}{times}: {message.meaning}",
        Location(path, event.line),
        help=advice,
        subject=message.code,
    )


def _progress(story: Story, known: Sequence[Layout]) -> Table:
    rows = tuple(
        (
            number,
            one.line,
            one.expected,
            one.arrived,
            one.left,
            one.slot,
            ", ".join(otalog.layouts(one, known)) or None,
        )
        for number, one in enumerate(story.attempts, 1)
        if any(value is not None for value in (one.expected, one.arrived, one.left, one.slot))
    )
    return Table(
        "OTA attempts, bytes of the file with its header",
        (
            Column("No.", "right"),
            Column("Line", "right"),
            size_column("File"),
            size_column("Arrived"),
            size_column("Missing"),
            size_column("Slot"),
            Column("Layouts with it"),
        ),
        rows[-MOST_SHOWN:],
        name="attempts",
        note=f"The last {MOST_SHOWN} of {len(rows):,}." if len(rows) > MOST_SHOWN else "",
    )


def _crash(story: Story, places: Mapping[int, Place], chip: Soc, named: bool) -> Table:
    rows = tuple((one.what, f"{one.address:#010x}", _where(one.address, places, chip)) for one in story.crash)
    note = "" if named or places else "--elf FILE of the build that runs there names functions and lines."
    title = f"Crash: {story.cause}"
    return Table(title, (Column("What"), Column("Address"), Column("Where")), rows, name="crash", note=note)


def _where(address: int, places: Mapping[int, Place], chip: Soc) -> str | None:
    place = places.get(address)
    if place is None:
        rom = any(one.kind == "rom" and one.holds(address) for one in chip.regions)
        return "in the chip's ROM" if rom else None
    line = f" at {place.source}:{place.line}" if place.line else ""
    return f"{place.symbol}+{place.offset:#x}{line}"


def _event_record(event: otalog.Event) -> dict[str, Cell]:
    return {
        "code": event.message.code,
        "severity": event.message.severity,
        "line": event.line,
        "times": event.times,
        "text": event.text,
        "meaning": event.message.meaning,
        "advice": event.message.advice,
    }


def _attempt_record(one: otalog.Progress, known: Sequence[Layout]) -> dict[str, Cell]:
    return {
        "line": one.line,
        "file_bytes": one.expected,
        "arrived_bytes": one.arrived,
        "missing_bytes": one.left,
        "slot_bytes": one.slot,
        "slot_address": one.address,
        "active": one.active,
        "layouts": ", ".join(otalog.layouts(one, known)),
        "events": ", ".join(one.codes[:50]),
    }


def _start_records(story: Story) -> Iterator[dict[str, Cell]]:
    boots = story.boots
    for reason, times in boots.reasons.items():
        yield {
            "reason": reason,
            "meaning": story.log.resets[reason],
            "forced": int(reason in story.log.forced),
            "times": times,
            "after_ota": None if boots.after is None else boots.after[reason],
        }


def _printed_records(story: Story, known: Sequence[Layout]) -> Iterator[dict[str, Cell]]:
    name = bootlog.table_name(story.boots, tuple(known))
    for row in story.boots.rows:
        yield {
            "name": row.name,
            "line": row.line,
            "address0": row.addresses[0],
            "size0": row.sizes[0],
            "address1": row.addresses[1],
            "size1": row.sizes[1],
            "layouts": name,
        }


def _crash_record(point: otalog.Point, places: Mapping[int, Place]) -> dict[str, Cell]:
    place = places.get(point.address)
    return {
        "what": point.what,
        "address": point.address,
        "line": point.line,
        "symbol": place.symbol if place else "",
        "offset": place.offset if place else None,
        "source": place.source if place else "",
        "source_line": place.line if place else 0,
    }
