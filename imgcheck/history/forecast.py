"""In which release does each layout's slot overflow, at the growth of the last releases?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from imgcheck.history import trend
from imgcheck.history.builds import Build
from imgcheck.model import Forecast

WINDOW = 60  # releases whose growth is carried on
FEWEST = trend.FEWEST + 1
NEVER = trend.FARTHEST + 1  # where one that is never full sorts
_NUMBER = re.compile(r"^(.*?)(\d+)$")


def forecast(
    layout: str,
    slot: str,
    limit: int,
    builds: Sequence[Build],
    sizes: Sequence[int],
    *,
    now: int | None = None,
) -> Forecast | None:
    """The forecast for builds by date and their sizes; None when there are too few of them.

    `now` is the size of the build that comes after them: what is left is counted from it.
    """
    window = slice(max(len(sizes) - WINDOW - 1, 0), None)
    recent, known = list(builds[window]), list(sizes[window])
    newest = known[-1] if now is None and known else now or 0
    found = trend.outlook(known, limit - newest + known[-1]) if known else None
    if found is None:
        return None
    left = found.left
    first, date = "", None
    if left:
        ahead = left if now is None else left + 1
        first, date = _name(recent, ahead), _date(recent, ahead)
    elif left == 0 and now is None:
        first, date = recent[-1].name, recent[-1].date
    return Forecast(
        layout=layout,
        slot=slot,
        limit=limit,
        size=newest,
        per_release=found.per_build,
        left=left,
        low=found.low,
        high=found.high,
        first=first,
        date=date,
        releases=len(known) - 1,
    )


class Bought(NamedTuple):
    """What switching features off gives together: bytes, and releases that they last (None: no growth)."""

    features: tuple[str, ...]
    saving: int
    releases: int | None
    planned: bool  # the first choice of a plan; else recorded with the newest build, each alone


def bought(features: tuple[str, ...], saving: int, first: Forecast, *, planned: bool) -> Bought:
    """What a saving of the slot that fills first buys."""
    per = first.per_release
    return Bought(features, saving, int(saving / per) if per > 0 else None, planned)


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
