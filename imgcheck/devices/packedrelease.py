"""What do the devices of a target with a report of its own make of one file of a release?

Its devices are replayed as `imgcheck verify` does it; the layout with the least room says the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck import targets
from imgcheck.devices import capacity, identify, layouts
from imgcheck.devices.assets import Asset, Fault, File
from imgcheck.model import SLOTS, Fit, Layout
from imgcheck.targets.released import Judgement, Outcome
from imgcheck.targets.target import Asked, Target
from imgcheck.wording import commas


def judge(file: File, data: bytes, target: Target, asked: Sequence[Layout]) -> Asset:
    """The verdict of all layouts and generations in the field, or of the layouts asked for."""
    known = identify.identify(data, file.path, target)
    wire = file.name.part.method == "uart"
    if known.method == "none" or (known.method == "uart") != wire:
        fault = Fault("refused", (*known.findings, f"it is: {known.title}")[0])
        return Asset(file, len(data), Judgement("", None, None, None, "not for a device"), faults=(fault,))
    mine = tuple(layout for layout in asked if targets.of_layout(layout) is target)
    tables = mine or layouts.default(target)
    judged = target.judge(data, file.path, wire, Asked(tables))
    outcomes = {one.outcome for one in judged.verdicts}
    fits = []
    if judged.unpacked is not None:
        fits = [capacity.fits(table, judged.unpacked, judged.body) for table in tables]
    tightest = capacity.worst(fits)
    if tightest is None or ("refuses" in outcomes and tightest.fits):
        said = [one.detail for one in judged.verdicts if one.outcome != "accepts"] or ["it cannot be opened"]
        fault = Fault("refused", said[0])
        return Asset(file, len(data), Judgement("", None, None, None, "not for a device"), faults=(fault,))
    verdict: Outcome = "bricks" if "bricks" in outcomes else "fits" if outcomes == {"accepts"} else "over"
    counted = len(data) if wire or judged.body is None else judged.body
    return Asset(file, counted, _numbers(tightest, verdict), run=judged.unpacked)


def _numbers(fit: Fit, verdict: Outcome) -> Judgement:
    slot = next((one for one in fit.slots if one.name == fit.binding), fit.slots[0])
    what = f"its {SLOTS[slot.name].removeprefix('OTA ')}"
    by = "OpenBeken: header, body against the slot; boot loader: SHA-256, unpacked size against the slot"
    remark = f"{what} of {commas(slot.size)} bytes binds"
    share = slot.size / slot.limit if slot.limit > 0 else None
    return Judgement(
        layout=fit.name,
        slot=slot.limit,
        limit=slot.limit,
        headroom=slot.headroom,
        verdict=verdict,
        overwrites=(),
        checked_by=by,
        size_check="device",
        share=share,
        end=None,
        remarks=(remark,),
    )
