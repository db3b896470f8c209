"""Can the devices of every platform still update with the files of this release?

The names say which files belong to one build; each build is opened at once and then forgotten. The slots come
from the file for UART where that has a table, and from the layouts of what is in the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from imgcheck import targets
from imgcheck.devices import packedrelease
from imgcheck.devices.assets import Asset, Fault, File
from imgcheck.errors import FormatError
from imgcheck.model import Layout, Partition
from imgcheck.targets.assetnames import Name
from imgcheck.targets.overair import OverAir
from imgcheck.targets.released import LFS_BYTES, SEVERITY, Judgement, Opened, Outcome, worst
from imgcheck.targets.target import Target
from imgcheck.wording import commas

LARGEST = 32 << 20  # no file of a release for a device is larger
ASIDE: Mapping[str, str] = {
    "zip": "a program for Windows",
    "raw": "a raw image: no method takes it",
    "xz": "a body without its header",
}
_PAGES = (b"<!doctype html", b"<html", b"<?xml")
_EMPTY = Fault("empty", "the file is empty")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")


def judge(files: Sequence[File], asked: Sequence[Layout] = (), lfs: int = LFS_BYTES) -> tuple[Asset, ...]:
    """Every file with its verdict, in the order given; `asked` layouts replace those of the field."""
    builds: dict[tuple[str, str, str], list[File]] = {}
    for file in files:
        platform = file.name.platform
        key = (platform.group or platform.name, file.name.variant, file.name.version)
        builds.setdefault(key, []).append(file)
    found: dict[int, Asset] = {}  # by the file's identity: `files` holds them, and two may be equal
    for members in builds.values():
        for file, asset in zip(members, _build(members, asked, lfs), strict=True):
            found[id(file)] = asset
    return tuple(found[id(file)] for file in files)


def _build(files: Sequence[File], asked: Sequence[Layout], lfs: int) -> list[Asset]:
    """The files of one build: opened together, because one has the table and all have the application."""
    target = targets.find(files[0].name.platform.target) if files[0].name.platform.target else None
    if not isinstance(target, OverAir):
        return [_unjudged(file, target, asked) for file in files]
    opened: list[Opened | None] = []
    faults: list[tuple[Fault, ...]] = []
    tables: dict[str, tuple[Partition, ...]] = {}
    for file in files:
        made, wrong, table = _open(file, target)
        opened.append(made)
        faults.append(wrong)
        if table and not wrong:
            tables.setdefault(file.name.platform.name, table)
    strays = _strays(files, opened, faults, target)
    return [
        _asset(file, made, wrong, target, _Tables(tables.get(file.name.platform.name, ()), asked, lfs), stray)
        for file, made, wrong, stray in zip(files, opened, faults, strays, strict=True)
    ]


class _Tables(NamedTuple):
    own: tuple[Partition, ...]
    asked: Sequence[Layout]
    lfs: int


def _open(file: File, target: OverAir) -> tuple[Opened | None, tuple[Fault, ...], tuple[Partition, ...]]:
    """A file opened, what is wrong with it, and the table in it."""
    wrong = _sniffed(file)
    if wrong or file.name.part.kind in ASIDE:
        return None, wrong, ()
    data = file.read()
    wrong = content(data)
    if wrong:
        return None, wrong, ()
    try:
        made = target.opened(data, file.name.part.kind)
    except FormatError as error:
        return None, (Fault("format", f"truncated or damaged: {error}"),), ()
    try:
        table = target.table_of(data) if file.name.part.method in ("uart", "spi") else ()
    except FormatError:
        table = ()
    return made, tuple(Fault("check", f"damaged: {what}") for what in made.broken), table


def content(data: bytes) -> tuple[Fault, ...]:
    """Why bytes are nothing for any device: a page, an archive, text, nothing."""
    head = data[:256].lstrip().lower()
    if not data:
        return (_EMPTY,)
    if head.startswith(_PAGES):
        return (Fault("page", "a web page, not firmware: the download answered with an error"),)
    if data.startswith(_ARCHIVES):
        return (Fault("archive", "an archive: what matters is inside"),)
    for byte in (b"\0", b"\xff"):
        if not data.strip(byte):
            return (Fault("blank", f"all {commas(len(data))} bytes are {byte.hex().upper()}"),)
    if len(data) < 4096 and data.isascii() and data.decode("ascii").isprintable():
        return (Fault("text", "a text, not firmware"),)
    return ()


def _sniffed(file: File) -> tuple[Fault, ...]:
    if file.size > LARGEST:
        words = f"{commas(file.size)} bytes: larger than the flash of any of these chips"
        return (Fault("too large", words),)
    return (_EMPTY,) if file.size == 0 else ()


def _asset(
    file: File,
    opened: Opened | None,
    faults: tuple[Fault, ...],
    target: OverAir,
    tables: _Tables,
    stray: tuple[str, ...],
) -> Asset:
    kind = file.name.part.kind
    if opened is None or faults:
        verdict: Outcome = "not for a device"
        counted = opened.counted if opened else file.size
        return Asset(file, counted, _none(verdict), faults=faults, stray=stray)
    judged = [
        one
        for table in _field(file.name, target, tables)
        if (one := target.judged(opened, table, kind, tables.lfs))
    ]
    own = None
    if tables.own:
        own = target.judged(opened, _completed(file.name, target, tables), kind, tables.lfs)
    smaller = [
        one
        for table in target.smaller(file.name.variant)
        if (one := target.judged(opened, table, kind, tables.lfs))
    ]
    if not judged and own is None:
        return Asset(file, opened.counted, _none("no slot known"), stray=stray)
    first = own or worst(judged)
    rest = [one for one in judged if one is not first]
    return Asset(
        file, opened.counted, first, own is not None, tuple(rest),
        smaller=smaller[0] if smaller and not tables.asked else None, run=opened.run, stray=stray,
    )  # fmt: skip


def _field(name: Name, target: OverAir, tables: _Tables) -> Iterable[Layout]:
    """The layouts that were asked for and are this chip's, else those in the field."""
    asked = [layout for layout in tables.asked if target.applies(layout)]
    return asked or target.field(name.variant, name.part.kind)


