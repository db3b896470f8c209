"""Partition tables: listed, shown, compared, checked and built."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from imgcheck import output, targets
from imgcheck.devices import capacity, flashmap, layout_diff, layout_lint, layouts, soundness
from imgcheck.errors import FormatError
from imgcheck.model import Cell, Diagnostic, Location, Report, Table
from imgcheck.report import layouts as report_layouts
from imgcheck.report.assembly import assemble, linted
from imgcheck.targets.overair import OverAir
from imgcheck.targets.target import Survey

# What users ask about first, lost or kept.
_HEADLINES = ("diff-settings-kept", "diff-scripts-kept", "diff-mac-kept")


def shipped() -> Report:
    """The shipped layouts with both limits of each."""
    owners = [(layout, targets.of_layout(layout)) for layout in layouts.shipped()]
    # Flash that holds checksums between its bytes has no largest .bin.
    rows = [(layout, capacity.limits(layout)) for layout, one in owners if not isinstance(one, OverAir)]
    chips = [(layout, one, capacity.slots(layout)) for layout, one in owners if isinstance(one, OverAir)]
    default = frozenset(layout.name for target in targets.known() for layout in layouts.default(target))
    return assemble(
        "layouts",
        "Shipped layouts",
        tables=(*report_layouts.limits(rows, default), report_layouts.chips(chips)),
        records={"limits": report_layouts.limit_records(rows, default)},
    )


def show(
    names: Sequence[str],
    flash_size: int | None = None,
    svg: Path | None = None,
    target: str = "",
) -> Report:
    """Each table's entries and its flash to scale, drawn to `svg` too; `names` are files or shipped layouts.

    Raises FormatError for a file without a table; one with faults is shown, and they are listed.
    """
    if svg:
        output.check(svg)
    surveys = [_survey(name, flash_size, target) for name in names]
    tables: list[Table] = []
    copies: list[dict[str, Cell]] = []
    for found in surveys:
        entries, drawing = report_layouts.shown(found.layout)
        tables += [*([report_layouts.copies(found)] if found.copies else []), entries, drawing]
        # The other copy only where it would make a difference.
        other = [one for one in found.copies if not one.chosen and not one.fault]
        if other and other[0].layout.partitions != found.layout.partitions:
            layout = replace(other[0].layout, name=f"{found.layout.name}, copy at {other[0].offset:#x}")
            tables.append(report_layouts.shown(layout)[0])
        copies += report_layouts.copy_records(found)
    faults = [fault for found in surveys for fault in _faults(found)]
    partitions = [one for found in surveys for one in report_layouts.partition_records(found.layout)]
    report = assemble(
        "layout show",
        ", ".join(found.layout.name for found in surveys),
        tables=tables,
        diagnostics=faults,
        records={"partitions": tuple(partitions), "copies": tuple(copies)},
    )
    if svg:
        output.replace([(svg, flashmap.svg([found.layout for found in surveys]))])
    return report


def diff(old: str, new: str, svg: Path | None = None, target: str = "") -> Report:
    """What moves between two tables, and what a device loses by it; `svg` draws both on one scale."""
    if svg:
        output.check(svg)
    before, after = (_survey(name, None, target).layout for name in (old, new))
    difference = layout_diff.compare(before, after)
    told = [one for one in difference.consequences if one.severity == "warning" or one.code in _HEADLINES]
    clauses = "; ".join(one.brief or one.message for one in told)
    verdict = f"{before.name} -> {after.name}: {clauses or 'nothing that a device keeps is concerned'}."
    if svg:
        output.replace([(svg, flashmap.svg([before, after]))])
    return assemble(
        "layout diff",
        f"{before.name} -> {after.name}",
        verdict,
        tables=(report_layouts.moves(before.name, after.name, difference),),
        diagnostics=[layout_lint.placed(one) for one in difference.consequences],
        records={"moves": report_layouts.move_records(difference)},
    )


def lint(names: Sequence[str], flash_size: int | None = None, target: str = "") -> Report:
    """Everything that is wrong with each table; passed when nothing is an error, None when one is no table.

    Raises FormatError for a single file that is no table.
    """
    unreadable = 0
    findings: list[Diagnostic] = []
    checks: list[tuple[str, str, bool]] = []
    for name in names:
        try:
            found = _survey(name, flash_size, target)
        except FormatError as error:
            if len(names) == 1:
                raise
            unreadable += 1  # it must not hide what is wrong with the others
            mine = [Diagnostic("layout-unreadable", "error", error.message, _place(error), subject=name)]
        else:
            mine = [*found.findings, *layout_lint.lint(found.layout)]
        findings += mine
        checks.append(("layout", name, all(one.severity != "error" for one in mine)))
    return linted("layout lint", names, "tables", findings, checks, decided=not unreadable)


def build(path: str, to: Path, target: str = "") -> None:
    """Writes the binary table of a TOML one, byte for byte as the vendor's tools do; whole or not at all.

    Raises FormatError for a table that no device can carry.
    """
    output.check(to)
    asked = targets.find(target) if target else None
    layout = layouts.read(Path(path), asked) if Path(path).exists() else layouts.load(path, asked)
    if not layout.tables:
        raise FormatError("no vendor partition table: a device tree's partitions have no binary form", path)
    try:
        data = targets.of_layout(layout).table_bytes(layout)
    except FormatError as error:
        raise error.within(path) from None
    output.replace([(to, data)])


def _faults(found: Survey) -> Iterator[Diagnostic]:
    yield from found.findings
    yield from soundness.faults(found.layout)
    if not found.layout.tables:  # of a vendor's table the application alone has to lie in the flash
        yield from layout_lint.beyond_flash(found.layout, targets.of_layout(found.layout))


def _survey(name: str, flash_size: int | None, target: str) -> Survey:
    path = Path(name)
    asked = targets.find(target) if target else None
    found = layouts.survey(path, asked) if path.is_file() else Survey(layouts.load(name, asked), ())
    return found._replace(layout=replace(found.layout, flash_size=flash_size)) if flash_size else found


def _place(error: FormatError) -> Location:
    return Location(error.file, error.line)
