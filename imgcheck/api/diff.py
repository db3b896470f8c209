"""Two builds, or reports of them that were kept, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from imgcheck.api import build
from imgcheck.api.files import Judges
from imgcheck.beside import Beside
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.history import deltas, snapshots
from imgcheck.model import Difference, Policy, Report, Snapshot
from imgcheck.policies import policy
from imgcheck.readers import files as regular
from imgcheck.readers import reportjson
from imgcheck.report import changes, compared, verdict

if TYPE_CHECKING:
    from imgcheck.api.page import Progress

_START = 64  # bytes that tell JSON from firmware
_Read: TypeAlias = tuple[build.Inputs, build.Built]


@dataclass(frozen=True, slots=True)
class Request:
    """What to compare (ELF, .bin, .ota, or a JSON report of imgcheck's), and what both are judged by."""

    old: Path
    new: Path
    old_map: Path | None = None
    new_map: Path | None = None
    judges: Judges = field(default_factory=Judges)  # no policy: the one that NEW finds, for both
    packed: bool = True  # whether every byte is priced in the OTA file
    features: bool = False  # whether a build's features are looked for, and what each saves
    old_sources: Path | None = None  # where they are now, else where the build says
    new_sources: Path | None = None
    fail_on_growth: int | None = None  # bytes of any resource
    tree: bool = False  # whether some output draws the tree


def show(request: Request, progress: Progress | None = None) -> Report:
    """The report of `imgcheck diff`. Raises ImgcheckError for what cannot be read or is no build."""
    difference, made = _compare(request)
    report = changes.build(difference, request.fail_on_growth)
    if not request.tree:
        return report
    if made is None:
        return replace(report, compared=compared.compared(difference))
    from imgcheck.api import page

    drawn = page.added(report, *made, progress or page.silent, difference)
    drawn = page.since(drawn, request.old)
    return replace(report, drawn=page.remembered(drawn, *made))


def compare(request: Request) -> Difference:
    """What differs; raises as `show` does."""
    return _compare(request)[0]


def _compare(request: Request) -> tuple[Difference, _Read | None]:
    """What differs, and the new build where it was no report."""
    if not request.features and (request.old_sources or request.new_sources):
        raise ImgcheckError("--old-sources and --new-sources are for --features")
    settings = None
    if not (is_snapshot(request.old) and is_snapshot(request.new)):
        starts = (request.new.absolute().parent, Path())
        settings = policy.choose(request.judges.policy, starts)

    def read_old() -> Snapshot:
        return _read(request.old, request.old_map, request.old_sources, request, settings)[0]

    # Only where it takes longer to read a build than to hand over what was found.
    if is_snapshot(request.old) or is_snapshot(request.new):
        new, made = _read(request.new, request.new_map, request.new_sources, request, settings)
        old = read_old()
    else:
        with Beside(read_old) as reading:
            new, made = _read(request.new, request.new_map, request.new_sources, request, settings)
            old = reading.result()
    if old.provenance.target != new.provenance.target:
        raise ImgcheckError(
            f"{request.old} is for {old.provenance.target}, {request.new} for {new.provenance.target}: "
            "their sizes cannot be compared"
        )
    return deltas.compare(old, new), made


def is_snapshot(path: Path) -> bool:
    """Whether the file is a report in JSON rather than firmware; False also where it cannot be read."""
    try:
        return reportjson.is_one(regular.begin(path, _START))
    except FormatError:
        return False


def snapshot(path: Path) -> Snapshot:
    """A report that was kept; raises FormatError when it is none."""
    return kept(path)[0]


def kept(path: Path, title: str = "") -> tuple[Snapshot, Sequence[reportjson.FindingRow]]:
    """A report that was kept, and what it found; of several builds the one of that title."""
    with regular.named(path):
        document = reportjson.parse(regular.read(path, reportjson.LARGEST), title)
        return snapshots.of_document(document, str(path)), document.findings


def measured(made: build.Built, name: str) -> Snapshot:
    """The snapshot of a build that was just read."""
    return snapshots.of_build(made.facts, name, verdict.sentence(made.facts.fits))


def _read(
    path: Path, map_path: Path | None, sources: Path | None, request: Request, settings: Policy | None
) -> tuple[Snapshot, _Read | None]:
    if is_snapshot(path):
        for what, given in (("a map", map_path), ("sources", sources)):
            if given:
                raise ImgcheckError(f"{path} is a report, and has no use for {what} ({given})")
        found = snapshot(path)
        if request.features and "feature" not in found.things:
            raise ImgcheckError(f"{path}: a report without features; `imgcheck report --features` has them")
        return found, None
    judges = request.judges
    inputs = build.Inputs(
        path,
        map_path,
        layouts=judges.layouts,
        policy=judges.policy,
        active=judges.active,
        target=judges.target,
    )
    made = build.build(inputs, request.packed, settings)
    if request.features:
        from imgcheck.api import savings
        from imgcheck.api.pricing import Priced
        from imgcheck.prediction.places import Places

        with Priced(made, made.prices is None, measured=False) as priced:
            saved = savings.features(inputs, priced, Places(None, sources))
        made = made._replace(facts=replace(made.facts, savings=saved))
    return measured(made, str(path)), (inputs, made)
