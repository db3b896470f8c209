"""What a history says of the slots: which build broke it, who grew it, and when the next limit is passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from imgcheck.devices import recorded
from imgcheck.errors import UndecidedError
from imgcheck.history import forecast, questions, store
from imgcheck.history.builds import Build
from imgcheck.history.questions import Judged
from imgcheck.history.store import Point, Store, Wanted
from imgcheck.model import SLOTS, Forecast, Layout, Need, Report
from imgcheck.report import history as shown
from imgcheck.report import historyrecords as records
from imgcheck.report.columns import change_text, size_text


@dataclass(frozen=True, slots=True)
class Timeline:
    """One target and variant over time: builds by date, and the sizes of what lies in slots."""

    builds: tuple[Build, ...]
    series: Mapping[str, Sequence[Point]]  # by slot
    address: str

    @property
    def kind(self) -> tuple[str, str]:
        """The platform and variant that all builds are of."""
        return self.builds[-1].target, self.builds[-1].variant

    def newest(self) -> dict[str, int]:
        """The sizes of the newest build, by slot."""
        last = self.builds[-1].id
        ends = {slot: points[-1] for slot, points in self.series.items() if points}
        return {slot: end.size for slot, end in ends.items() if end.build == last}

    @property
    def by_id(self) -> dict[int, Build]:
        """The builds by the store's number."""
        return {one.id: one for one in self.builds}


def read(opened: Store, address: str, wanted: Wanted) -> Timeline:
    """The builds that are wanted; raises UndecidedError when they are of several targets or variants."""
    found = tuple(opened.builds(wanted))
    if not found:
        named(opened, address, wanted)
        raise UndecidedError(f"{store.shown(address)}: there is no such build in it", Need.HISTORY)
    of_one_kind(found, address)
    series = {slot: opened.series(track, wanted) for slot, track in questions.SLOTS.items()}
    return Timeline(found, series, address)


def named(opened: Store, address: str, wanted: Wanted) -> None:
    """Where no build was found: raises UndecidedError for a target, variant or branch that none is of."""
    for word in ("target", "variant", "branch"):
        asked = getattr(wanted, word)
        known = sorted({getattr(one, word) for one in opened.builds()}) if asked else []
        if known and asked not in known:
            names = ", ".join(name or "(no name)" for name in known[:6])
            more = f" and {len(known) - 6} more" if len(known) > 6 else ""
            raise UndecidedError(
                f"{store.shown(address)}: no build of {word} {asked} is in it; it has {names}{more}",
                Need.HISTORY,
            )


def of_one_kind(found: Iterable[Build], address: str) -> None:
    """Raises UndecidedError when builds are of several targets or variants: their sizes are no series."""
    kinds = sorted({(one.target, one.variant) for one in found})
    if len(kinds) > 1:
        names = ", ".join(" ".join(filter(None, kind)) or "(no name)" for kind in kinds[:6])
        targets, variants = map(set, zip(*kinds, strict=True))
        options = [option for option, has in (("--target", targets), ("--variant", variants)) if len(has) > 1]
        raise UndecidedError(
            f"{store.shown(address)}: builds of several kinds ({names}): choose with {' and '.join(options)}"
        )


def judged(address: str, wanted: Wanted, layout: str, ask: Literal["first", "last"]) -> Report:
    """`history first --does-not-fit LAYOUT` and `history last --fits LAYOUT`."""
    with store.connect(address) as opened:
        line = read(opened, address, wanted)
    (table,) = recorded.tables(*line.kind, (layout,))
    known = recorded.limits(table)
    tight = {one.slot: one for one in reversed(known)}
    layout = next((one.label for one in known if one.label != table.name), layout)
    rows = questions.judged(line.builds, {slot: one.most for slot, one in tight.items()}, line.series)
    if not rows:
        raise UndecidedError(f"{store.shown(address)}: no build in it has a size of what lies in a slot")
    found = questions.first_over(rows) if ask == "first" else questions.last_fitting(rows)
    return shown.report(
        layout,
        _answer(rows, found, layout, ask),
        [shown.judged(layout, rows)],
        history=[records.build(one) for one in line.builds],
        judged=[records.judged(one) for one in rows],
        answer=[records.judged(found)] if found else [],
    )


def _answer(rows: Sequence[Judged], found: Judged | None, layout: str, ask: str) -> str:
    count = size_text(len(rows))
    if found is None:
        return (
            f"All {count} builds fit {layout}."
            if ask == "first"
            else f"None of {count} builds fits {layout}."
        )
    if ask == "last":
        newest = "the newest there is" if found is rows[-1] else "the last that does"
        return (
            f"{shown.called(found.build)} fits {layout}, {newest}: {shown.room(found)} "
            f"the {SLOTS[found.slot]}."
        )
    before = rows[rows.index(found) - 1] if found is not rows[0] else None
    after = (
        f" {shown.called(before.build)}, before it, had {shown.room(before)} the {SLOTS[before.slot]}."
        if before
        else ""
    )
    whole = "" if rows[-1].headroom < 0 else " Later builds fit again."
    return (
        f"{shown.called(found.build)} is the first that does not fit {layout}: "
        f"{shown.room(found)} the {SLOTS[found.slot]}.{after}{whole}"
    )


def blame(address: str, wanted: Wanted, name: str, kind: str, resource: str) -> Report:
    """`history blame COMPONENT`: the builds that grew it, the largest growth first."""
    with store.connect(address) as opened:
        line = read(opened, address, wanted)
        tracks = [one for one in opened.tracks(kind) if one.name == name and one.resource == resource]
        if not tracks:
            known = sorted({one.name for one in opened.tracks(kind)})
            raise UndecidedError(
                f"{store.shown(address)}: no {kind} {name} in it; it has {', '.join(known[:8])}"
            )
        points = opened.series(tracks[0], wanted)
    rows = questions.grown(tracks[0], points, line.by_id)
    total = points[-1].size - points[0].size if points else 0
    first = rows[0] if rows and rows[0].delta > 0 else None
    verdict = f"{kind} {name}: {change_text(total)} bytes of {resource} in {len(points)} builds"
    verdict += f"; most by {shown.called(first.build)} ({change_text(first.delta)})." if first else "."
    return shown.report(
        name,
        verdict,
        [shown.changes(rows, "Changes, the largest first")],
        history=[records.build(one) for one in line.builds],
        series=[records.series(tracks[0], points)],
        changes=[records.change(one) for one in rows],
    )


def forecasts(
    line: Timeline, tables: Sequence[Layout], active: int = 0, now: Mapping[str, int] | None = None
) -> list[Forecast]:
    """Every slot of every layout, the first to overflow first; those that cannot be told are left out.

    `now` are the sizes, by slot, of a build that comes after those of the history.
    """
    builds = line.by_id
    found: list[Forecast] = []
    for table in tables:
        for label, slot, limit in recorded.limits(table, active):
            points = line.series.get(slot, ())
            one = forecast.forecast(
                label,
                slot,
                limit,
                [builds[point.build] for point in points],
                [point.size for point in points],
                now=now.get(slot) if now else None,
            )
            if one is not None:
                found.append(one)
    far = forecast.NEVER
    return sorted(found, key=lambda one: (far if one.left is None else one.left, one.limit - one.size))
