"""Two builds, or reports of them that were kept, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from imgcheck.api import beside, build
from imgcheck.api.files import Judges
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.history import deltas, snapshots
from imgcheck.model import Difference, Policy, Report, Snapshot
from imgcheck.policies import policy
from imgcheck.readers import files as regular
from imgcheck.readers import reportjson
from imgcheck.report import changes, verdict

_START = 64  # bytes that tell JSON from firmware


@dataclass(frozen=True, slots=True)
class Request:
    """What to compare (ELF, .bin, .ota, or a JSON report of imgcheck's), and what both are judged by."""

    old: Path
    new: Path
    old_map: Path | None = None
    new_map: Path | None = None
    judges: Judges = field(default_factory=Judges)  # no policy: the one that NEW finds, for both
    packed: bool = True  # whether every byte is priced in the OTA file
    fail_on_growth: int | None = None  # bytes of any resource


def show(request: Request) -> Report:
    """The report of `imgcheck diff`. Raises ImgcheckError for what cannot be read or is no build."""
    return changes.build(compare(request), request.fail_on_growth)


def compare(request: Request) -> Difference:
    """What differs; raises as `show` does."""
    settings = None
    if not (is_snapshot(request.old) and is_snapshot(request.new)):
        starts = (request.new.absolute().parent, Path(request.judges.folder))
        settings = policy.choose(request.judges.policy, starts)

    def read_old() -> Snapshot:
        return _read(request.old, request.old_map, request, settings)

    # Only where it takes longer to read a build than to hand over what was found.
    waited = read_old if is_snapshot(request.old) or is_snapshot(request.new) else beside.start(read_old)
    new = _read(request.new, request.new_map, request, settings)
    old = waited()
    if old.provenance.target != new.provenance.target:
        raise ImgcheckError(
            f"{request.old} is for {old.provenance.target}, {request.new} for {new.provenance.target}: "
            "their sizes cannot be compared"
        )
    return deltas.compare(old, new)


def is_snapshot(path: Path) -> bool:
    """Whether the file is a report in JSON rather than firmware; False also where it cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return reportjson.is_one(file.read(_START))
    except (OSError, ValueError):
        return False


def snapshot(path: Path) -> Snapshot:
    """A report that was kept; raises FormatError when it is none."""
    return kept(path)[0]


def kept(path: Path) -> tuple[Snapshot, Sequence[reportjson.FindingRow]]:
    """A report that was kept, and what it found."""
    try:
        document = reportjson.parse(regular.read(path))
        return snapshots.of_document(document, str(path)), document.findings
    except FormatError as error:
        raise error.within(str(path)) from None


def measured(made: build.Built, name: str) -> Snapshot:
    """The snapshot of a build that was just read."""
    return snapshots.of_build(made.facts, name, verdict.sentence(made.facts.fits))


def _read(path: Path, map_path: Path | None, request: Request, settings: Policy | None) -> Snapshot:
    if is_snapshot(path):
        if map_path:
            raise ImgcheckError(f"{path} is a report, and has no use for a map ({map_path})")
        return snapshot(path)
    judges = request.judges
    inputs = build.Inputs(
        path,
        map_path,
        layouts=judges.layouts,
        policy=judges.policy,
        active=judges.active,
        target=judges.target,
        folder=judges.folder,
    )
    return measured(build.build(inputs, request.packed, settings), str(path))
