"""Everything as JSON; reports/report.schema.json describes it, keys are only ever added."""

import json
from collections.abc import Iterable

from imgcheck import __version__
from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import (
    RESOURCES,
    Calibration,
    Delta,
    Difference,
    Feature,
    Fit,
    Free,
    Measure,
    Plan,
    Provenance,
    Report,
    SavedSet,
    Snapshot,
    Summary,
)
from imgcheck.printable import without_commands
from imgcheck.report.findings import Finding, of

SCHEMA_VERSION = 1
_OWNED = frozenset(("object", "symbol", "pool"))  # kinds of which archives and objects are told
_encode = json.JSONEncoder().encode  # the one-line encoder is the one written in C
_quote = json.encoder.encode_basestring_ascii


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """One key per line, one list entry per line: quick to write, and diffs stay readable."""
    return without_commands(f"{_document(report)}\n")


def _document(report: Report) -> str:
    members = [
        ("schema_version", _encode(SCHEMA_VERSION)),
        ("tool", _encode({"name": "imgcheck", "version": __version__})),
        ("command", _encode(report.command)),
        ("title", _encode(report.title)),
        ("verdict", _encode(report.verdict)),
        ("passed", _encode(report.passed)),
        *((key, _encode(value)) for key, value in _provenance(report.provenance)),
        ("image", _encode(_image(report.summary) if report.summary else None)),
        ("layouts", _list(map(_fit, report.layouts))),
        ("measures", _lines(_measure_text(measure) for measure in report.measures)),
        ("diagnostics", _list(map(_finding, of(report)))),
        ("checks", _list({"rule": r, "subject": s, "passed": p} for r, s, p in report.checks)),
    ]
    savings = report.savings
    if savings:
        calibration = _calibration(savings.calibration) if savings.calibration else None
        members += [
            ("features", _list(map(_feature, savings.features))),
            ("plans", _list(map(_plan, savings.plans))),
            ("free", _list(map(_free, savings.free))),
            ("calibration", _encode(calibration)),
            ("need", _encode(savings.need)),
            ("sets", _list(map(_set, savings.sets))),
        ]
    if report.difference:
        members += [
            ("diff", _encode(_difference(report.difference))),
            ("deltas", _list(map(_delta, report.difference.deltas))),
        ]
    members += [(key, _list(dict(one) for one in entries)) for key, entries in report.records]
    if report.builds:
        members.append(("builds", _lines(map(_document, report.builds))))
    body = ",\n".join(f'"{key}": {value}' for key, value in members)
    return f"{{\n{body}\n}}"


def _list(entries: Iterable[object]) -> str:
    return _lines(map(_encode, entries))


def _lines(entries: Iterable[str]) -> str:
    lines = ",\n".join(entries)
    return f"[\n{lines}\n]" if lines else "[]"


def _measure_text(measure: Measure) -> str:
    # There are ten thousand of these: a dict each would take as long as everything else together.
    kind, name = _quote(measure.kind), _quote(measure.name)
    capacity = "null" if measure.capacity is None else measure.capacity
    rest = f'"resource": "{measure.resource}", "size": {measure.size}, "capacity": {capacity}'
    return f'{{"kind": {kind}, "name": {name}, {rest}{_owner_text(measure)}}}'


def _owner_text(measure: Measure) -> str:
    """What a measure's key and home say, in one line; nothing of what its name says already."""
    key, home = measure.identity, measure.home
    if key is None or key.kind not in _OWNED:
        return ""
    text = f', "object": {_quote(key.object)}, "archive": {_quote(key.archive)}'
    if key.name != measure.name and key.kind != "object":
        text += f', "symbol": {_quote(key.name)}'
    if home is None:
        return text
    address = "null" if home.address is None else home.address
    text += f', "section": {_quote(home.section)}, "address": {address}, "source": {_quote(home.source)}'
    if home.line:
        text += f', "line": {home.line}'
    if home.aliases:
        text += f', "aliases": {_encode(home.aliases)}'
    return text + (f', "content": {_quote(home.content)}' if home.content else "")


def _provenance(made: Provenance | None) -> list[tuple[str, object]]:
    if made is None:
        return []
    build = {
        "compilers": made.compilers,
        "flags": made.flags,
        "components": made.components,
        "lto": made.lto,
        "detail": made.detail,
    }
    return [
        ("target", made.target),
        ("compiler", made.compilers[0] if made.compilers else ""),
        ("policy", made.policy),
        ("revision", made.revision),
        ("build", build),
    ]


