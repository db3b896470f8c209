"""`imgcheck history backfill`: thousands of builds or release files that lie in a folder, recorded at once.

A build is an ELF (with its map), a report as JSON, or a plain release file: of a .bin or an OTA file only
totals are known. Its revision is the version in its name or in its folder's, its date what a CSV, a git tag
or else the file itself says. What is recorded already is passed over, so that a run that was stopped goes on.
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.history import builds, store
from imgcheck.history.builds import Build
from imgcheck.model import Diagnostic, Location, Report
from imgcheck.readers import files
from imgcheck.report import history as shown

_VERSION = re.compile(r"(?<![\d.])v?(\d+\.\d+(?:\.\d+)*)(?:[_-]([A-Za-z][A-Za-z0-9]*))?")
_SUFFIXES = {".elf": 0, ".json": 1, ".ota": 2, ".bin": 3}  # the first of a build's files is read
_PART = re.compile(r"_OTA\.bin(\.xz(\.ota)?)?$", re.IGNORECASE)
MOST_FILES = 1_000_000
_BATCH = 50  # builds that become visible, and safe from a stop, at once
_PER_WORKER = 200  # builds until a worker starts afresh


class Found(NamedTuple):
    """A build in a folder: the file to read, and what its name says."""

    path: Path
    revision: str
    variant: str
    date: datetime


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
    dates = {**_tags(request.tags), **_dates(request.dates)}
    everything = list(find(request.folder, dates))
    if not everything:
        raise UndecidedError(f"{request.folder}: no .elf, .json, .ota or .bin with a version in its name")
    with store.connect(request.address, write=True) as opened:
        known = {(one.revision, one.variant) for one in opened.builds()}
        wanted = [one for one in everything if (one.revision, _variant(one, request)) not in known]
        said: list[Diagnostic] = []
        batch: list[Build] = []
        new = 0
        for done, (found, line) in enumerate(_measured(wanted, request), 1):
            progress(f"{found.revision} {found.variant}".strip(), done / len(wanted))
            if isinstance(line, ImgcheckError):
                said.append(_bad(found, str(line)))
                continue
            batch.append(builds.parse(line))
            if len(batch) >= _BATCH:
                new += _stored(opened, batch, said)
        new += _stored(opened, batch, said)
    there = len(everything) - len(wanted)
    words = f"{new:d} builds recorded, {there:d} were there already, {len(said):d} could not be read."
    made = shown.report(str(request.folder), words, [])
    return replace(made, diagnostics=tuple(said))


def find(folder: Path, dates: Mapping[str, datetime]) -> Iterator[Found]:
    """The builds below a folder by revision and variant, each once: an ELF before a report or an image."""
    if not folder.is_dir():
        raise FormatError("not a folder", str(folder))
    best: dict[tuple[str, str], Path] = {}
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if number > MOST_FILES:
            raise FormatError(f"more than {MOST_FILES:d} files", str(folder))
        if path.suffix.lower() not in _SUFFIXES or not path.is_file():
            continue
        name = _name(path, folder)
        if name and (name not in best or _rank(path) < _rank(best[name])):
            best[name] = path
    for (version, variant), path in best.items():
        date = dates.get(version) or datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        yield Found(path, version, variant, date)


def _name(path: Path, folder: Path) -> tuple[str, str] | None:
    """The version and variant in the file's name, else in that of the nearest folder."""
    below = path.relative_to(folder)
    for part in (
        _PART.sub("", path.name).removesuffix(path.suffix),
        *reversed(below.parts[:-1]),
        folder.name,
    ):
        match = _VERSION.search(part)
        if match:
            return match[1], match[2] or ""
    return None


def _rank(path: Path) -> tuple[int, int]:
    # FW_OTA.bin and its like are packed from the image: the image itself says as much.
    return _SUFFIXES[path.suffix.lower()], len(path.name)


def measure(path: str, words: Mapping[str, str], date: str) -> str:
    """One build as a line of JSON; for a worker, so texts in and out. Raises ImgcheckError."""
    from imgcheck.api import history
    from imgcheck.api.build import Inputs

    inputs = Inputs(firmware=Path(path), folder=str(Path.cwd()))
    report = history.measured(inputs, (), features=False)
    return builds.line(history.of_report(report, path, words, builds.date(date)))


def _measured(wanted: Sequence[Found], request: Request) -> Iterator[tuple[Found, str | ImgcheckError]]:
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


def _tried(work: Callable[[], str]) -> str | ImgcheckError:
    try:
        return work()
    except ImgcheckError as error:
        return error
    except Exception as error:  # one bad file never stops the others, whatever it does to us
        return ImgcheckError(f"internal error: {type(error).__name__}: {error}")


def _task(one: Found, request: Request) -> tuple[str, dict[str, str], str]:
    words = {"revision": one.revision, "variant": _variant(one, request)}
    return (
        str(one.path),
        {**words, **{key: text for key, text in request.words.items() if text}},
        builds.stamp(one.date),
    )


def _variant(one: Found, request: Request) -> str:
    return request.words.get("variant") or one.variant


def _stored(opened: store.Store, batch: list[Build], said: list[Diagnostic]) -> int:
    new = 0
    try:
        new = opened.add(batch)
    except ImgcheckError:
        # One of them has the name of another: the others are stored without it.
        for one in batch:
            try:
                new += opened.add([one])
            except ImgcheckError as error:
                said.append(Diagnostic("backfill-skipped", "warning", str(error), subject=one.name))
    batch.clear()
    return new


def _bad(found: Found, words: str) -> Diagnostic:
    return Diagnostic("backfill-skipped", "warning", words, Location(str(found.path)), subject=found.revision)


def _dates(path: Path | None) -> dict[str, datetime]:
    """revision,date lines of a CSV."""
    if path is None:
        return {}
    found: dict[str, datetime] = {}
    try:
        text = io.StringIO(files.read(path).decode("utf-8-sig"), newline="")
        for number, row in enumerate(csv.reader(text), 1):
            if len(row) >= 2 and (number > 1 or row[1].strip().lower() != "date"):
                found[row[0].strip()] = _date(row[1], str(path), number)
    except (UnicodeError, csv.Error) as error:
        raise FormatError(str(error), str(path)) from None
    return found


def _date(text: str, file: str, line: int) -> datetime:
    try:
        return builds.date(text)
    except (ValueError, OverflowError) as error:
        raise FormatError(f"no date: {error}", file, f"line {line}") from None


def _tags(repository: Path | None) -> dict[str, datetime]:
    """Tag -> its date, of a git repository; a tag v1.2 is the revision 1.2 as well."""
    if repository is None:
        return {}
    listing = ("git", "-C", str(repository), "for-each-ref", "--format=%(refname:short) %(creatordate:unix)")
    try:
        done = subprocess.run(
            (*listing, "refs/tags"), capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ImgcheckError(f"--tags {repository}: {error}") from None
    if done.returncode:
        raise ImgcheckError(f"--tags {repository}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, datetime] = {}
    for line in done.stdout.splitlines():
        name, _, seconds = line.rpartition(" ")
        if seconds.isdecimal():
            found[name] = found[name.removeprefix("v")] = datetime.fromtimestamp(int(seconds), UTC)
    return found
