"""A release, ready to be shown: verdict first, a row per file, growth as maintainers paste it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from imgcheck.devices import release
from imgcheck.devices.assets import Asset, FaultKind
from imgcheck.devices.releaseset import Before, Key, key
from imgcheck.model import Cell, Column, Measure, Report, Table
from imgcheck.model import Key as Named
from imgcheck.report import releasefindings as findings
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import share_text, size_column, size_text
from imgcheck.report.releasefindings import FEW_DAMAGED, Facts, name_of, source_of
from imgcheck.targets.released import SEVERITY, Outcome
from imgcheck.wording import commas, listed

SHOWN = 400  # files that a text shows one by one: more than any release has
_WORDS: dict[Outcome, str] = {
    "bricks": "bricks",
    "over": "cannot update",
    "not for a device": "damaged",
    "loses data": "loses data",
}


def build(facts: Facts) -> Report:
    """The report of `imgcheck release`."""
    assets = sorted(facts.assets, key=_order)
    found = list(findings.folded([*facts.findings, *findings.all_of(assets, facts)]))
    return assemble(
        "release",
        facts.title,
        _sentence(facts),
        passed=not any(one.severity == "error" for one in found),
        measures=tuple(_measure(one) for one in assets),
        tables=tuple(_tables(assets, facts)),
        diagnostics=found,
        checks=tuple(("release", one.file.path, _sound(one)) for one in facts.assets),
        records={
            "assets": tuple(_record(one, facts.before) for one in facts.assets),
            "missing": tuple({"platform": p, "variant": v, "kind": k} for p, v, k in facts.missing),
        },
    )


def delta(asset: Asset, before: Mapping[Key, Before]) -> int | None:
    """Bytes more than in the last release; None for what is new, or padded so that its size says nothing."""
    old = before.get(key(asset.file))
    if old is None:
        return None
    padded = asset.counted != asset.file.size and asset.file.name.part.method in ("uart", "spi")
    if padded:
        return asset.counted - old.counted if old.counted is not None else None
    return asset.file.size - old.size


def _order(asset: Asset) -> tuple[int, str, str, str]:
    name, verdict = asset.file.name, asset.judgement.verdict
    aside = verdict == "not for a device" and not asset.faults
    worst = len(SEVERITY) if aside else SEVERITY[verdict]
    return worst, name.platform.name, name.variant, name.part.kind


def _sound(asset: Asset) -> bool:
    bad = asset.judgement.verdict in findings.LOST or bool(asset.faults or asset.stray)
    return not bad and not release.worse(asset)


def _updates(assets: Sequence[Asset]) -> list[Asset]:
    return [one for one in assets if one.file.name.part.method in ("ota", "cloudcutter")]


def _sentence(facts: Facts) -> str:
    by_platform: dict[str, Outcome] = {}
    for one in _updates(facts.assets):
        platform, verdict = one.file.name.platform.name, one.judgement.verdict
        if platform not in by_platform or SEVERITY[verdict] < SEVERITY[by_platform[platform]]:
            by_platform[platform] = verdict
    parts = []
    for verdict, words in _WORDS.items():
        names = sorted(name for name, one in by_platform.items() if one == verdict)
        if names:
            parts.append(listed(names, f"{words}: ", most=8))
    fine = sum(one == "fits" for one in by_platform.values())
    unknown = sum(one == "no slot known" for one in by_platform.values())
    parts.append(f"{fine} of {len(by_platform)} platforms with an update can take it")
    parts += [f"of {unknown} the slot is not known"] if unknown else []
    gone = len(facts.missing)
    parts += [f"{gone} file{'' if gone == 1 else 's'} missing"] if gone else []
    count = "1 file" if len(facts.assets) == 1 else f"{commas(len(facts.assets))} files"
    text = "; ".join(parts)
    return f"{facts.version or 'No version'}, {count}: {text}."


def _tables(assets: Sequence[Asset], facts: Facts) -> Iterator[Table]:
    grown = bool(facts.before)
    columns = (
        Column("Verdict", short=_short), Column("Platform"), Column("Variant"), Column("What"),
        Column("Method", brief=False),
        size_column("Bytes"), size_column("Slot", brief=False),
        Column("Used", "right", _percent), size_column("Headroom"),
        Column("Overwrites", brief=False), Column("Size checked by", brief=False),
        size_column("Growth", brief=False), Column("File", brief=False),
    )  # fmt: skip
    rows = tuple(_rows(assets, facts.before))
    note = "Headroom: bytes until it does not fit or overwrites data."
    more = f"({size_text(len(rows) - SHOWN)} more)"
    yield Table(
        "Assets", columns, rows, "assets", note, brief=SHOWN, rest=(more, *[None] * (len(columns) - 1))
    )
    if grown:
        yield _growth(assets, facts.before)
    checked = {
        (one.file.name.platform.name, source_of(one), one.judgement.checked_by): None
        for one in assets
        if one.judgement.checked_by and one.file.name.part.method == "ota"
    }
    if checked:
        by = (Column("Platform"), Column("Judged by"), Column("What its devices check"))
        yield Table("What devices check", by, tuple(checked), "checks", brief=0)
    if facts.missing:
        heads = (Column("Platform"), Column("Variant"), Column("What"))
        yield Table("Missing", heads, tuple(tuple(one) for one in facts.missing), "missing", brief=0)
    other = tuple(
        (name_of(one), said.layout, said.verdict, said.limit, said.headroom)
        for one in assets
        for said in ((one.judgement, *one.others) if release.differs(one) else ())
    )
    if other:
        names = (Column("File"), Column("Layout"), Column("Verdict"))
        shown = (*names, size_column("Limit"), size_column("Headroom"))
        yield Table("Where layouts differ", shown, other, "layouts", brief=0)


def _growth(assets: Sequence[Asset], before: Mapping[Key, Before]) -> Table:
    rows = []
    for one in assets:
        more = delta(one, before)
        if more:
            rows.append((more, _unversioned(one), before[key(one.file)].size, one.file.size))
    rows.sort(key=lambda row: (-abs(row[0]), row[1]))
    columns = (Column("delta", "right", _signed), Column("name"), size_column("old"), size_column("new"))
    same = sum(delta(one, before) == 0 for one in assets)
    return Table("Growth", columns, tuple(rows), "growth", f"{same} files have the size they had.", brief=30)


def _rows(assets: Sequence[Asset], before: Mapping[Key, Before]) -> Iterator[tuple[Cell, ...]]:
    """A row for each file; one for all files of a kind that are damaged in one way, where they are many."""
    alike: dict[tuple[str, str, FaultKind], list[Asset]] = {}
    for one in assets:
        if one.faults:
            name = one.file.name
            alike.setdefault((name.platform.name, name.part.kind, one.faults[0].kind), []).append(one)
    # By identity: `assets` holds them, and two may be equal.
    many = {id(group[0]): group for group in alike.values() if len(group) > FEW_DAMAGED}
    hidden = {id(one) for group in many.values() for one in group[1:]}
    for one in assets:
        if id(one) in many:
            yield _together(many[id(one)], before)
        elif id(one) not in hidden:
            yield _row(one, before)


def _together(group: Sequence[Asset], before: Mapping[Key, Before]) -> tuple[Cell, ...]:
    row = list(_row(group[0], before))
    row[2] = f"({size_text(len(group))} files)"
    row[5] = None
    row[-1] = listed([name_of(one) for one in group], "")
    return tuple(row)


def _row(asset: Asset, before: Mapping[Key, Before]) -> tuple[Cell, ...]:
    name, said = asset.file.name, asset.judgement
    return (
        said.verdict, name.platform.name, name.variant, name.part.kind, name.part.method,
        asset.file.size, said.slot,
        said.share, said.headroom, ", ".join(said.overwrites), said.size_check,
        delta(asset, before), name_of(asset),
    )  # fmt: skip


def _record(asset: Asset, before: Mapping[Key, Before]) -> Mapping[str, object]:
    name, said = asset.file.name, asset.judgement
    return {
        "file": name_of(asset),
        "platform": name.platform.name,
        "variant": name.variant,
        "version": name.version,
        "kind": name.part.kind,
        "method": name.part.method,
        "size": asset.file.size,
        "slot": said.slot,
        "limit": said.limit,
        "headroom": said.headroom,
        "verdict": said.verdict,
        "overwrites": list(said.overwrites),
        "checked_by": said.checked_by,
        "delta": delta(asset, before),
        "counted": asset.counted,
        "unpacked": asset.run,
        "layout": said.layout,
        "from_release": asset.own_table,
        "remarks": [*(fault.said for fault in asset.faults), *said.remarks],
        "others": [
            {"layout": one.layout, "limit": one.limit, "headroom": one.headroom, "verdict": one.verdict,
             "overwrites": list(one.overwrites)}
            for one in asset.others
        ],
    }  # fmt: skip


def _measure(asset: Asset) -> Measure:
    name = asset.file.name
    identity = Named("asset", name.platform.name, name.variant, name.part.kind)
    return Measure("asset", _unversioned(asset), "ota", asset.file.size, asset.judgement.slot, identity)


def _unversioned(asset: Asset) -> str:
    """The name with XX for the version, as tables in pull requests have it."""
    version = asset.file.name.version
    return name_of(asset).replace(version, "XX") if version else name_of(asset)


def _short(cell: Cell) -> str:
    return {"not for a device": "no device", "no slot known": "unknown"}.get(str(cell), str(cell))


def _percent(cell: Cell) -> str:
    return f"{cell * 100:.2f} %" if isinstance(cell, float) else share_text(cell)


def _signed(cell: Cell) -> str:
    return f"{cell:+,}" if isinstance(cell, int) else str(cell)
