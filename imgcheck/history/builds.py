"""One build in a history: where it came from, and what was measured of it.

As text a build is a line of JSON, the same that `history export` writes and `history import` takes:
{"revision", "date", "branch", "variant", "target", "compiler", "policy", "measures": [{"kind", "name",
"resource", "size"}]}. Totals have kind "image" and the names bin, unpacked, ota_body, heap. Sizes are bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from imgcheck.errors import FormatError

MOST_MEASURES = 100_000  # of one build; a report of 60,000 symbols has about as many
LONGEST_NAME = 4_096  # characters
LONGEST_LINE = 32 << 20  # bytes of one build as JSON
LARGEST = 1 << 53  # bytes; what JSON readers agree on
RESOURCES = ("flash", "ram", "ota")
WORDS = ("revision", "branch", "target", "variant", "compiler", "policy")  # of a build, in their order
_FIRST_YEAR = 1990


class Size(NamedTuple):
    """One measure of one build, in bytes."""

    kind: str
    name: str
    resource: str
    size: int


class Track(NamedTuple):
    """What is measured again in each build: a line in a chart."""

    kind: str
    name: str
    resource: str


@dataclass(frozen=True, slots=True)
class Build:
    """One build; `date` is UTC, `id` the store's number for it (0 before it is stored)."""

    date: datetime
    revision: str = ""
    branch: str = ""
    target: str = ""
    variant: str = ""
    compiler: str = ""
    policy: str = ""
    sizes: tuple[Size, ...] = ()
    id: int = 0

    @property
    def name(self) -> str:
        """How people call it: its revision, else its date."""
        return self.revision or self.date.strftime("%Y-%m-%d %H:%M")

    def size(self, track: Track) -> int | None:
        """What it has of one track."""
        return next((one.size for one in self.sizes if one[:3] == track), None)

    def digest(self) -> str:
        """The same for two records of the same sizes, however they were ordered."""
        text = json.dumps(sorted(self.sizes), separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def date(written: str) -> datetime:
    """A date or a date and time in ISO 8601, without a zone UTC; raises ValueError."""
    found = datetime.fromisoformat(written.strip())
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    try:
        moved = found.replace(tzinfo=None) - (found.utcoffset() or timedelta())
    except OverflowError:
        raise ValueError(f"{written!r} is no day of any calendar") from None
    if moved.year < _FIRST_YEAR:
        raise ValueError(f"{written!r} lies before {_FIRST_YEAR}")
    return moved.replace(tzinfo=UTC, microsecond=0)


def stamp(moment: datetime) -> str:
    """The date as it is written: 2026-03-24T00:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(written: str, file: str = "", line: int = 0) -> Build:
    """One line of JSON lines. Raises FormatError naming the line and what is wrong in it."""
    position = f"line {line}" if line else ""
    if len(written) > LONGEST_LINE:
        raise FormatError(f"a build of more than {LONGEST_LINE >> 20} MiB", file, position)
    try:
        record = json.loads(written, object_pairs_hook=_once)
    except FormatError as error:
        raise FormatError(error.message, file, position) from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {_short(error)}", file, position) from None
    try:
        return build(record)
    except ValueError as error:
        raise FormatError(str(error), file, position) from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise FormatError(f"{name[:40]!r} is there twice in one object")
            seen.add(name)
    return found


def build(record: object) -> Build:
    """A build of a JSON object; raises ValueError."""
    if not isinstance(record, dict):
        raise ValueError("a build is a JSON object")
    if "date" not in record:
        raise ValueError("date is missing")
    words = {key: text(record.get(key), key) for key in WORDS}
    try:
        when = date(text(record["date"], "date"))
    except ValueError as error:
        raise ValueError(f"date: {_short(error)}") from None
    return replace(Build(when, sizes=sizes(record.get("measures"))), **words)  # type: ignore[arg-type]  # all of them texts


def sizes(rows: object) -> tuple[Size, ...]:
    """The measures of a JSON array; raises ValueError for one that is no measure, or there twice."""
    if not isinstance(rows, list):
        raise ValueError("measures is missing, or no array")
    if len(rows) > MOST_MEASURES:
        raise ValueError(f"more than {MOST_MEASURES:d} measures in one build")
    found: dict[Track, int] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ValueError(f"measure {number} is no object")
        track = Track(*(text(row.get(key), f"{key} of measure {number}") for key in Track._fields))
        size = row.get("size")
        if track.resource not in RESOURCES:
            raise ValueError(f"measure {number}: resource is one of {', '.join(RESOURCES)}")
        if type(size) is not int or not -LARGEST < size < LARGEST:
            raise ValueError(f"measure {number}: size is no number of bytes")
        # A feature may save less than nothing, and a heap may be overdrawn before it starts.
        if size < 0 and track.kind != "feature" and track.name != "heap":
            raise ValueError(f"measure {number}: {track.kind} {track.name!r} takes less than nothing")
        if not track.kind:
            raise ValueError(f"measure {number} has no kind")
        if track in found:
            raise ValueError(f"measure {number}: {track.kind} {track.name!r} is there twice")
        found[track] = size
    return tuple(Size(*track, size) for track, size in found.items())


def line(made: Build) -> str:
    """The build as one line of JSON, as `parse` takes it."""
    record: dict[str, object] = {
        "revision": made.revision,
        "date": stamp(made.date),
        "branch": made.branch,
        "variant": made.variant,
        "target": made.target,
        "compiler": made.compiler,
        "policy": made.policy,
        "measures": [one._asdict() for one in made.sizes],
    }
    return json.dumps(record, separators=(", ", ": "))


def text(value: object, what: str) -> str:
    """A text of a record, "" where it is missing; raises ValueError naming `what` it is."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{what} is no text")
    if len(value) > LONGEST_NAME:
        raise ValueError(f"{what} is longer than {LONGEST_NAME} characters")
    if "\0" in value:
        raise ValueError(f"{what} holds a NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds half of a character (a lone surrogate)") from None
    return value


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
