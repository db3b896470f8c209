"""Files that reach devices: what they are, whether devices take them, and making one."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from imgcheck import output
from imgcheck.builds import artefact as artefacts
from imgcheck.builds import load, packing
from imgcheck.devices import acceptance, capacity, flashing, generations, layouts, offer, releases
from imgcheck.devices import identify as identification
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Diagnostic, Layout, Location, Report, Verdict
from imgcheck.policies import policy
from imgcheck.readers import bootheader, ota, xz, xzdata
from imgcheck.report import files as report_files
from imgcheck.socs import SOCS

ELF_MAGIC = b"\x7fELF"
_RANK = {"bricks": 0, "refuses": 1, "accepts": 2}


@dataclass(frozen=True, slots=True)
class Judges:
    """What a file is judged by: layouts (none: the policy's, else those in the field) and running slot."""

    layouts: tuple[str, ...] = ()
    policy: str | None = None
    active: int = 0
    folder: str = ""


def contents(path: Path, empty: bool = False) -> bytes:
    """The bytes of a file that could be for a BL602; FormatError naming it when it is empty or too large."""
    try:
        if path.stat().st_size > layouts.LARGEST_FILE:
            raise FormatError("larger than any flash that a BL602 can have", str(path))
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(error.strerror or "cannot be read", str(path)) from None
    if not data and not empty:
        raise FormatError("the file is empty", str(path))
    return data


def identify(paths: Sequence[Path]) -> Report:
    """What files are; a folder stands for the files in it, reviewed as one release.

    Raises ImgcheckError for a path that cannot be read and a folder without files.
    """
    soc = SOCS["bl602"]
    found = []
    for path in paths:
        members = []
        for file in _files(path):
            data = contents(file, empty=True)
            identity = identification.identify(data, str(file), soc)
            members.append(releases.Member(identity, _image(data, identity.kind) if path.is_dir() else b""))
        said = releases.review(members) if path.is_dir() else {}
        found += [
            replace(one.identity, findings=one.identity.findings + said.get(one.identity.path, ()))
            for one in members
        ]
    return report_files.identify(found)


def verify(path: Path, judges: Judges, installed: Sequence[str] = ()) -> Report:
    """What devices of every layout and installed generation do with a file, step by step.

    An application image (.bin) is judged as UART tools write it, everything else as an OTA file.
    Raises ImgcheckError for a file that cannot be read, an ELF, or an unknown generation.
    """
    soc = SOCS["bl602"]
    devices = generations.installed(installed)
    data = contents(path)
    if data.startswith(ELF_MAGIC):
        raise ImgcheckError(
            f"{path}: no device takes an ELF; give its .bin or .xz.ota, or run: imgcheck pack {path}"
        )
    tables = _tables(judges, path)
    known = identification.identify(data, str(path), soc)
    if _for_uart(path, known.kind):
        if installed:
            raise ImgcheckError(f"{path}: --installed is about OTA; this file is written over UART")
        return _verify_uart(path, data, tables, judges)
    limit = max((max(capacity.slots(table)) for table in tables), default=0)
    opened = offer.open_ota(data, str(path), soc, limit)
    twin = offer.twin(data, str(path), soc, limit) if opened.offer.tail_fits else opened.offer

    def replay(table: Layout, device: generations.Installed) -> acceptance.Replay:
        given = twin if device.method == "hosal" else opened.offer
        return acceptance.replay(given, table, device, judges.active)

    replays = [replay(table, device) for table in tables for device in devices]
    worst = min(replays, key=lambda one: _RANK[one.verdict.outcome])
    others = [
        replay(table, device).verdict
        for table in tables
        for device in itertools.chain(*generations.SDK.values())
        if not installed
    ]
    made = opened.offer
    sized = made.content != "other" and not made.decode
    fits = (
        [capacity.fits(table, made.unpacked, made.body, judges.active) for table in tables] if sized else []
    )
    findings = list(opened.findings)
    if known.kind not in ("xz-ota", "raw-ota"):
        message = f"judged as if given to the OTA web page, but it is no OTA file: {known.title}"
        findings.append(
            Diagnostic("verify-kind", "warning", message, Location(str(path)), subject=known.kind)
        )
    verdicts = [one.verdict for one in replays]
    return report_files.verify(
        str(path), verdicts, worst.steps, fits, findings, others=others, folder=judges.folder
    )


def pack(
    source: Path,
    target: Path,
    *,
    tune: bool,
    unpacked_len: bool,
    judges: Judges,
    progress: packing.Progress | None = None,
) -> Report:
    """Writes the OTA file of an ELF or application image; `target` is whole or not written at all.

    `tune` looks for the XZ parameters that make it smallest. Raises ImgcheckError for what cannot be read
    or written.
    """
    soc = SOCS["bl602"]
    output.check(target)
    data = contents(source)
    if target.exists() and target.samefile(source):
        raise ImgcheckError(f"{target}: would be written over what is packed; give another name")
    if data.startswith(ELF_MAGIC):
        binary = load.build(source, None, soc).binary
    elif data.startswith(bootheader.MAGIC):
        binary = data[soc.header_bytes :]
    elif data.startswith((ota.IDENT_CHECKED, xz.MAGIC)):
        raise FormatError("it is packed already", str(source), "offset 0x0")
    else:
        binary = data
    if not 0 < len(binary) <= soc.image_limit - soc.image_origin:
        raise FormatError(f"an image of {len(binary):,} bytes; a BL602 runs 1 to 4,194,304", str(source))
    made = artefacts.wrap(binary, soc, packing.SDK, unpacked_len)
    options, saved = packing.SDK, 0
    if tune:
        options, size = packing.best(made.plain, True, progress)
        saved = len(made.body) - size
        made = artefacts.wrap(binary, soc, options, unpacked_len)
    _write(target, made.header + made.body)
    sizes = [
        ("image", len(binary)),
        ("header page and padded image", len(made.plain)),
        ("XZ body", len(made.body)),
        ("OTA file", len(made.header) + len(made.body)),
    ]
    tables = _tables(judges, source)
    fits = [capacity.fits(table, len(made.plain), len(made.body), judges.active) for table in tables]
    return report_files.pack(str(target), sizes, str(options), fits, saved)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        found = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    except OSError as error:
        raise FormatError(error.strerror or "cannot be read", str(path)) from None
    if not found:
        raise ImgcheckError(f"{path}: there are no files in it")
    return found


def _image(data: bytes, kind: str) -> bytes:
    """The application image in a file of that kind, b"" when there is none."""
    soc = SOCS["bl602"]
    if kind == "app-bin":
        return data
    if kind in ("fw-ota-bin", "raw-ota", "app-bin-with-header"):
        return data[(ota.SIZE if kind == "raw-ota" else 0) + soc.header_bytes :]
    if kind in ("xz", "xz-ota"):
        plain, fault = xzdata.begin(data[ota.SIZE if kind == "xz-ota" else 0 :], artefacts.limit(soc))
        return b"" if fault else plain[soc.header_bytes :]
    return b""


def _for_uart(path: Path, kind: str) -> bool:
    if kind == "unknown":  # any bytes can be an image; its name says that they are meant to be one
        return path.suffix.lower() in (".bin", ".img")
    return kind in ("app-bin", "app-bin-with-header", "fw-ota-bin")


def _verify_uart(path: Path, data: bytes, tables: Sequence[Layout], judges: Judges) -> Report:
    soc = SOCS["bl602"]
    paged = data.startswith(bootheader.MAGIC)
    verdicts: list[Verdict] = []
    steps: list[tuple[str, str]] = [("size", "with the header page, against the application's slot")]
    fault = offer.boot_fault(data, soc) if paged else None
    for table in tables:
        for verdict in flashing.judge(len(data), paged, table, soc):
            if fault and verdict.outcome == "accepts":
                why = f"{fault.why}: boot2 does not start it"
                verdict = Verdict(table.name, verdict.installed, "bricks", "boot header", fault.old, why)  # noqa: PLW2901
            verdicts.append(verdict)
    worst = min(verdicts, key=lambda verdict: _RANK[verdict.outcome])
    steps.append(
        (worst.step, worst.detail if worst.outcome == "accepts" else f"{worst.outcome}: {worst.detail}")
    )
    size = len(data) if paged else soc.header_bytes + len(artefacts.padded(data, soc))
    fits = [capacity.fits(table, size, None) for table in tables]
    return report_files.verify(str(path), verdicts, steps, fits, (), folder=judges.folder)


def _tables(judges: Judges, path: Path) -> tuple[Layout, ...]:
    settings = policy.choose(judges.policy, (path.absolute().parent, Path(judges.folder)))
    chosen = judges.layouts or settings.layouts
    return tuple(layouts.load(name) for name in chosen) if chosen else layouts.default()


def _write(target: Path, data: bytes) -> None:
    """The whole file or none of it."""
    real = target.resolve()
    try:
        if real.exists() and not real.is_file():
            real.write_bytes(data)
            return
        handle, name = tempfile.mkstemp(prefix=".imgcheck-", dir=real.parent)
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            mask = os.umask(0)
            os.umask(mask)
            beside.chmod(real.stat().st_mode & 0o7777 if real.exists() else 0o666 & ~mask)
            beside.replace(real)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ImgcheckError(f"{target}: cannot be written: {error.strerror or error}") from error
