"""What the JSON report says of a history: builds, series, changes, verdicts and forecasts."""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.history.builds import Build, Track, stamp
from imgcheck.history.forecast import Bought
from imgcheck.history.questions import Change, Judged
from imgcheck.history.store import Point, Row
from imgcheck.model import Forecast


def build(build: Build) -> dict[str, object]:
    """One entry of `history` in JSON."""
    return {
        "build": build.id,
        "revision": build.revision,
        "branch": build.branch,
        "date": stamp(build.date),
        "target": build.target,
        "variant": build.variant,
        "compiler": build.compiler,
        "policy": build.policy,
    }


def overview(row: Row) -> dict[str, object]:
    """One entry of `overview` in JSON."""
    return {
        "target": row.target,
        "variant": row.variant,
        "branch": row.branch,
        **row.track._asdict(),
        "builds": row.builds,
        "first": row.first,
        "last": row.last,
        "least": row.least,
        "most": row.most,
    }


def series(track: Track, points: Sequence[Point]) -> dict[str, object]:
    """One entry of `series` in JSON: points by date, the build's number and its bytes."""
    return {**track._asdict(), "points": [point._asdict() for point in points]}


def change(change: Change) -> dict[str, object]:
    """One entry of `changes` in JSON."""
    return {
        "build": change.build.id,
        "revision": change.build.revision,
        **change.track._asdict(),
        "delta": change.delta,
        "cause": change.cause,
    }


def judged(one: Judged) -> dict[str, object]:
    """A build against a layout."""
    return {
        "build": one.build.id,
        "revision": one.build.revision,
        "slot": one.slot,
        "size": one.size,
        "limit": one.limit,
        "headroom": one.headroom,
    }


def driver(row: tuple[str, int, int]) -> dict[str, object]:
    """One entry of `drivers` in JSON: a component that grew over the forecast's window."""
    name, first, last = row
    return {"component": name, "first": first, "last": last, "delta": last - first}


def bought(one: Bought) -> dict[str, object]:
    """One entry of `strips` in JSON."""
    return {
        "features": list(one.features),
        "saves": one.saving,
        "releases": one.releases,
        "planned": one.planned,
    }


def forecast(one: Forecast) -> dict[str, object]:
    """One entry of `forecasts` in JSON."""
    return {
        "layout": one.layout,
        "slot": one.slot,
        "limit": one.limit,
        "size": one.size,
        "per_release": round(one.per_release, 1),
        "releases_left": one.left,
        "low": one.low,
        "high": one.high,
        "first_that_does_not_fit": one.first,
        "date": one.date and stamp(one.date),
        "releases": one.releases,
    }
