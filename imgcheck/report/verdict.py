"""The one sentence at the top: does it fit the devices in the field, and by how much?"""

from collections.abc import Iterator, Sequence

from imgcheck.devices.capacity import worst
from imgcheck.model import SLOTS, Diagnostic, Fit, Slot
from imgcheck.report.bars import NEAR
from imgcheck.report.columns import share_text, size_text

_NAMED = 3  # layouts in a headline


def binding(fit: Fit) -> Slot:
    """The slot that the fit names as binding, or its first."""
    return next((slot for slot in fit.slots if slot.name == fit.binding), fit.slots[0])


def sentence(fits: Sequence[Fit], reserve: int = 0, said: bool = False) -> str:
    """What a release manager asks, in one sentence; "" without layouts.

    Slots that were judged with `reserve` and are nearly full are said to be. `said`: by how much it is
    over is told already.
    """
    tightest = worst(fits)
    if tightest is None:
        return ""
    slot = binding(tightest)
    what = f"the {SLOTS[slot.name]}"
    failed = sum(not fit.fits for fit in fits)
    if failed and said:
        return f"Does not fit {_which(fits)}."
    if failed:
        if slot.limit <= 0:
            return f"{tightest.name} takes no update at all: it has no slot for {what}."
        if slot.headroom >= 0:
            return f"{tightest.name} takes no update at all: it has no second slot."
        over = f"{_bytes(-slot.headroom)} over {tightest.name}"
        return f"Does not fit {_which(fits)}: {what} is {over} (limit {size_text(slot.limit)})."
    used = share_text(slot.size / slot.limit) if slot.limit > 0 else "all"
    left = f"{_bytes(slot.headroom)} left for {what} ({used} of {size_text(slot.limit)} used)"
    near = _near(fits, reserve)
    if len(fits) == 1:
        return f"Fits {tightest.name}{near}: {left}."
    every = "both" if len(fits) == 2 else f"all {len(fits)}"
    return f"Fits {every} layouts{near}; the tightest is {tightest.name}: {left}."


def nearly(fits: Sequence[Fit], reserve: int) -> Iterator[Diagnostic]:
    """A note for each slot that is nearly full, for formats that hold findings only."""
    for fit in fits:
        for slot in fit.slots:
            if slot.state == "near":
                least = (
                    f"the reserve is {size_text(reserve)}"
                    if reserve
                    else f"{NEAR:.0%} of the limit is little"
                )
                left = f"{_bytes(slot.headroom)} left of {size_text(slot.limit)}"
                text = f"{fit.name}: the slot for the {SLOTS[slot.name]} is nearly full: {left} ({least})"
                yield Diagnostic("slot-near", "note", text, subject=f"{fit.name} {slot.name}")


def headline(fits: Sequence[Fit]) -> str:
    """The same in a few words, layouts by name: "fits 2 of 4 layouts, not a and b"; "" without layouts."""
    missed = [fit.name for fit in fits if not fit.fits]
    near = [fit.name for fit in fits if any(slot.state == "near" for slot in fit.slots)]
    if not fits:
        return ""
    if not missed:
        every = fits[0].name if len(fits) == 1 else f"both {_listed([fit.name for fit in fits])}"
        said = f"fits {every if len(fits) < 3 else f'all {len(fits)} layouts'}"
        return f"{said}, nearly full" + (f" on {_listed(near)}" if len(fits) > 1 else "") if near else said
    if len(fits) == 1:
        return f"does not fit {missed[0]}"
    if len(missed) == len(fits):
        return f"does not fit {_listed(missed)}"
    return f"fits {len(fits) - len(missed)} of {len(fits)} layouts, not {_listed(missed)}"


def _listed(names: Sequence[str]) -> str:
    shown = [*names[:_NAMED], *([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _which(fits: Sequence[Fit]) -> str:
    failed = sum(not fit.fits for fit in fits)
    return "its one layout" if len(fits) == 1 else f"{failed} of {len(fits)} layouts"


def _near(fits: Sequence[Fit], reserve: int) -> str:
    """ ", but ..." where a slot is nearly full, with what that is measured by."""
    full = [fit.name for fit in fits if any(slot.state == "near" for slot in fit.slots)]
    if not full:
        return ""
    by = (
        f"less than the reserve of {size_text(reserve)} bytes"
        if reserve
        else f"less than {NEAR:.0%} of a limit"
    )
    where = "" if len(fits) == 1 else f" of {full[0]}" if len(full) == 1 else f" of {len(full)} of them"
    return f", but a slot{where} is nearly full ({by.replace('%', ' %')} left)"


def findings(diagnostics: Sequence[Diagnostic], passed: bool) -> str:
    """Why a gate fails, and how many findings count, in one sentence; `diagnostics` are ranked."""
    first = next((one for one in diagnostics if not one.waived and one.severity == "error"), None)
    first = first or next((one for one in diagnostics if not one.waived and one.severity == "warning"), None)
    counts = {"error": 0, "warning": 0, "waived": 0, "inherited": 0}
    for diagnostic in diagnostics:
        if diagnostic.severity != "note":
            excused = "inherited" if diagnostic.inherited else "waived"
            counts[excused if diagnostic.waived else diagnostic.severity] += 1
    said = [_count(counts[kind], kind) for kind in ("error", "warning") if counts[kind]]
    said += [f"{counts['waived']} waived"] if counts["waived"] else []
    counted = ", ".join(said) or "no findings"
    counted += f" but {counts['inherited']} that the base has as well" if counts["inherited"] else ""
    if passed or first is None:
        return f"{'Passed' if passed else 'Failed'}: {counted}."
    return f"Failed: {first.message.rstrip('.')} ({counted})."


def _bytes(number: int) -> str:
    return "1 byte" if number == 1 else f"{size_text(number)} bytes"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
