"""What would sets of features save as a whole?  Each is laid out and packed once, beside whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import replace

from imgcheck.model import Feature
from imgcheck.prediction import concerns, proofs
from imgcheck.prediction import effects as savings
from imgcheck.prediction.packer import Packed, Packer
from imgcheck.prediction.plan import Saving
from imgcheck.prediction.proofs import Learnt
from imgcheck.prediction.study import Study

_READ_ERROR = 64  # bytes for each place that reads a feature as a value and is not followed


class Outlook:
    """What sets of features save; each set is laid out and packed once."""

    def __init__(
        self,
        known: Study,
        packer: Packer,
        found: Iterable[Feature],
        packed: bool,
        learnt: Learnt | None = None,
    ) -> None:
        self._learnt = learnt  # `found` have their bars by it already
        self._known = known
        self._packer = packer
        self._packed = packed  # whether the packed size decides
        self._effects: dict[frozenset[str], savings.Effect] = {}
        self._begun: dict[frozenset[str], Future[int] | None] = {}  # what is packed beside whoever asks
        self._real: dict[frozenset[str], Saving] = {}
        self._unhindered: dict[frozenset[str], Saving] = {}
        self.alone(found)

    def alone(self, found: Iterable[Feature]) -> None:
        """Takes what features save alone from their table."""
        for one in found:
            saving = Saving(one.flash, one.ram, one.ota, one.flash_error, one.ota_error)
            self._real[frozenset((one.name,))] = saving

    def predicted(self, names: frozenset[str]) -> Saving:
        """What a set saves; its packed size is not found out where that does not decide."""
        if names in self._real or self._packed:
            return self.real(names)
        return self.bound(names)

    def begin(self, sets: Iterable[frozenset[str]]) -> None:
        """Begins to pack what will be asked for, on all cores."""
        for names in sets:
            if names not in self._real and not concerns.impossible(self._known, names):
                self._begin(names)

    def ahead(self, sets: Iterable[frozenset[str]]) -> None:
        """As `begin`, of what may be asked for: where the packed size decides, and whatever compiles."""
        for names in sets if self._packed else ():
            if names not in self._real and names not in self._unhindered:
                self._begin(names)

    def _begin(self, names: frozenset[str]) -> None:
        if names not in self._begun:
            self._begun[names] = self._packer.begin(self.effect(names))

    def real(self, names: frozenset[str]) -> Saving:
        """What a set saves, packed for real; nothing where the build does not compile without it."""
        if names not in self._real and concerns.impossible(self._known, names):
            self._real[names] = Saving(0, 0, 0, 0, 0)
        if names not in self._real:
            self._real[names] = self.unhindered(names)
        return self._real[names]

    def deciding(self, names: frozenset[str]) -> Saving:
        """As `real`; where the packed size does not decide, no image is packed, and it may be 0."""
        if self._packed or names in self._real:
            return self.real(names)
        return Saving(0, 0, 0, 0, 0) if concerns.impossible(self._known, names) else self.bound(names)

    def unhindered(self, names: frozenset[str]) -> Saving:
        """What a set would save, packed for real, even where the build does not compile without it."""
        if names not in self._unhindered:
            effect = self.effect(names)
            job = self._begun.pop(names) if names in self._begun else self._packer.begin(effect)
            self._unhindered[names] = self._saving(names, self._packer.saving(effect, job))
        return self._unhindered[names]

    def bound(self, names: frozenset[str]) -> Saving:
        """As `unhindered`; where the packed size does not decide, no image is packed, and it is 0."""
        return self.unhindered(names) if self._packed else self._saving(names, Packed(0, False))

    def effect(self, names: frozenset[str]) -> savings.Effect:
        """What goes with a set."""
        if names not in self._effects:
            self._effects[names] = self._known.effect(names)
        return self._effects[names]

    def _saving(self, names: frozenset[str], packed: Packed) -> Saving:
        unsure = len(concerns.reads(self._known, names))
        saving = expected(self.effect(names), packed, unsure, len(self._known.base.binary))
        if self._learnt is None:
            return saving
        flash, ota = proofs.bars(saving.flash_error, saving.ota_error, self._learnt)
        return saving._replace(flash_error=flash, ota_error=ota)


def expected(effect: savings.Effect, packed: Packed, unsure: int, image: int) -> Saving:
    """A saving with its error bars; `unsure` places read a feature and are not followed.

    `image` is the size of the image that it is packed in, in bytes.
    """
    error = effect.error + unsure * _READ_ERROR
    # What reads a feature and is not followed may compile anything otherwise.
    judged = replace(effect, reworked=effect.reworked + unsure)
    noise = packed.noise if effect.reworked else None
    ota_error = savings.ota_error(packed.ota, error, judged, not packed.real, image, noise)
    return Saving(effect.flash, effect.ram, packed.ota, error, ota_error + packed.doubt)
