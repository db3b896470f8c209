"""What does every byte of a build cost in the OTA file, and what is measured by it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from imgcheck import targets
from imgcheck.beside import Beside
from imgcheck.builds import artefact, breakdown
from imgcheck.model import PACKAGING, Artefact, Image, Measure

if TYPE_CHECKING:
    from imgcheck.api.build import Built

_Prices = tuple[Sequence[float], tuple[Measure, ...]]


class Priced:
    """One build, which is priced beside whoever asks for it later; whoever makes one closes it.

    Where it need not be `measured` anew by its prices its measures stay as they are. Prices that are needed
    `late` leave the cores to others.
    """

    def __init__(self, made: Built, wanted: bool, measured: bool = True, late: bool = False) -> None:
        self._made = made
        self._beside: Beside[_Prices] | None = None
        if wanted:
            self._beside = Beside(lambda: _prices(made, measured), late)

    def __enter__(self) -> Priced:
        return self

    def __exit__(self, *of_error: object) -> None:
        if self._beside is not None:
            self._beside.__exit__(*of_error)

    @property
    def plain(self) -> Built:
        """The build, as far as it is there already."""
        return self._made

    def built(self) -> Built:
        """The build with its prices, where those were wanted; raises FormatError where there are none."""
        if self._beside is not None:
            self._made = _with(self._made, *self._beside.result())
            self._beside = None
        return self._made


def _prices(made: Built, measured: bool) -> _Prices:
    image, ready = made.facts.image, made.facts.artefact
    prices = artefact.image_prices(image, ready, targets.find(image.soc.name))
    return prices, measures(image, made.owners, prices, ready) if measured else made.facts.measures


def _with(made: Built, prices: Sequence[float], measured: tuple[Measure, ...]) -> Built:
    return made._replace(prices=prices, facts=replace(made.facts, measures=measured))


def measures(
    image: Image, owners: Sequence[str], prices: Sequence[float] | None, ready: Artefact
) -> tuple[Measure, ...]:
    """What is measured of a build, in the OTA file too where bytes have a price."""
    found = breakdown.measures(image, owners, prices)
    return found + (_packaging(found, ready.file) if prices else ())


def _packaging(measures: Sequence[Measure], file: int) -> tuple[Measure, ...]:
    """What of the OTA file belongs to no byte of the image: headers and container, once in each breakdown."""
    paid: dict[str, int] = {}
    for measure in measures:
        if measure.resource == "ota" and measure.kind != "pool":  # pools are no breakdown of the whole
            paid[measure.kind] = paid.get(measure.kind, 0) + measure.size
    return tuple(Measure(kind, PACKAGING, "ota", file - size) for kind, size in paid.items())
