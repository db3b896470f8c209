"""In which release does each layout's slot overflow, at the growth of the last releases?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from imgcheck.history import trend
from imgcheck.history.builds import Build

WINDOW = 60  # releases whose growth is carried on
FEWEST = trend.FEWEST + 1
NEVER = trend.FARTHEST + 1  # where one that is never full sorts
_NUMBER = re.compile(r"^(.*?)(\d+)$")


class Forecast(NamedTuple):
    """One slot of one layout. Sizes are bytes; `left`, `low` and `high` releases, None: no end in sight.

    `first` is the name of the first release that does not fit, as far as the names so far tell it, and
    `date` about when that is.
    """

    layout: str
    slot: str
    limit: int
    size: int
    per_release: float
    left: int | None
    low: int | None
    high: int | None
    first: str
    date: datetime | None
    releases: int  # that the growth was taken from


def forecast(
    layout: str, slot: str, limit: int, builds: Sequence[Build], sizes: Sequence[int]
) -> Forecast | None:
    """The forecast for builds by date and their sizes; None when there are too few of them."""
    window = slice(max(len(sizes) - WINDOW - 1, 0), None)
    recent, known = list(builds[window]), list(sizes[window])
    found = trend.outlook(known, limit)
    if found is None:
        return None
    left = found.left
    first, date = "", None
    if left is not None:
        first = recent[-1].name if left == 0 else _name(recent, left)
        date = recent[-1].date if left == 0 else _date(recent, left)
    return Forecast(
        layout,
        slot,
        limit,
        known[-1],
        found.per_build,
        left,
        found.low,
        found.high,
        first,
        date,
        len(known) - 1,
    )


def bought(saving: int, per_release: float) -> int | None:
    """How many releases a saving of so many bytes lasts; None when the size does not grow."""
    return int(saving / per_release) if per_release > 0 else None


def _name(builds: Sequence[Build], ahead: int) -> str:
    """The name that a release so far ahead will have: 1.18.299 and 40 more of the same step."""
    parts = [match.groups() for match in (_NUMBER.match(one.revision) for one in builds) if match]
    last = _NUMBER.match(builds[-1].revision)
    # A commit's hash may end in digits too, but its beginning is never that of the one before.
    if last is None or len(parts) < 3 or any(start != last[1] for start, _ in parts[-3:]):
        return ""
    same = [int(number[:18]) for start, number in parts if start == last[1]]
    step = (same[-1] - same[0]) / (len(same) - 1)
    return f"{last[1]}{round(same[-1] + step * ahead)}" if step > 0 else ""


def _date(builds: Sequence[Build], ahead: int) -> datetime | None:
    span = builds[-1].date - builds[0].date
    try:
        return builds[-1].date + timedelta(seconds=span.total_seconds() / (len(builds) - 1) * ahead)
    except OverflowError:
        return None
