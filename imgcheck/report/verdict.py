"""The one sentence at the top: does it fit the devices in the field, and by how much?"""

from collections.abc import Sequence

from imgcheck.devices.capacity import worst
from imgcheck.model import Diagnostic, Fit, Slot
from imgcheck.report.columns import share_text, size_text

_WHAT = {"unpacked": "the unpacked image", "body": "the OTA body"}


def binding(fit: Fit) -> Slot:
    """The slot that the fit names as binding, or its first."""
    return next((slot for slot in fit.slots if slot.name == fit.binding), fit.slots[0])


def sentence(fits: Sequence[Fit]) -> str:
    """What a release manager asks, in one sentence; "" without layouts."""
    tightest = worst(fits)
    if tightest is None:
        return ""
    slot = binding(tightest)
    what = _WHAT[slot.name]
    failed = sum(not fit.fits for fit in fits)
    if failed:
        if slot.limit <= 0:
            return f"{tightest.name} takes no update at all: it has no slot for {what}."
        if slot.headroom >= 0:
            return f"{tightest.name} takes no update at all: it has no second slot."
        which = "its one layout" if len(fits) == 1 else f"{failed} of {len(fits)} layouts"
        over = f"{_bytes(-slot.headroom)} over {tightest.name}"
        return f"Does not fit {which}: {what} is {over} (limit {size_text(slot.limit)})."
    used = share_text(slot.size / slot.limit) if slot.limit > 0 else "all"
    left = f"{_bytes(slot.headroom)} left for {what} ({used} of {size_text(slot.limit)} used)"
    if len(fits) == 1:
        return f"Fits {tightest.name}: {left}."
    every = "both" if len(fits) == 2 else f"all {len(fits)}"
    return f"Fits {every} layouts; the tightest is {tightest.name}: {left}."


def findings(diagnostics: Sequence[Diagnostic], passed: bool) -> str:
    """How many findings count, in one sentence."""
    counts = {"error": 0, "warning": 0, "waived": 0}
    for diagnostic in diagnostics:
        kind = "waived" if diagnostic.waived else diagnostic.severity
        if kind in counts:
            counts[kind] += 1
    said = [_count(counts[kind], kind) for kind in ("error", "warning") if counts[kind]]
    said += [f"{counts['waived']} waived"] if counts["waived"] else []
    return f"{'Passed' if passed else 'Failed'}: {', '.join(said) or 'no findings'}."


def _bytes(number: int) -> str:
    return "1 byte" if number == 1 else f"{size_text(number)} bytes"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