def _completed(name: Name, target: OverAir, tables: _Tables) -> Layout:
    """The table in the release with what the firmware keeps, which no table of a boot loader says."""
    usual = next(iter(_field(name, target, tables)))
    names = {one.name for one in tables.own}
    own = tuple(one for one in usual.partitions if one.name in target.kept and one.name not in names)
    title = f"{name.platform.name} of this release"
    return Layout(title, usual.flash_size, (*tables.own, *own), target=target.name)


def _none(verdict: Outcome) -> Judgement:
    return Judgement("", None, None, None, verdict)


def _strays(
    files: Sequence[File],
    opened: Sequence[Opened | None],
    faults: Sequence[tuple[Fault, ...]],
    target: OverAir,
) -> list[tuple[str, ...]]:
    """For the first sound file of a build: those whose application is another."""
    sound = [n for n, one in enumerate(opened) if one and one.app and not faults[n]]
    found: list[tuple[str, ...]] = [() for _ in files]
    if len(sound) > 1:
        first = opened[sound[0]]
        assert first
        others = [n for n in sound[1:] if (one := opened[n]) and not target.same(first, one)]
        found[sound[0]] = tuple(files[n].path for n in others)
    return found


def _unjudged(file: File, target: Target | None, asked: Sequence[Layout]) -> Asset:
    wrong = _sniffed(file)
    if file.name.part.kind in ASIDE:
        return Asset(file, file.size, _none("not for a device"), faults=wrong)
    data = b"" if wrong else file.read()
    wrong = wrong or content(data)
    if wrong:
        return Asset(file, file.size, _none("not for a device"), faults=wrong)
    if target is not None:
        return packedrelease.judge(file, data, target, asked)
    if file.name.platform.no_ota and file.name.part.method == "ota":
        remark = file.name.platform.no_ota
        return Asset(file, file.size, _none("no slot known")._replace(remarks=(remark,)))
    return Asset(file, file.size, _none("no slot known"))


def worse(asset: Asset) -> tuple[Judgement, ...]:
    """Verdicts of other layouts that are worse than the asset's own."""
    mine = SEVERITY[asset.judgement.verdict]
    return tuple(one for one in asset.others if SEVERITY[one.verdict] < mine)


def differs(asset: Asset) -> tuple[Judgement, ...]:
    """Verdicts of other layouts that are not the asset's own."""
    return tuple(one for one in asset.others if one.verdict != asset.judgement.verdict)
