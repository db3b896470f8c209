"""One build's sizes without the build: from what was just measured, or from a report that was kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from imgcheck.errors import FormatError
from imgcheck.history import provenance
from imgcheck.model import (
    BODY,
    PACKAGING,
    RESOURCES,
    UNATTRIBUTED,
    UNPACKED,
    Facts,
    Fit,
    Home,
    Key,
    Measure,
    Provenance,
    Savings,
    Slot,
    Snapshot,
    Thing,
)
from imgcheck.readers.reportjson import Document, LayoutRow, Row
from imgcheck.wording import commas

WHOLE = ("component", "archive", "object", "symbol", "section")  # kinds that add up to the image
KINDS = (*WHOLE, "pool", "feature")
_AT = {resource: at for at, resource in enumerate(RESOURCES)}


def of_build(facts: Facts, name: str, verdict: str) -> Snapshot:
    """The snapshot of a build that was read and judged; `name` is that of its file."""
    image, known = facts.image, facts.image.detail != "binary"
    return Snapshot(
        name=name,
        title=image.name,
        provenance=provenance.of(facts),
        fits=facts.fits,
        verdict=verdict,
        flash=len(image.binary),
        ram=sum(use.used for use in image.regions) if known else None,
        ota=facts.artefact.file,
        heap=image.heap,
        priced=any(one.resource == "ota" for one in facts.measures),
        things=_things(facts.measures) | _features(facts.savings),
    )


def of_document(document: Document, name: str) -> Snapshot:
    """The snapshot that a report is; raises FormatError when its sizes do not add up to its totals."""
    measures = tuple(map(_measure, document.rows))
    sizes = [one.size for one in measures if one.kind == "region"]
    made = Snapshot(
        name=name,
        title=document.title,
        provenance=Provenance(
            target=document.target,
            compilers=document.compilers,
            flags=document.flags,
            policy=document.policy,
            components=document.components,
            revision=document.revision,
            lto=document.lto,
            detail=document.detail,
        ),
        fits=tuple(map(_fit, document.layouts)),
        verdict=document.verdict,
        flash=document.bin_bytes,
        ram=sum(sizes) if document.detail != "binary" else None,
        ota=document.ota_file_bytes,
        heap=document.heap_bytes,
        priced=any(one.resource == "ota" for one in measures),
        things=_things(measures)
        | {"feature": tuple(Thing(Key("feature", "", "", f.name), *f) for f in document.features)}
        if document.features
        else _things(measures),
    )
    _check(made)
    return made


def alike(old: Snapshot, new: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Both as coarse as the coarser: against an image alone, all that a map tells would be gone or new."""
    alone = [one.provenance.detail == "binary" for one in (old, new)]
    if alone == [True, False]:
        return old, _coarse(new, old)
    if alone == [False, True]:
        return _coarse(old, new), new
    return old, new


def _coarse(made: Snapshot, image: Snapshot) -> Snapshot:
    """A build of which no more is told than of `image`: bytes, and what the packaging takes."""
    things: dict[str, tuple[Thing, ...]] = {}
    for kind in WHOLE:
        nobody = next((one for one in image.things.get(kind, ()) if one.name == UNATTRIBUTED), None)
        if nobody is None:
            continue
        mine = made.things.get(kind, ())
        kept = tuple(one for one in mine if one.key.name == PACKAGING)
        rest = [one for one in mine if one.key.name != PACKAGING]
        flash, ota = (sum(getattr(one, resource) for one in rest) for resource in ("flash", "ota"))
        things[kind] = (nobody._replace(flash=flash, ram=0, ota=ota), *kept)
    return replace(made, ram=None, things=things)


def _things(measures: Iterable[Measure]) -> dict[str, tuple[Thing, ...]]:
    sizes: dict[Key, list[int]] = {}
    homes: dict[Key, Home | None] = {}
    for one in measures:
        if one.kind not in KINDS:
            continue
        key = one.identity or one.key
        entry = sizes.get(key)
        if entry is None:
            entry = sizes[key] = [0, 0, 0]
            homes[key] = one.home
        entry[_AT[one.resource]] += one.size
    found: dict[str, list[Thing]] = {kind: [] for kind in KINDS}
    for key, (flash, ram, ota) in sizes.items():
        found[key.kind].append(Thing(key, _name(key), flash, ram, ota, homes[key]))
    return {kind: tuple(things) for kind, things in found.items() if things}


def _name(key: Key) -> str:
    """What it is called whatever else there is; reports make names unique, keys are."""
    return f"{key.archive}({key.name})" if key.kind == "object" and key.archive else key.name


def _features(savings: Savings | None) -> dict[str, tuple[Thing, ...]]:
    if savings is None:
        return {}
    things = (
        Thing(Key("feature", "", "", one.name), one.name, one.flash, one.ram, one.ota)
        for one in savings.features
    )
    return {"feature": tuple(things)}


def _measure(row: Row) -> Measure:
    home = None
    if row.section or row.content:
        home = Home(row.section, row.address, row.source, row.line, row.aliases, row.content)
    name = row.object if row.kind == "object" and row.object else row.symbol
    key = Key(row.kind, row.archive, row.object, name)
    resource = next(one for one in RESOURCES if one == row.resource)
    return Measure(
        kind=row.kind, name=row.name, resource=resource, size=row.size, capacity=None, identity=key, home=home
    )


def _fit(row: LayoutRow) -> Fit:
    slots = tuple(
        Slot(UNPACKED if slot.name == UNPACKED else BODY, slot.size, slot.limit, slot.headroom)
        for slot in row.slots
    )
    return Fit(row.name, row.fits, row.binding, slots)


def _check(made: Snapshot) -> None:
    """A report that was cut or edited would make deltas that explain nothing."""
    for kind in WHOLE:
        things: Sequence[Thing] = made.things.get(kind, ())
        totals = (("flash", made.flash), ("ram", made.ram), ("ota", made.ota if made.priced else None))
        for resource, total in totals:
            found = sum(getattr(thing, resource) for thing in things)
            if total is not None and found != total:
                raise FormatError(
                    f"not as imgcheck wrote it: its {kind} sizes add up to {commas(found)} "
                    f"bytes of {resource}, "
                    f"the build has {commas(total)}"
                )
