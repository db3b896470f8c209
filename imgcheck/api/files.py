"""Files that reach devices: what they are, whether devices take them, and making one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from imgcheck import output, targets
from imgcheck.builds import load
from imgcheck.devices import capacity, layouts
from imgcheck.devices import identify as identification
from imgcheck.errors import FormatError, ImgcheckError, UndecidedError
from imgcheck.model import Diagnostic, Fit, Layout, Location, Policy, Report
from imgcheck.policies import policy
from imgcheck.readers import files as regular
from imgcheck.report import files as report_files
from imgcheck.targets import assetnames
from imgcheck.targets.target import Asked, Member, Target, Tried
from imgcheck.wording import commas

_OTA = "ota"  # a build leaves its OTA files there, by device tree: ota/dts40M/FW_OTA.bin.xz.ota


@dataclass(frozen=True, slots=True)
class Judges:
    """What a file is judged by: layouts (none: the policy's, else those in the field) and running slot."""

    layouts: tuple[str, ...] = ()
    policy: str | None = None
    active: int = 0
    target: str = ""


def contents(path: Path, target: Target, empty: bool = False) -> bytes:
    """The bytes of a file that could be for the target; FormatError when it is empty or too large."""
    data = regular.read(path, target.largest_flash, f"larger than any flash that a {target.title} can have")
    if not data and not empty:
        raise FormatError("the file is empty", str(path))
    return data


def identify(paths: Sequence[Path], target: str = "") -> Report:
    """What files are; a folder stands for the files in it, reviewed as one release.

    Raises ImgcheckError for a path that cannot be read and a folder without files.
    """
    found = []
    for path in paths:
        members: dict[str, list[Member]] = {}
        for file in regular.listed(path, _OTA):
            owner = targets.choose(target, file)
            data = contents(file, owner, empty=True)
            identity = identification.identify(data, str(file), owner)
            image = owner.inside(data, identity.kind) if path.is_dir() else b""
            members.setdefault(owner.name, []).append(Member(identity, image))
        for name, mine in members.items():
            said = targets.find(name).review(mine) if path.is_dir() else {}
            found += [
                replace(one.identity, findings=one.identity.findings + said.get(one.identity.path, ()))
                for one in mine
            ]
    return report_files.identify(found)


def verify(path: Path, judges: Judges, installed: Sequence[str] = ()) -> Report:
    """What devices of every layout and installed generation do with a file, step by step.

    An application image (.bin) is judged as UART tools write it, everything else as an OTA file.
    Raises ImgcheckError for a file that cannot be read, an ELF, or an unknown generation.
    """
    settings, target = _chosen(judges, path)
    data = contents(path, target)
    named = assetnames.parse(path.name)
    if named and not named.platform.target and not (judges.target or settings.target):
        raise UndecidedError(f"{path}: for {named.platform.name}, of which imgcheck does not know the slots")
    if regular.sniff(data) == "elf":
        raise ImgcheckError(
            f"{path}: no device takes an ELF; give its .bin or .xz.ota, or run: imgcheck pack {path}"
        )
    tables = layouts.named(judges.layouts or settings.layouts, target)
    known = identification.identify(data, str(path), target)
    wire = _for_uart(path, known.kind, target)
    if wire and known.kind == "unknown":
        load.application(data, target, str(path))  # no firmware is an error, not a file that all devices take
    if wire and installed:
        raise ImgcheckError(f"{path}: --installed is about OTA; this file is written over UART")
    judged = target.judge(data, str(path), wire, Asked(tables, judges.active, tuple(installed)))
    findings = list(judged.findings)
    if not wire and known.method != "ota":
        message = f"judged as if given to the OTA web page, but it is no OTA file: {known.title}"
        where = Location(str(path))
        findings.append(Diagnostic("verify-kind", "warning", message, where, subject=known.kind))
    active = 0 if wire else judges.active
    return report_files.verify(
        str(path),
        judged.verdicts,
        judged.steps,
        _fits(tables, judged.unpacked, judged.body, active),
        findings,
        others=judged.others,
    )


def pack(
    source: Path,
    path: Path,
    *,
    tune: bool,
    unpacked_len: bool,
    judges: Judges,
    progress: Tried | None = None,
) -> Report:
    """Writes the OTA file of an ELF or application image; `path` is whole or not written at all.

    `tune` looks for the XZ parameters that make it smallest. Raises ImgcheckError for what cannot be read
    or written.
    """
    output.check(path)
    settings, target = _chosen(judges, source)
    data = contents(source, target)
    if path.exists() and path.samefile(source):
        raise ImgcheckError(f"{path}: would be written over what is packed; give another name")
    binary = _binary(source, data, target)
    most = target.chip.image_limit - target.chip.image_origin
    if not 0 < len(binary) <= most:
        said = f"an image of {commas(len(binary))} bytes; a {target.title} runs 1 to {commas(most)}"
        raise FormatError(said, str(source))
    made = target.wrap(binary, tune=tune, unpacked_len=unpacked_len, tried=progress)
    output.replace([(path, made.header + made.body)])
    sizes = [
        ("image", len(binary)),
        ("header page and padded image", len(made.plain)),
        ("XZ body", len(made.body)),
        ("OTA file", len(made.header) + len(made.body)),
    ]
    tables = layouts.named(judges.layouts or settings.layouts, target)
    fits = _fits(tables, len(made.plain), len(made.body), judges.active)
    return report_files.pack(str(path), sizes, made.note, fits, made.saved)


def _chosen(judges: Judges, path: Path) -> tuple[Policy, Target]:
    settings = policy.choose(judges.policy, (path.absolute().parent, Path()))
    return settings, targets.choose(judges.target or settings.target, path)


def _fits(tables: Sequence[Layout], unpacked: int | None, body: int | None, active: int) -> list[Fit]:
    if unpacked is None:
        return []
    return [capacity.fits(table, unpacked, body, active) for table in tables]


def _binary(source: Path, data: bytes, target: Target) -> bytes:
    """The application image in what is to be packed."""
    if regular.sniff(data) == "elf":
        return load.build(source, None, target.chip).binary
    if data.startswith(target.packed_magics):
        raise FormatError("it is packed already", str(source), offset=0x0)
    return load.application(data, target, str(source))[0]


def _for_uart(path: Path, kind: str, target: Target) -> bool:
    if kind == "unknown":  # any bytes can be an image; its name says that they are meant to be one
        return path.suffix.lower() in (".bin", ".img")
    return kind in target.uart_kinds
