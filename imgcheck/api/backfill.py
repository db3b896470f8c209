"""`imgcheck history backfill`: thousands of builds or release files that lie in a folder, recorded at once.

A build is an ELF (with its map), a report as JSON, or a plain release file: of a .bin or an OTA file only
totals are known. Release files of other chips in one folder are judged as the release that they are; each is
a record, as in a release's JSON report. The revision is the version in the file's name or in its folder's.
A build that a report on a release and a file both tell of is one record of all that they measured, where they
agree. What is recorded already is passed over, so that a run that was stopped goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from imgcheck.api import artifacts
from imgcheck.api.artifacts import Found
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.history import assets, builds, store
from imgcheck.history.builds import Build
from imgcheck.model import OTHER_IMAGE, Diagnostic, Location, Report
from imgcheck.report import history as shown

_BATCH = 50  # builds that become visible, and safe from a stop, at once
_PER_WORKER = 200  # builds until a worker starts afresh


@dataclass(frozen=True, slots=True)
class Request:
    """What is recorded, and how: `words` (branch, variant, target) count more than names do."""

    folder: Path
    address: str
    words: Mapping[str, str]
    jobs: int = 1
    dates: Path | None = None
    tags: Path | None = None
    scheduler: str = ""


def run(request: Request, progress: Callable[[str, float], None]) -> Report:
    """Records every build in the folder; a file that is none is a finding and stops nothing."""
    dates = {**artifacts.tags(request.tags), **artifacts.dates(request.dates)}
    everything = list(artifacts.find(request.folder, dates))
    if not everything:
        raise UndecidedError(f"{request.folder}: no .elf, .json, .ota or .bin with a version in its name")
    with store.connect(request.address, write=True) as opened:
        known: set[tuple[str, str | None, str]] = set()
        for one in opened.builds():
            known |= {(one.revision, one.target, one.variant), (one.revision, None, one.variant)}
        wanted = [found for found in everything if not _there(found, request, known)]
        said: list[Diagnostic] = []
        batch: list[Build] = []
        new = measured = unread = 0
        for done, (found, lines) in enumerate(_measured(wanted, request), 1):
            progress(f"{found.revision} {found.variant}".strip(), done / len(wanted))
            if isinstance(lines, ImgcheckError):
                said.append(_bad(found, str(lines)))
                unread += 1
                continue
            measured += len(lines)
            batch += map(builds.parse, lines)
            if len(batch) >= _BATCH:
                new += _stored(opened, batch, said)
        new += _stored(opened, batch, said)
    passed = sum(max(len(one.assets), 1) for one in {*everything} - {*wanted})
    there = passed + measured - new - (len(said) - unread)
    words = f"{new:d} builds recorded, {there:d} were there already, {len(said):d} could not be read."
    made = shown.report(str(request.folder), words, [])
    return replace(made, diagnostics=tuple(said))


def measure(
    path: str, words: Mapping[str, str], date: str, members: Sequence[str] = (), image: str = ""
) -> tuple[str, ...]:
    """One build, or every asset of a release, as lines of JSON; for a worker, so texts in and out.

    `image` is the .bin beside an OTA file. Raises ImgcheckError.
    """
    from imgcheck.api import history, release
    from imgcheck.api.build import Inputs
    from imgcheck.emitters import json as emitter

    if members:
        report = json.loads(emitter.emit(release.judge([Path(one) for one in members])))
    else:
        report = (image and _both(path, image)) or history.measured(
            Inputs(firmware=Path(path)), (), features=False
        )
    if not assets.found(report):
        return (builds.line(history.of_report(report, path, words, builds.date(date))),)
    made = assets.of(report, builds.date(date), path)
    return tuple(builds.line(replace(one, branch=words.get("branch", ""))) for one in made)


def _both(path: str, image: str) -> dict[str, object] | None:
    """An OTA file and the .bin that was packed into it, which it has with padding; None of two builds."""
    from imgcheck.api import history
    from imgcheck.api.build import Inputs

    try:
        report = history.measured(Inputs(firmware=Path(image), ota=Path(path)), (), features=False)
    except ImgcheckError:  # no image at all: the OTA file says alone what it holds
        return None
    said = report.get("diagnostics")
    codes = {one.get("code") for one in said if isinstance(one, dict)} if isinstance(said, list) else set()
    return None if OTHER_IMAGE in codes else report


def _measured(
    wanted: Sequence[Found], request: Request
) -> Iterator[tuple[Found, tuple[str, ...] | ImgcheckError]]:
    """Every build as it is ready, with its line or what is wrong with it."""
    if request.jobs < 2 and not request.scheduler:
        for one in wanted:
            yield one, _tried(lambda one=one: measure(*_task(one, request)))  # type: ignore[misc]
        return
    # Workers are made afresh now and then, all of them: a pool that replaces them one by one
    # (max_tasks_per_child) may wait for ever in Python 3.11. One that a file kills takes only its turn along.
    turn = len(wanted) if request.scheduler else request.jobs * _PER_WORKER
    for first in range(0, len(wanted), turn):
        with _workers(request) as workers:
            tasks = {
                workers.submit(measure, *_task(one, request)): one for one in wanted[first : first + turn]
            }
            for future in as_completed(tasks):
                yield tasks.pop(future), _tried(future.result)


def _workers(request: Request) -> Executor:
    if not request.scheduler:
        # A fresh interpreter: forking one that has threads is not safe.
        return ProcessPoolExecutor(request.jobs, mp_context=get_context("spawn"))
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ImgcheckError("--dask needs distributed: install firmware-imgcheck[dask]") from None
    executor = Client(request.scheduler).get_executor()
    assert isinstance(executor, Executor)
    return executor


def _tried(work: Callable[[], tuple[str, ...]]) -> tuple[str, ...] | ImgcheckError:
    try:
        return work()
    except ImgcheckError as error:
        return error
    except Exception as error:  # one bad file never stops the others, whatever it does to us
        return ImgcheckError(f"internal error: {type(error).__name__}: {error}")


def _task(one: Found, request: Request) -> tuple[str, dict[str, str], str, tuple[str, ...], str]:
    given = {key: text for key, text in request.words.items() if text}
    words = {"revision": one.revision, "variant": one.variant, **given}
    return str(one.path), words, builds.stamp(one.date), tuple(map(str, one.assets)), str(one.image or "")


def _there(one: Found, request: Request, known: AbstractSet[tuple[str, str | None, str]]) -> bool:
    """Whether all that is recorded of it is there already."""
    kinds = one.kinds(request.words)
    return bool(kinds) and all((one.revision, *kind) in known for kind in kinds)


def _stored(opened: store.Store, batch: list[Build], said: list[Diagnostic]) -> int:
    new = 0
    try:
        new = opened.add(batch)
    except ImgcheckError:
        # One of them has the name of another: the others are stored without it.
        for one in batch:
            try:
                new += 0 if _completed(opened, one) else opened.add([one])
            except ImgcheckError as error:
                said.append(Diagnostic("backfill-skipped", "warning", str(error), subject=one.name))
    batch.clear()
    return new


def _completed(opened: store.Store, one: Build) -> bool:
    """Whether it is there from elsewhere; what that lacks is added, where the two agree on what both have."""
    for known in opened.builds(store.Wanted(one.target, one.variant, one.branch, one.revision), sizes=True):
        if not one.revision or (known.target, known.variant, known.branch) != _kind(one):
            continue
        both = {size[:3]: size for size in (*known.sizes, *one.sizes)}
        if len(both) < len({*known.sizes, *one.sizes}):
            return False
        if len(both) > len(known.sizes):
            words = {key: getattr(known, key) or getattr(one, key) for key in ("compiler", "policy")}
            opened.add([replace(known, sizes=tuple(both.values()), **words)], replace=True)
        return True
    return False


def _kind(one: Build) -> tuple[str, str, str]:
    return one.target, one.variant, one.branch


def _bad(found: Found, words: str) -> Diagnostic:
    return Diagnostic("backfill-skipped", "warning", words, Location(str(found.path)), subject=found.revision)
