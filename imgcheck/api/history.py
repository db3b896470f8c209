"""`imgcheck history`: builds recorded, listed, shown, exported, imported and pruned."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from imgcheck.api import build as reported
from imgcheck.api import timeline
from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.history import assets, builds, questions, reports, store
from imgcheck.history.builds import Build, Track
from imgcheck.history.store import Point, Store, Wanted
from imgcheck.model import Report
from imgcheck.readers import files, reportjson
from imgcheck.report import history as shown
from imgcheck.report import historyrecords as records
from imgcheck.report.columns import size_text

_BATCH = 500  # builds of an import that become visible at once


def record(made: Build, address: str, replaced: bool = False) -> Report:
    """Stores one build; a report of what was stored.

    Raises ImgcheckError also when the newest build there is of tomorrow: then a clock is wrong.
    """
    with store.connect(address, write=True) as opened:
        new = opened.add([made], replaced)
        stored = list(opened.builds(Wanted(revision=made.revision)))[-1:] if made.revision else []
    what = f"{made.target} {made.variant}".strip()
    words = "recorded" if new else "is there already, with the same sizes"
    verdict = (
        f"{what} at {made.name}: {size_text(len(made.sizes))} measures {words} in {store.shown(address)}."
    )
    totals = {size.name: {made.id: size.size} for size in made.sizes if size.kind == "image"}
    return shown.report(
        what,
        verdict,
        [shown.builds([made], totals)],
        history=[records.build(stored[0] if stored else made)],
    )


def release(
    report: Mapping[str, object], file: str, date: datetime | None, address: str, replaced: bool = False
) -> Report | None:
    """Stores a release, one record for each asset; None when the report is not of `imgcheck release`."""
    if not assets.found(report):
        return None
    made = assets.of(report, date or datetime.now(UTC).replace(microsecond=0), file)
    if date is None:
        in_order(made[0], address)
    with store.connect(address, write=True) as opened:
        new = opened.add(made, replaced)
    name = made[0].revision or file
    words = f"{size_text(len(made))} assets, {size_text(new)} of them new, in {store.shown(address)}"
    history = [records.build(one) for one in made]
    return shown.report(name, f"{name}: {words}.", [], history=history)


def measured(inputs: reported.Inputs, kinds: Sequence[str], features: bool) -> dict[str, object]:
    """The JSON report of a firmware, or the one that a snapshot is."""
    path = inputs.firmware
    if path.suffix.lower() == ".json":
        return dict(reports.parse(_read(path), str(path)))
    from imgcheck.emitters import json as emitter

    report = reported.show(inputs, tree=False, features=features or None, packed="ota" in kinds or None)
    found = json.loads(emitter.emit(report))
    assert isinstance(found, dict)
    return found


def of_report(
    report: Mapping[str, object],
    file: str,
    words: Mapping[str, str],
    date: datetime | None,
    kinds: Iterable[str] = (),
) -> Build:
    """The build of a JSON report; where `words` (revision, branch, variant, target) say more, they count."""
    made = reports.build(
        report, date or datetime.now(UTC).replace(microsecond=0), file, (*reports.KINDS, *kinds)
    )
    given = {key: text for key, text in words.items() if text}
    return replace(made, **given)  # type: ignore[arg-type]  # all of them texts


def in_order(made: Build, address: str) -> None:
    """Raises ImgcheckError when by the clock it is older than the newest build: one of them is wrong."""
    try:
        with store.connect(address) as opened:
            newest = list(opened.builds(Wanted(last=1)))
    except ImgcheckError:
        return  # no history yet, or one that recording will say more about
    if newest and newest[0].date > made.date:
        raise ImgcheckError(
            f"{store.shown(address)}: the clock says {builds.stamp(made.date)}, but {newest[0].name} is of "
            f"{builds.stamp(newest[0].date)}: give the build's date with --date"
        )


def listing(address: str, wanted: Wanted) -> Report:
    """The builds, newest first."""
    with store.connect(address) as opened:
        found = list(opened.builds(wanted))
        if not found:
            timeline.named(opened, address, wanted)
        tracks = {"bin": Track("image", "bin", "flash"), "ota_body": questions.BODY, "heap": questions.HEAP}
        totals = {name: dict(opened.series(track, wanted)) for name, track in tracks.items()}
    newest = "The newest " if len(found) == wanted.last else ""
    verdict = f"{newest}{_builds_text(len(found))} in {store.shown(address)}."
    return shown.report(
        "history", verdict, [shown.builds(found, totals)], history=[records.build(one) for one in found]
    )


def _builds_text(count: int) -> str:
    return f"{size_text(count)} build{'' if count == 1 else 's'}"


def show(address: str, name: str, kind: str, resource: str, wanted: Wanted) -> Report:
    """Without a name all that was measured; with a revision that build; with a measure's name its series."""
    with store.connect(address) as opened:
        if not name:
            rows = opened.overview(kind)
            return shown.report(
                "history",
                f"{size_text(len(rows))} measures.",
                [shown.overview(rows)],
                overview=[records.overview(row) for row in rows],
            )
        known = list(opened.builds(replace(wanted, revision=name), sizes=True))
        if known:
            return _builds(known)
        tracks = [
            track
            for track in opened.tracks(kind)
            if track.name == name and (not resource or track.resource == resource)
        ]
        if not tracks:
            raise UndecidedError(f"{store.shown(address)}: {_unknown(opened, name)}")
        found = {one.id: one for one in opened.builds(wanted)}
        if not found:
            timeline.named(opened, address, wanted)
        series = [(track, opened.series(track, wanted)) for track in tracks]
    measured = {point.build for _, points in series for point in points}
    timeline.of_one_kind([one for number, one in found.items() if number in measured], address)
    return _series(name, series, found)


