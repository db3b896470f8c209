"""More may come in than the chip has room for: no linker makes such an image, whose size says nothing.

`.space 3000000000` and `char buffer[1 << 30]` are read as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from imgcheck.model import Diagnostic, Location, Soc
from imgcheck.prediction.effects import Effect
from imgcheck.wording import commas

if TYPE_CHECKING:
    from imgcheck.prediction.study import Study


def bounded(soc: Soc, effect: Effect) -> Effect:
    """The same effect, with no more coming in than the largest region of its kind has bytes."""
    flash, ram = _most(soc, "flash"), _most(soc, "ram")
    if effect.flash >= -flash and effect.ram >= -ram:
        return effect
    return replace(
        effect,
        flash=max(effect.flash, -flash),
        ram=max(effect.ram, -ram),
        grown=min(effect.grown, flash),
        error=min(effect.error, flash),
    )


def said(known: Study, name: str) -> Iterator[Diagnostic]:
    """That a build does not link without a feature, as more comes in than there is room for."""
    removal, soc = known.removal(frozenset((name,))), known.subject.facts.image.soc
    coming = removal.ram + sum(loss.added for loss in removal.losses.values())
    if coming < min(_most(soc, "flash"), _most(soc, "ram")):  # laying the image out again takes its time
        return
    effect, define = known.effect(frozenset((name,))), known.configuration.features[name]
    for what, size in (("flash", effect.flash), ("ram", effect.ram)):
        most = _most(soc, what)
        if size == -most:
            yield Diagnostic(
                "feature-needed",
                "warning",
                f"the build does not link without {name}: more comes in than the {commas(most)} bytes of "
                f"{what if what == 'flash' else 'RAM'} that {soc.name} has",
                Location(known.shown(define.path), define.line),
                help="No plan takes it.",
                subject=name,
            )
            return


def _most(soc: Soc, kind: str) -> int:
    return max((one.length for one in soc.regions if one.kind == kind), default=1 << 32)
