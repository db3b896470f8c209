"""A whole release, judged from its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from imgcheck import targets
from imgcheck.devices import layouts, release, releaseset
from imgcheck.devices.assets import File
from imgcheck.devices.releaseset import Before, Key
from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.model import Layout, Report
from imgcheck.readers import files as regular
from imgcheck.readers import releasejson
from imgcheck.report import release as report_release
from imgcheck.report.releasefindings import Facts
from imgcheck.targets import assetnames
from imgcheck.targets.overair import OverAir
from imgcheck.targets.released import LFS_BYTES, LFS_LEAST
from imgcheck.wording import commas

MOST_FILES = 100_000


def judge(
    paths: Sequence[Path],
    *,
    against: Path | None = None,
    layout_names: Sequence[str] = (),
    lfs: int | None = None,
) -> Report:
    """What the devices of every platform make of the files of a release.

    A folder stands for the files in it, and for a whole release: what its builds make and is not there is
    missing. `against` is the folder of the last release, or the JSON report on it. Raises ImgcheckError for
    what cannot be read, and when no file is an asset.
    """
    if lfs is not None and lfs < LFS_LEAST:
        raise ImgcheckError(
            f"--lfs-size {commas(lfs)}: OpenBeken's LittleFS has at least {commas(LFS_LEAST)} bytes"
        )
    asked = tuple(layouts.load(name) for name in layout_names)
    files, strangers = _files(paths)
    if not files:
        raise ImgcheckError(f"{_title(paths)}: no file has the name of an asset of OpenBeken")
    _concern(asked, files)
    before = _before(against) if against else {}
    assets = release.judge(files, asked, LFS_BYTES if lfs is None else lfs)
    missing = releaseset.missing(files, before, any(path.is_dir() for path in paths))
    facts = Facts(
        title=_title(paths),
        version=releaseset.version(files),
        assets=assets,
        missing=missing,
        before=before,
        findings=tuple(releaseset.findings(files, strangers)),
    )
    return report_release.build(facts)


def _concern(asked: Sequence[Layout], files: Sequence[File]) -> None:
    """Raises UndecidedError for a layout that none of the files is judged by."""
    names = {file.name.platform.target for file in files if file.name.platform.target}
    owners = [targets.find(name) for name in names]
    for layout in asked:
        mine = targets.of_layout(layout)
        if not any(one.applies(layout) if isinstance(one, OverAir) else one is mine for one in owners):
            raise UndecidedError(f"--layout {layout.name}: no file is for its chip, {mine.title}")


def _title(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{len(paths)} files"


def _files(paths: Sequence[Path]) -> tuple[list[File], list[str]]:
    """The assets by their names, and the paths of all other files."""
    files: list[File] = []
    strangers: list[str] = []
    for path in paths:
        for one in _inside(path):
            name = assetnames.parse(one.name)
            if name is None:
                strangers.append(str(one))
            else:
                files.append(_file(name, one))
    return files, strangers


def _inside(path: Path) -> list[Path]:
    """The file itself, or those of a folder and of the folders in it, one for each artefact."""
    with regular.named(path):
        folders = [one for one in sorted(path.iterdir()) if _open(one)] if path.is_dir() else []
        own = not folders or any(one.is_file() for one in path.iterdir())
        deeper = [file for one in folders for file in sorted(one.iterdir()) if file.is_file()]
    found = [*(regular.listed(path) if own or not deeper else []), *deeper]
    if len(found) > MOST_FILES:
        raise ImgcheckError(f"{path}: {commas(len(found))} files are no release")
    return found


def _open(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")


def _file(name: assetnames.Name, path: Path) -> File:
    return File(name, str(path), regular.size(path), lambda: regular.read(path))


def _before(path: Path) -> Mapping[Key, Before]:
    """The assets of the last release: of a folder, or of the JSON report on it."""
    if not path.is_dir():
        return _reported(path)
    files, _ = _files([path])
    if not files:
        raise ImgcheckError(f"{path}: no file has the name of an asset of OpenBeken")
    return {
        releaseset.key(one): Before(Path(one.path).name, one.name.version, one.size, _counted(one))
        for one in files
    }


def _reported(path: Path) -> Mapping[Key, Before]:
    with regular.named(path):
        rows = releasejson.parse(regular.read(path, releasejson.MOST, "too large for a report on a release"))
    return {
        Key(row.platform, row.variant, row.kind): Before(row.file, row.version, row.size, row.counted)
        for row in rows
    }


def _counted(file: File) -> int | None:
    """How much of a padded file is used: its size is the same in every release."""
    if file.name.part.method not in ("uart", "spi") or not file.name.platform.target:
        return None
    target = targets.find(file.name.platform.target)
    if not isinstance(target, OverAir) or file.size > release.LARGEST:
        return None
    try:
        return target.opened(file.read(), file.name.part.kind).counted
    except FormatError:
        return None