def _builds(known: Sequence[Build]) -> Report:
    names = {"image": 0, "component": 1}
    tables = []
    for one in known:
        ranked = sorted(one.sizes, key=lambda size: (names.get(size.kind, 2), size.kind, -size.size))
        title = " ".join(filter(None, (one.target, one.variant, one.name)))
        tables.append(shown.measures(title, ranked))
    return shown.report(
        known[-1].name,
        f"{_builds_text(len(known))} of {known[-1].name}.",
        tables,
        history=[records.build(one) for one in known],
        series=[
            records.series(Track(*size[:3]), [Point(one.id, size.size)])
            for one in known
            for size in one.sizes
        ],
    )


def _series(name: str, series: Sequence[tuple[Track, Sequence[Point]]], found: Mapping[int, Build]) -> Report:
    tables, changes = [], []
    for track, points in series:
        rows = [(found[point.build], point.size) for point in points]
        jumped = questions.changes(track, points, found)
        changes += jumped
        tables += [shown.changes(jumped), shown.points(track, rows)]
    count = sum(len(points) for _, points in series)
    words = "1 change" if len(changes) == 1 else f"{len(changes)} changes"
    return shown.report(
        name,
        f"{name}: {size_text(count)} sizes in {size_text(len(found))} builds, {words} out of proportion.",
        tables,
        history=[records.build(one) for one in found.values()],
        series=[records.series(track, points) for track, points in series],
        changes=[records.change(one) for one in changes],
    )


def _unknown(opened: Store, name: str) -> str:
    known = {track.name for track in opened.tracks()} | {one.revision for one in opened.builds()}
    near = get_close_matches(name, known, 3, 0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"{name} is neither a revision nor a measure there{hint}"


def export(address: str, wanted: Wanted) -> Iterator[str]:
    """Every build as a line of JSON, oldest first."""
    with store.connect(address) as opened:
        if not any(opened.builds(wanted)):
            timeline.named(opened, address, wanted)
        for one in opened.builds(wanted, sizes=True):
            yield builds.line(one) + "\n"


def load(stream: BinaryIO, name: str, address: str, replaced: bool, told: Callable[[int], None]) -> Report:
    """Stores every build of JSON lines, all or none; raises FormatError with the line that is none."""
    lines = list(_builds_of(stream, name, told))  # before the database: a file that is refused makes none
    if not lines:
        raise FormatError("no build is in it", name)
    with store.connect(address, write=True) as opened:
        new = opened.add(lines, replaced)
    words = f"{size_text(new)} of {size_text(len(lines))} builds were new in {store.shown(address)}."
    return shown.report(name, words, [], history=[records.build(one) for one in lines])


def _builds_of(stream: BinaryIO, name: str, told: Callable[[int], None]) -> Iterator[Build]:
    number = 0
    while data := stream.readline(builds.LONGEST_LINE + 1):
        number += 1
        if len(data) > builds.LONGEST_LINE:
            raise FormatError(f"a line of more than {builds.LONGEST_LINE >> 20} MiB", name, f"line {number}")
        try:
            written = data.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise FormatError("not UTF-8", name, f"line {number}") from None
        if written.strip():
            made = builds.parse(written, name, number)
            if not made.sizes:
                raise FormatError("nothing was measured of this build", name, f"line {number}")
            yield made
            told(number)


def prune(address: str, wanted: Wanted, keep: int | None) -> Report:
    """Removes the builds that are wanted, but for the newest `keep` of each target, variant and branch."""
    with store.connect(address) as opened:  # what is not there has nothing to remove, and is not made
        if not any(opened.builds(wanted)):
            timeline.named(opened, address, wanted)
    with store.connect(address, write=True) as opened:
        groups: dict[tuple[str, str, str], list[Build]] = {}
        for one in opened.builds(wanted):
            groups.setdefault((one.target, one.variant, one.branch), []).append(one)
        going = [one for rows in groups.values() for one in (rows[:-keep] if keep else rows)]
        removed = opened.remove(one.id for one in going)
    verdict = (
        f"{_builds_text(removed)} {'was' if removed == 1 else 'were'} removed from {store.shown(address)}."
    )
    return shown.report("history", verdict, [shown.builds(going, {})])


def _read(path: Path) -> bytes:
    return files.read(path, reportjson.LARGEST)
