"""What is wrong with the files of a release, one finding for all files of a platform that share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from imgcheck.devices import release
from imgcheck.devices.assets import Asset, FaultKind
from imgcheck.devices.releaseset import Before, Key, key
from imgcheck.model import Diagnostic, Location, Severity
from imgcheck.report.columns import size_text
from imgcheck.targets.released import Judgement
from imgcheck.wording import listed

NEARLY_FULL = 0.98  # of the slot: less than a feature is left
FEW_DAMAGED = 20  # files with one kind of damage that are told one by one
MANY = 40  # findings of a code that are told one by one: a release has that many platforms
LOST = {"bricks": "release-bricks", "over": "release-over", "loses data": "release-loses-data"}
_WHAT = {
    "bricks": "bricks devices",
    "over": "does not fit, so these devices cannot update",
    "loses data": "an update overwrites {}",
}


class Facts(NamedTuple):
    """What was found out: `before` is the last release, `findings` are about names and versions."""

    title: str
    version: str
    assets: Sequence[Asset]
    missing: Sequence[Key]
    before: Mapping[Key, Before]
    findings: Sequence[Diagnostic]


def name_of(asset: Asset) -> str:
    """The file's name without its folder."""
    return asset.file.name.file


def source_of(asset: Asset) -> str:
    """What an asset was judged by."""
    return "the table in this release" if asset.own_table else asset.judgement.layout


def all_of(assets: Sequence[Asset], facts: Facts) -> Iterator[Diagnostic]:
    """Everything about files and what is not there."""
    yield from verdicts(assets)
    yield from faults(assets)
    yield from gone(facts)
    yield from warnings(assets, facts.before)


def verdicts(assets: Sequence[Asset]) -> Iterator[Diagnostic]:
    """One finding for each platform, kind and verdict: the largest by name, the others counted."""
    groups: dict[tuple[str, str, str], list[Asset]] = {}
    for one in assets:
        if one.judgement.verdict in LOST:
            name = one.file.name
            groups.setdefault((name.platform.name, name.part.kind, one.judgement.verdict), []).append(one)
    for (platform, kind, verdict), members in groups.items():
        members.sort(key=lambda one: one.judgement.headroom or 0)
        worst, *others = members
        said = worst.judgement
        what = _WHAT[verdict].format(", ".join(said.overwrites) or "data")
        by = size_text(-said.headroom) if said.headroom is not None and said.headroom < 0 else "0"
        limit = f"{by} bytes over its limit of {size_text(said.limit)} on {said.layout}"
        rest = listed([name_of(one) for one in others], "; also ")
        remarks = "".join(f"; {remark}" for remark in said.remarks)
        message = f"{name_of(worst)}: {what}: {limit}{remarks}{rest}"
        subject = f"{platform} {kind}"
        yield Diagnostic(LOST[verdict], "error", message, Location(worst.file.path), subject=subject)


def faults(assets: Sequence[Asset]) -> Iterator[Diagnostic]:
    """Damaged files, files of another application, and layouts that say something worse."""
    yield from _damaged(assets)
    for one in assets:
        where = Location(one.file.path)
        if one.stray:
            names = [path.rpartition("/")[2] for path in one.stray]
            message = listed(names, f"{name_of(one)}: not the application that is in ")
            yield Diagnostic("release-other-application", "error", message, where, subject=name_of(one))
        for worse in release.worse(one):
            mine = f"{one.judgement.verdict} by {source_of(one)}"
            message = f"{name_of(one)}: {mine}, but {worse.verdict} on {worse.layout}: {_limits(worse)}"
            yield Diagnostic("release-two-verdicts", "error", message, where, subject=name_of(one))


def _damaged(assets: Sequence[Asset]) -> Iterator[Diagnostic]:
    """A finding for each damaged file; one for all of a kind where an upload broke many."""
    kinds: dict[FaultKind, list[Diagnostic]] = {}
    for one in assets:
        for fault in one.faults:
            message = f"{name_of(one)}: {fault.said}"
            where = Location(one.file.path)
            found = Diagnostic("release-damaged", "error", message, where, subject=name_of(one))
            kinds.setdefault(fault.kind, []).append(found)
    for group in kinds.values():
        yield from _one(group) if len(group) > FEW_DAMAGED else group


def folded(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings, those of a code that are more than anybody reads as one; JSON has each file's remarks."""
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for one in found:
        groups.setdefault((one.code, one.severity), []).append(one)
    for group in groups.values():
        yield from _one(group) if len(group) > MANY else group


def _one(group: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    first, *others = group
    count = f"{size_text(len(group))} findings of this kind, the first: "
    rest = listed([one.subject for one in others], "; also ")
    # One subject for all: a waiver or a fingerprint of the first would change with what else is broken.
    yield replace(first, message=f"{count}{first.message}{rest}", subject=f"{first.code} of many files")


def _limits(judgement: Judgement) -> str:
    lost = f"overwrites {', '.join(judgement.overwrites)}, " if judgement.overwrites else ""
    return f"{lost}limit {size_text(judgement.limit)} bytes"


def gone(facts: Facts) -> Iterator[Diagnostic]:
    """Missing files: an error when the last release had them, else told by platform."""
    unseen: dict[str, list[str]] = {}
    for one in facts.missing:
        old = facts.before.get(one)
        label = " ".join(filter(None, one))
        if old:
            message = f"{label}: missing; the last release had {old.file}"
            yield Diagnostic("release-missing", "error", message, subject=label)
        else:
            unseen.setdefault(one.platform, []).append(" ".join(filter(None, one[1:])))
    for platform, labels in unseen.items():
        message = listed(labels, f"{platform}: missing, though its build makes it: ", most=6)
        yield Diagnostic("release-missing", "warning", message, subject=platform)


def warnings(assets: Sequence[Asset], before: Mapping[Key, Before]) -> Iterator[Diagnostic]:
    """What fits and is worth knowing."""
    for one in assets:
        said, where = one.judgement, Location(one.file.path)
        if said.verdict == "fits" and said.share is not None and said.share >= NEARLY_FULL:
            left = f"{size_text(said.headroom)} bytes left of {size_text(said.slot)}"
            full = f"{name_of(one)}: {said.share * 100:.2f} % full"
            message = f"{full}, {left}; checks: {said.checked_by}"
            yield Diagnostic("release-nearly-full", "warning", message, where, subject=name_of(one))
        if said.verdict == "fits" and said.remarks and said.headroom is not None and said.headroom < 256:
            message = f"{name_of(one)}: {'; '.join(said.remarks)}"
            yield Diagnostic("release-remark", "warning", message, where, subject=name_of(one))
        yield from _small(one, before)


def _small(asset: Asset, before: Mapping[Key, Before]) -> Iterator[Diagnostic]:
    """An update that a smaller flash of the same chip takes no more, or of which there are such devices."""
    small, name = asset.smaller, asset.file.name
    if small is None or small.verdict in ("fits", "loses data") or name.part.method != "ota":
        return
    old = before.get(key(asset.file))
    fitted = old is not None and small.limit is not None and (old.counted or old.size) <= small.limit
    others = [one for one in name.platform.variants if one != name.variant]
    if not (fitted or others):
        return
    over = f"{size_text(asset.counted)} bytes, {small.layout} takes {size_text(small.limit)}"
    message = f"{name_of(asset)}: does not fit the smaller flash: {over}"
    message += "; the last release did" if fitted else ""
    where = Location(asset.file.path)
    severity: Severity = "warning" if fitted else "note"
    yield Diagnostic("release-small-flash", severity, message, where, subject=name_of(asset))
