"""Which builds and release files lie below a folder, of which versions, and when were they made?

The date is what a CSV or a git tag says, else the file's own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from imgcheck import targets
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.history import assets, builds
from imgcheck.policies.gitobjects import Objects
from imgcheck.readers import files
from imgcheck.targets import assetnames
from imgcheck.targets.overair import OverAir

_VERSION = re.compile(r"(?<![\d.])v?(\d+\.\d+(?:\.\d+)*)(?:[_-]([A-Za-z][A-Za-z0-9]*))?")
_SUFFIXES = {".elf": 0, ".json": 1, ".ota": 2, ".bin": 3}  # the first of a build's files is read
_PART = re.compile(r"_OTA\.bin(\.xz(\.ota)?)?$", re.IGNORECASE)
_RELEASE = b'"command": "release"'  # near the beginning of a report on a release
MOST_FILES = 1_000_000


class Found(NamedTuple):
    """A build in a folder: the file to read, and what its name says."""

    path: Path
    revision: str
    variant: str
    date: datetime
    assets: tuple[Path, ...] = ()  # release files of other chips in `path`, a folder
    whole: bool = False  # `path` is a report on a release
    image: Path | None = None  # the .bin beside an OTA file, which has it with padding

    def kinds(self, words: Mapping[str, str]) -> set[tuple[str | None, str]]:
        """The targets (None: any) and variants that are recorded of it; nobody knows those of a report."""
        found: set[tuple[str | None, str]] = set()
        named = (assetnames.parse(path.name) for path in self.assets)
        found |= {
            assets.kind_of(one.platform.name, one.variant, one.part.kind, one.part.method)
            for one in named
            if one
        }
        return found if self.whole else found or {(None, words.get("variant") or self.variant)}


def find(folder: Path, dates: Mapping[str, datetime]) -> Iterator[Found]:
    """The builds below a folder by revision and variant, each once: an ELF before a report or an image.

    Releases of other chips, and reports on releases, are found beside them.
    """
    if not folder.is_dir():
        raise FormatError("not a folder", str(folder))
    best: dict[tuple[str, str], Path] = {}
    images: dict[tuple[str, str], Path] = {}
    releases: dict[tuple[Path, str], list[Path]] = {}
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if number > MOST_FILES:
            raise FormatError(f"more than {MOST_FILES:d} files", str(folder))
        asset = _asset(path)
        if asset == "" or (path.suffix.lower() not in _SUFFIXES and not asset) or not path.is_file():
            continue
        name = _name(path, folder)
        if asset:
            releases.setdefault((path.parent, asset), []).append(path)
            continue
        if name and path.suffix.lower() == ".json" and _RELEASE in files.begin(path, 256):
            yield Found(path, name[0], "", _when(path, name[0], dates), whole=True)
            continue
        if name and path.suffix.lower() == ".bin" and not _PART.search(path.name):
            images.setdefault(name, path)
        if name and (name not in best or _rank(path) < _rank(best[name])):
            best[name] = path
    for (version, variant), path in best.items():
        image = images.get((version, variant)) if path.suffix.lower() == ".ota" else None
        yield Found(path, version, variant, _when(path, version, dates), image=image)
    for (parent, version), members in releases.items():
        yield Found(parent, version, "", _when(members[0], version, dates), tuple(members))


def _when(path: Path, version: str, dates: Mapping[str, datetime]) -> datetime:
    return dates.get(version) or datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def _asset(path: Path) -> str | None:
    """The version of a release file of a chip that packs in its own way, "" for one that no device takes.

    None for all other files.
    """
    name = assetnames.parse(path.name)
    if name is None or not name.version:
        return None
    target = targets.find(name.platform.target) if name.platform.target else None
    if target and not isinstance(target, OverAir):
        return None
    return name.version if name.part.method != "none" else ""


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


def dates(path: Path | None) -> dict[str, datetime]:
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


def tags(repository: Path | None) -> dict[str, datetime]:
    """Tag -> its date, of a git repository; a tag v1.2 is the revision 1.2 as well."""
    if repository is None:
        return {}
    found: dict[str, datetime] = {}
    try:
        real = repository.resolve(strict=True)
        checkout = next((one for one in (real, *real.parents) if (one / ".git").exists()), None)
        made = Objects(checkout or real, bare=checkout is None).tags()
    except ImgcheckError as error:
        raise ImgcheckError(f"--tags {repository}: {error}") from None
    except OSError as error:
        raise ImgcheckError(f"--tags {repository}: {error.strerror or error}") from None
    for name, seconds in made.items():
        with suppress(ValueError, OverflowError, OSError):  # a tag of no day dates nothing
            found[name] = found[name.removeprefix("v")] = datetime.fromtimestamp(seconds, UTC)
    return found
