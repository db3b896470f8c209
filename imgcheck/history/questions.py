"""Which build was the first that did not fit, the last that did, and who grew it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from imgcheck.history import deltas, jumps, reports
from imgcheck.history.builds import Build, Track
from imgcheck.history.store import Point
from imgcheck.model import devices

UNPACKED = Track("image", "unpacked", "flash")
BODY = Track("image", "ota_body", "ota")
HEAP = Track("image", "heap", "ram")
SLOTS = {devices.UNPACKED: UNPACKED, devices.BODY: BODY}  # what lies in a slot of that name


class Judged(NamedTuple):
    """A build held against a layout: bytes left in its tightest slot, and which that is."""

    build: Build
    slot: str
    size: int
    limit: int

    @property
    def headroom(self) -> int:
        """Bytes left; negative when it does not fit."""
        return self.limit - self.size


class Change(NamedTuple):
    """A jump of one track: the first build that has it, bytes, and what it came with."""

    build: Build
    track: Track
    delta: int
    cause: str  # "compiler: …", "policy: …", "noise: …" (what is no move of a level), "" for the code itself


def judged(
    builds: Iterable[Build], limits: Mapping[str, int], series: Mapping[str, Sequence[Point]]
) -> list[Judged]:
    """Builds by date, each with its tightest slot; those without a size of any slot are left out.

    `limits` are the largest sizes that each slot takes, `series` the sizes of what lies in it.
    """
    sizes = {slot: {point.build: point.size for point in points} for slot, points in series.items()}
    found: list[Judged] = []
    for build in builds:
        rows = [
            Judged(build, slot, sizes[slot][build.id], limit)
            for slot, limit in limits.items()
            if build.id in sizes.get(slot, ())
        ]
        if rows:
            found.append(min(rows, key=lambda row: row.headroom))
    return found


def first_over(rows: Sequence[Judged]) -> Judged | None:
    """The build that broke it: the first over after the last that fits, else the first over at all."""
    start = next((at for at in range(len(rows) - 1, -1, -1) if rows[at].headroom >= 0), -1) + 1
    if start < len(rows):
        return rows[start]
    return next((row for row in rows if row.headroom < 0), None)


def last_fitting(rows: Sequence[Judged]) -> Judged | None:
    """The newest build that fits."""
    return next((row for row in reversed(rows) if row.headroom >= 0), None)


def changes(
    track: Track, points: Sequence[Point], builds: Mapping[int, Build], least: int = 1
) -> list[Change]:
    """Jumps of a track, and each change of compiler or policy with what it did to the size."""
    sizes = [point.size for point in points]
    found = {one.at: one for one in jumps.jumps(sizes, least)}
    made: list[Change] = []
    for at in range(1, len(points)):
        before, after = builds[points[at - 1].build], builds[points[at].build]
        cause, jump = _cause(before, after), found.get(at)
        if jump or (cause and sizes[at] != sizes[at - 1]):
            delta = jump.delta if jump else sizes[at] - sizes[at - 1]
            cause = cause or (jump.words if jump else "")
            made.append(Change(after, track, delta, cause or _noise(track, delta)))
    return made


def _noise(track: Track, delta: int) -> str:
    """What the packer makes of any other bytes is no change of the code."""
    floor = deltas.NOISE.get(track.resource, 0)  # type: ignore[call-overload]  # a resource is any text here
    return f"noise: under {floor} bytes" if abs(delta) < floor else ""


def _cause(before: Build, after: Build) -> str:
    for name in ("compiler", "policy"):
        old, new = getattr(before, name), getattr(after, name)
        if old and new and old != new and not (name == "policy" and _same_policy(old, new)):
            return f"{name}: {old} -> {new}"
    return ""


def _same_policy(old: str, new: str) -> bool:
    """Whether all that is known of both is the same."""
    (name, digest), (other, another) = reports.parts(old), reports.parts(new)
    return name == other and not (digest and another)


def grown(track: Track, points: Sequence[Point], builds: Mapping[int, Build]) -> list[Change]:
    """Every change of a track, the largest growth first: whom to ask."""
    rows = [
        Change(builds[after.build], track, after.size - before.size, "")
        for before, after in pairwise(points)
        if after.size != before.size
    ]
    return sorted(rows, key=lambda row: -row.delta)