def _image(image: Summary) -> dict[str, object]:
    return {
        "name": image.name,
        "soc": image.soc,
        "bin_bytes": image.bin_bytes,
        "unpacked_bytes": image.unpacked_bytes,
        "ota_body_bytes": image.ota_body_bytes,
        "ota_file_bytes": image.ota_file_bytes,
        "ota_source": image.ota_source,
        "heap_bytes": image.heap_bytes,
    }


def _fit(fit: Fit) -> dict[str, object]:
    slots = [
        {
            "name": slot.name,
            "size": slot.size,
            "limit": slot.limit,
            "headroom": slot.headroom,
            **({"state": slot.state} if slot.state else {}),
        }
        for slot in fit.slots
    ]
    return {"name": fit.name, "fits": fit.fits, "binding": fit.binding, "slots": slots}


def _measure(measure: Measure) -> dict[str, object]:
    return {
        "kind": measure.kind,
        "name": measure.name,
        "resource": measure.resource,
        "size": measure.size,
        "capacity": measure.capacity,
    }


def _finding(one: Finding) -> dict[str, object]:
    location = one.location and {
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "end_column": one.end_column,
    }
    return {
        "code": one.code,
        "severity": one.severity,
        "message": one.message,
        "subject": one.subject,
        "location": location,
        "measure": _measure(one.measure) if one.measure else None,
        "help": "\n".join(one.help),
        "replacement": one.replacement,
        "waived": one.waived,
        **({"inherited": True} if one.inherited else {}),
    }


def _set(one: SavedSet) -> dict[str, object]:
    return {**one._asdict(), "pieces": [piece._asdict() for piece in one.pieces]}


def _feature(feature: Feature) -> dict[str, object]:
    pieces = [
        {
            "name": piece.name,
            "object": piece.object,
            "flash": piece.flash,
            "ram": piece.ram,
            "ota": piece.ota,
            "effect": piece.effect,
            "why": piece.why,
        }
        for piece in feature.pieces
    ]
    return {
        "name": feature.name,
        "path": feature.path,
        "line": feature.line,
        "flash": feature.flash,
        "ram": feature.ram,
        "ota": feature.ota,
        "flash_error": feature.flash_error,
        "ota_error": feature.ota_error,
        "shared_with": feature.shared_with,
        "estimate": feature.estimate,
        "pieces": pieces,
    }


def _plan(plan: Plan) -> dict[str, object]:
    return {
        "features": plan.features,
        "flash": plan.flash,
        "ram": plan.ram,
        "ota": plan.ota,
        "flash_error": plan.flash_error,
        "ota_error": plan.ota_error,
        "fits": plan.fits,
        "weight": plan.weight,
        "unpacked_after": plan.unpacked_after,
        "body_after": plan.body_after,
        "heap_after": plan.heap_after,
        "margin": plan.margin,
        "tuned_bytes": plan.tuned,
        "proven": plan.proven,
    }


def _difference(difference: Difference) -> dict[str, object]:
    return {
        "old": _side(difference.old),
        "new": _side(difference.new),
        **{resource: difference.total(resource) for resource in RESOURCES},
        "changed_by": difference.changed_by,
        "noise": dict(difference.noise),
    }


def _side(one: Snapshot) -> dict[str, object]:
    made = one.provenance
    return {
        "name": one.name,
        "title": one.title,
        "target": made.target,
        "compiler": made.compilers[0] if made.compilers else "",
        "policy": made.policy,
        "revision": made.revision,
        "flash": one.flash,
        "ram": one.ram,
        "ota": one.ota,
        "heap": one.heap,
        "verdict": one.verdict,
        "layouts": [_fit(fit) for fit in one.fits],
    }


def _delta(delta: Delta) -> dict[str, object]:
    made: dict[str, object] = {
        "kind": delta.kind,
        "key": str(delta.key),
        "name": delta.name,
        "resource": delta.resource,
        "old": delta.old,
        "new": delta.new,
        "status": delta.status,
    }
    if delta.was:
        made["was"] = str(delta.was)
    return made


def _free(free: Free) -> dict[str, object]:
    return {"what": free.what, "ota": free.ota}


def _calibration(calibration: Calibration) -> dict[str, object]:
    return {
        "placed_bytes": calibration.placed_bytes,
        "missing_bytes": calibration.missing_bytes,
        "extra_bytes": calibration.extra_bytes,
        "sites": calibration.sites,
        "odd_sites": calibration.odd_sites,
        "copied_bytes": calibration.copied_bytes,
        "differing_bytes": calibration.differing_bytes,
    }
