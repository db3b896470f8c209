"""What do devices of a chip do with one of its release files, step by step?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from imgcheck.model import Diagnostic, Layout, Location, Verdict
from imgcheck.targets.released import Judgement, Opened
from imgcheck.targets.target import Judged
from imgcheck.wording import commas

if TYPE_CHECKING:
    from imgcheck.targets.overair import Form, OverAir


def replay(target: OverAir, opened: Opened, form: Form, tables: Sequence[Layout], path: str) -> Judged:
    """What devices with each of the layouts do with an opened file."""
    steps = [(what, "holds" if passed else "DOES NOT HOLD") for what, passed in opened.checks]
    steps += [(what, str(value)) for what, value in opened.fields]
    verdicts: list[Verdict] = []
    findings: list[Diagnostic] = []
    for table in tables:
        found = target.judged(opened, table, form.kind)
        if found is None:
            verdicts.append(Verdict(table.name, "any", "refuses", "slot", "", "it has no slot for that"))
            continue
        verdict = _verdict(found, opened)
        verdicts.append(verdict)
        if opened.broken:
            continue  # nothing of it is ever used
        steps += [
            (f"{table.name}: {what}", told)
            for what, told in _steps(found, opened, form, _placed(target, opened, table))
        ]
        if found.verdict == "loses data":
            message = f"{table.name}: {verdict.detail}"
            findings.append(
                Diagnostic("verify-loses-data", "error", message, Location(path), subject=table.name)
            )
    return Judged(tuple(verdicts), tuple(steps), findings=tuple(findings))


def told(judgement: Judgement, opened: Opened) -> str:
    """Sizes and consequences of a judgement in a clause."""
    size = (
        f"{commas(opened.counted)} of {commas(judgement.slot)} bytes"
        if judgement.slot
        else "there is no slot"
    )
    share = f" ({judgement.share * 100:.2f} %)" if judgement.share is not None else ""
    lost = f"; overwrites {', '.join(judgement.overwrites)}" if judgement.overwrites else ""
    limit = judgement.limit if judgement.limit is not None else 0
    by = (
        f", {commas(opened.counted - limit)} over its limit of {commas(limit)}"
        if opened.counted > limit
        else ""
    )
    remarks = "".join(f"; {remark}" for remark in judgement.remarks)
    return f"{size}{share}{lost}{by}{remarks}"


def _verdict(found: Judgement, opened: Opened) -> Verdict:
    if opened.broken:
        detail = f"damaged: {', '.join(opened.broken)}"
        return Verdict(found.layout, "any", "refuses", "checks", "", detail)
    outcomes: Mapping[str, Literal["bricks", "refuses"]] = {"bricks": "bricks", "over": "refuses"}
    return Verdict(
        found.layout, "any", outcomes.get(found.verdict, "accepts"), "slot", "", told(found, opened)
    )


def _placed(target: OverAir, opened: Opened, table: Layout) -> str:
    """Where the image that comes out is written to, "" where it runs from where the update is."""
    app = target.application_partition(table)
    if app is None or opened.run is None or target.both_slots or not app.size0:
        return ""
    taken = target.stored(opened.run)
    size = "" if taken == opened.run else f", {commas(taken)} bytes of flash"
    return f"{app.address0:#x} to {app.address0 + taken:#x}{size}"


def _steps(found: Judgement, opened: Opened, form: Form, placed: str) -> Iterator[tuple[str, str]]:
    if found.end is not None:
        begin = found.end - opened.counted
        yield "written", f"{begin:#x} to {found.end:#x}: {told(found, opened)}"
    if opened.run is not None and form.method != "uart":
        image = f"an image of {commas(opened.run)} bytes"
        yield "then", f"the boot loader writes {image} to {placed}" if placed else f"{image} runs"
    yield "checked by", found.checked_by
