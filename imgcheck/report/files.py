"""What was found out about files, ready to be shown: verdicts as a matrix, identities one to a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgcheck.model import SILENT, Column, Diagnostic, Fit, Identity, Location, Report, Table, Verdict
from imgcheck.report import made
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import size_column, size_text

_WORST = {"bricks": 0, "refuses": 1, "accepts": 2}
_RAW_NOTE = "A flash tool puts the header page in front of an application image."
_METHODS = {"uart": "UART", "ota": "OTA web page", "none": "neither"}


def verify(
    path: str,
    verdicts: Sequence[Verdict],
    steps: Sequence[tuple[str, str]],
    fits: Sequence[Fit],
    findings: Sequence[Diagnostic],
    *,
    others: Sequence[Verdict] = (),
) -> Report:
    """The report on one file; `steps` are those of the worst verdict.

    `others` are verdicts of software that OpenBeken devices do not have: shown, but not counted.
    """
    lost = any(one.severity == "error" for one in findings)
    passed = all(verdict.outcome == "accepts" for verdict in verdicts) and not lost
    worst = min(verdicts, key=lambda verdict: _WORST[verdict.outcome], default=None)
    tables = [_matrix(verdicts)]
    if steps and worst:
        columns = (Column("Step"), Column("What happens"))
        title = f"Step by step: {worst.layout}, {worst.installed}"
        tables.append(Table(title, columns, tuple(steps), "steps"))
    if others:
        heads = (Column("Installed"), Column("Worst"), Column("Step"), Column("Says"))
        worst_of: dict[str, Verdict] = {}
        for one in sorted(others, key=lambda verdict: _WORST[verdict.outcome]):
            worst_of.setdefault(one.installed, one)
        rows = tuple((name, one.outcome, one.step, one.message) for name, one in sorted(worst_of.items()))
        tables.append(Table("Other software, not counted", heads, rows, "others"))
    return assemble(
        "verify",
        path,
        _sentence(verdicts, [one.message for one in findings if one.severity == "error"]),
        passed=passed,
        layouts=fits,
        tables=tables,
        diagnostics=[*_refusals(verdicts, path), *findings],
        checks=tuple(("verify", f"{v.layout}, {v.installed}", v.outcome == "accepts") for v in verdicts),
        path=path,
        records={
            "verdicts": tuple(map(_verdict_record, verdicts)),
            "other_verdicts": tuple(map(_verdict_record, others)),
        },
    )


def identify(identities: Sequence[Identity]) -> Report:
    """The report on files: what each is, which method takes it, and what is odd about it."""
    columns = (Column("File"), Column("What"), Column("Method"), size_column("Bytes"))
    folders: dict[str, list[Identity]] = {}
    for one in identities:
        folders.setdefault(one.path.rpartition("/")[0], []).append(one)
    tables = []
    for place, inside in folders.items():
        rows = tuple((one.path.rpartition("/")[2], one.title, _method(one), one.size) for one in inside)
        title = f"Files in {place}" if place else "Files"
        raw = any(one.kind == "app-bin" for one in inside)
        tables.append(Table(title, columns, rows, "files", _RAW_NOTE if raw else ""))
    for one in identities:
        if one.contents:
            cells = tuple(
                (f"{entry.offset:#x}", entry.size, entry.partition, entry.what) for entry in one.contents
            )
            shown = (Column("Offset", "right"), size_column("Bytes"), Column("Place"), Column("What"))
            tables.append(Table(f"In {one.path}", shown, cells, "contents"))
    found = [
        Diagnostic("file", "warning", f"{finding}", Location(one.path), subject=one.path)
        for one in identities
        for finding in one.findings
    ]
    odd = sum(bool(one.findings) for one in identities)
    count = len(identities)
    files = "1 file" if count == 1 else f"{count} files"
    return assemble(
        "identify",
        identities[0].path if count == 1 else files,
        f"{files}: {f'{odd} with findings' if odd else 'nothing odd'}.",
        tables=tables,
        diagnostics=found,
        records={"files": tuple(map(_file_record, identities))},
    )


def pack(
    path: str, sizes: Sequence[tuple[str, int]], options: str, fits: Sequence[Fit], saved: int
) -> Report:
    """The report on a file that was written: its sizes, the XZ parameters, and what they saved."""
    columns = (Column("What"), size_column("Bytes"))
    note = f"xz --check=crc32 {options}"
    if saved:
        note += f": {size_text(saved)} bytes less than with the SDK's parameters"
    over = [fit.name for fit in fits if not fit.fits]
    found = [
        Diagnostic("pack-too-large", "warning", f"no update to it on {name}: it is too large", subject=name)
        for name in over
    ]
    return assemble(
        "pack",
        path,
        f"Wrote {path}.",
        layouts=fits,
        tables=(Table("Sizes", columns, tuple(sizes), "sizes", note),),
        diagnostics=found,
        path=path,
        records={"made": made.records([(path, sizes[-1][1])])},
    )


def _verdict_record(verdict: Verdict) -> Mapping[str, object]:
    return {
        "layout": verdict.layout,
        "installed": verdict.installed,
        "outcome": verdict.outcome,
        "step": verdict.step,
        "message": verdict.message,
        "detail": verdict.detail,
    }


def _file_record(identity: Identity) -> Mapping[str, object]:
    return {
        "path": identity.path,
        "kind": identity.kind,
        "title": identity.title,
        "method": identity.method,
        "offset": identity.offset,
        "size": identity.size,
        "findings": list(identity.findings),
        "fields": dict(identity.fields),
        "contents": [
            {"offset": one.offset, "size": one.size, "partition": one.partition, "what": one.what}
            for one in identity.contents
        ],
    }


def _method(identity: Identity) -> str:
    at = f" at {identity.offset:#x}" if identity.offset is not None else ""
    return _METHODS[identity.method] + at


def _matrix(verdicts: Sequence[Verdict]) -> Table:
    installed = list(dict.fromkeys(verdict.installed for verdict in verdicts))
    layouts = list(dict.fromkeys(verdict.layout for verdict in verdicts))
    outcome = {(verdict.layout, verdict.installed): verdict.outcome for verdict in verdicts}
    letters = [chr(ord("A") + nth % 26) for nth in range(len(installed))]
    columns = (Column("Layout"), *(Column(letter) for letter in letters))
    rows = tuple((layout, *(outcome.get((layout, one)) for one in installed)) for layout in layouts)
    legend = "; ".join(f"{letter}: {one}" for letter, one in zip(letters, installed, strict=True))
    return Table("Who takes it", columns, rows, "matrix", f"Installed: {legend}.")


def _sentence(verdicts: Sequence[Verdict], lost: Sequence[str] = ()) -> str:
    if not verdicts:
        return ""
    layouts = len({verdict.layout for verdict in verdicts})
    kinds = "1 layout" if layouts == 1 else f"{layouts} layouts"
    bad = [verdict for verdict in verdicts if verdict.outcome != "accepts"]
    if not bad:
        ways = "1 combination" if len(verdicts) == 1 else f"{len(verdicts)} combinations"
        counted = f"{kinds}, {ways}"
        but = f", but devices lose data: {'; '.join(lost)}" if lost else ""
        return f"Accepted by every device looked at ({counted}){but}."
    parts = []
    for outcome, word in (("bricks", "Bricks"), ("refuses", "refused")):
        names = list(dict.fromkeys(verdict.layout for verdict in bad if verdict.outcome == outcome))
        if names:
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            parts.append(f"{word} {'devices with' if outcome == 'bricks' else 'by'} {shown}")
    text = "; ".join(parts)
    return (
        f"{text[0].upper()}{text[1:]} ({len(verdicts) - len(bad)} of {len(verdicts)} combinations accept it)."
    )


def _refusals(verdicts: Sequence[Verdict], path: str) -> list[Diagnostic]:
    """One finding for each way in which devices do not take the file."""
    ways: dict[tuple[str, str, str, str], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.outcome != "accepts":
            key = (verdict.outcome, verdict.step, verdict.message, verdict.detail)
            ways.setdefault(key, []).append(verdict)
    found = []
    for (outcome, step, message, detail), group in ways.items():
        names = ", ".join(dict.fromkeys(verdict.layout for verdict in group))
        installed = ", or ".join(dict.fromkeys(verdict.installed for verdict in group))
        says = f' "{message}"' if message not in ("", SILENT) else ""
        text = f"{names} with {installed}: {outcome} at {step}{says}: {detail}"
        subject = f"{step}: {names}"
        found.append(Diagnostic(f"verify-{outcome}", "error", text, Location(path), subject=subject))
    return found
