"""Which files of a release are missing, there twice, of another version, or named as no build names them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from imgcheck.devices.assets import File
from imgcheck.model import Diagnostic, Location, Severity
from imgcheck.targets import assetnames
from imgcheck.wording import commas, listed

OURS = "open"  # how names of assets begin, case aside


class Key(NamedTuple):
    """What is the same asset in every release."""

    platform: str
    variant: str
    kind: str


class Before(NamedTuple):
    """An asset of the last release; `counted` is None where only its file's size is known."""

    file: str
    version: str
    size: int
    counted: int | None


def key(file: File) -> Key:
    """The file's place in every release."""
    return Key(file.name.platform.name, file.name.variant, file.name.part.kind)


def missing(files: Sequence[File], before: Mapping[Key, Before], whole: bool) -> tuple[Key, ...]:
    """What the last release had, or a whole release is made to have, and these files lack."""
    there = {key(file) for file in files}
    wanted = dict.fromkeys(one for one in before if one.kind not in ("raw", "zip"))
    if whole:
        for platform, variant, part in assetnames.expected():
            wanted.setdefault(Key(platform.name, variant, part.kind))
    return tuple(one for one in wanted if one not in there)


def version(files: Sequence[File]) -> str:
    """The version that most files have, "" when none has one."""
    counts = Counter(file.name.version for file in files if file.name.version)
    return counts.most_common(1)[0][0] if counts else ""


def findings(files: Sequence[File], strangers: Sequence[str]) -> Iterator[Diagnostic]:
    """Names and versions; `strangers` are the paths of files that are no assets by their names."""
    yield from _versions(files)
    yield from _twice(files)
    for file in files:
        shown = PurePath(file.path).name
        if shown != file.name.usual and file.name.version:
            message = f"{shown}: builds name it {file.name.usual}; what looks for it by name does not find it"
            yield _about("name", "warning", message, file.path)
    alike = [path for path in strangers if PurePath(path).name.lower().startswith(OURS)]
    for path in alike[:20]:
        message = f"{PurePath(path).name}: no build of OpenBeken names a file so; it was not judged"
        yield _about("name", "warning", message, path)
    others = [PurePath(path).name for path in strangers if path not in set(alike[:20])]
    if others:
        message = listed(others, f"{commas(len(others))} files that are no assets by their names: ", ".")
        yield Diagnostic("release-other-file", "note", message, subject="other files")


def _versions(files: Sequence[File]) -> Iterator[Diagnostic]:
    usual = version(files)
    odd: dict[str, list[str]] = {}
    for file in files:
        if file.name.version != usual:
            odd.setdefault(file.name.version, []).append(file.path)
    for one, paths in sorted(odd.items()):
        names = [PurePath(path).name for path in paths]
        if one:
            message = listed(names, f"of version {one}, the others are of {usual}: ")
            yield _about("mixed-versions", "error", message, paths[0], one)
        else:
            message = listed(names, "no version in the name: ")
            yield _about("no-version", "warning", message, paths[0])


def _twice(files: Sequence[File]) -> Iterator[Diagnostic]:
    seen: dict[tuple[Key, str], list[str]] = {}
    for file in files:
        seen.setdefault((key(file), file.name.version), []).append(file.path)
    for (one, _), paths in seen.items():
        if len(paths) > 1:
            message = listed(paths, f"{' '.join(filter(None, one))} is there {len(paths)} times: ")
            yield _about("twice", "error", message, paths[0], " ".join(filter(None, one)))


def _about(code: str, severity: Severity, message: str, path: str, subject: str = "") -> Diagnostic:
    where = Location(path)
    return Diagnostic(f"release-{code}", severity, message, where, subject=subject or PurePath(path).name)
