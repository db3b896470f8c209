"""Partition tables: listed, shown, compared, checked and built."""

from imgcheck import layouts, report_layouts
from imgcheck.analyses import capacity
from imgcheck.model import Report
from imgcheck.socs import SOCS


def shipped(soc: str = "bl602") -> Report:
    """The shipped layouts with both limits of each."""
    rows = [(layout, capacity.limits(layout, SOCS[soc])) for layout in layouts.shipped()]
    default = frozenset(layout.name for layout in layouts.default())
    return Report(
        title="Shipped layouts",
        command="layouts",
        verdict="",
        passed=None,
        summary=None,
        layouts=(),
        measures=(),
        tables=report_layouts.limits(rows, default),
        diagnostics=(),
        records=(("limits", report_layouts.limit_records(rows, default)),),
    )
