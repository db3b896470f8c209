"""Why does nothing that may go suffice, and by how much does it miss?"""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.errors import UndecidedError
from imgcheck.model import Diagnostic, Feature
from imgcheck.prediction import concerns
from imgcheck.prediction.plan import Need, Saving
from imgcheck.prediction.study import Study
from imgcheck.wording import commas

NOTHING = "plan-nothing-suffices"


def refuse(known: Study, features_left: Sequence[Feature]) -> None:
    """Nothing can be said to suffice or not while a feature's saving is not known."""
    places = concerns.reads(known, frozenset(one.name for one in features_left))
    if places:
        path, line, macro = places[0]
        raise UndecidedError(
            f"what to strip cannot be decided: {known.shown(path)}:{line} reads {macro} as a value, and what "
            "that saves is not followed"
        )


def nothing(
    features_left: Sequence[Feature], need: Need, saving: Saving, fitting: Sequence[str] = ()
) -> Diagnostic:
    """What is still too much with all off that may go; `saving` is theirs, `fitting` layouts that it fits."""
    short_flash = max(need.flash - (saving.flash - saving.flash_error), 0) if need.flash > 0 else 0
    short_ota = max(need.ota - (saving.ota - saving.ota_error), 0) if need.ota > 0 else 0
    parts = [f"{commas(short_flash)} bytes of the image"] if short_flash else []
    parts += [f"{commas(short_ota)} bytes of the OTA body"] if short_ota else []
    less = f"; {' and '.join(fitting)} could be fitted" if fitting else ""
    return Diagnostic(
        NOTHING,
        "error",
        f"nothing suffices; with all {len(features_left)} features off that may go, "
        f"{' and '.join(parts)} are still too many{less}",
        help="Name the layouts that can be fitted with --layout." if fitting else "",
        subject="plan",
    )
