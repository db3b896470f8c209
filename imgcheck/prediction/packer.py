"""What predicted images are in the OTA file: packed for real, each of them, on all cores."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from statistics import median
from typing import NamedTuple

from imgcheck import targets
from imgcheck.model import Artefact, Soc
from imgcheck.prediction.effects import Build, Effect, packed, rebuilt

_WAITING = 4  # images that wait for a core: each takes as much memory as the build's own


class Packed(NamedTuple):
    """Bytes saved of the packed body; `real` when the image was packed to know, not priced."""

    ota: int
    real: bool
    doubt: int = 0  # what places in the image that are not understood could be worth


class Packer:
    """Packed savings of one build's predictions; whoever makes one closes it."""

    def __init__(self, base: Build, prices: Sequence[float], artefact: Artefact, soc: Soc) -> None:
        self._base = base
        self._prices = prices
        self._header = artefact.plain[: soc.header_bytes]
        self._unit = soc.image_alignment
        self._size = targets.find(soc.name).packed_size
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._before = self._submit(base.binary)
        self._bias = 0.0

    def __enter__(self) -> Packer:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def savings(self, effects: Mapping[str, Effect]) -> dict[str, Packed]:
        """What each effect saves of the packed body, by name."""
        known = self.packed(effects)
        changes = [size - self.price(effects[name]) for name, size in known.items() if effects[name].spans]
        self._bias = median(changes) if changes else 0.0
        return {
            name: self.sized(known[name]) if name in known else self.estimate(effect)
            for name, effect in effects.items()
        }

    def sized(self, ota: int) -> Packed:
        """A saving that was packed for real."""
        return Packed(ota, True, self._base.sites.check.doubt if self._base.sites else 0)

    def price(self, effect: Effect) -> float:
        """The price of the bytes that go: right on average, were it not for what moves with them."""
        return packed(self._prices, effect.spans)

    def estimate(self, effect: Effect) -> Packed:
        """The price, corrected by what packing showed that moving an image does."""
        return Packed(round(self.price(effect) + (self._bias if effect.spans else 0)), not effect.spans)

    def packed(self, effects: Mapping[str, Effect]) -> dict[str, int]:
        """What is saved when the image is laid out without what goes and packed again; on all cores.

        Empty when addresses in the image cannot be corrected because objects are missing.
        """
        jobs: dict[str, Future[int]] = {}
        waiting: list[Future[int]] = []
        for name, effect in effects.items():
            if effect.layout is None:
                jobs[name] = self._before
                continue
            image = rebuilt(self._base, effect)
            if image is not None:
                jobs[name] = self._submit(image)
                waiting.append(jobs[name])
                if len(waiting) > _WAITING:
                    waiting.pop(0).result()
        return {name: self._before.result() - job.result() for name, job in jobs.items()}

    def _submit(self, image: bytes) -> Future[int]:
        plain = self._header + image + bytes(-len(image) % self._unit)
        return self._pool.submit(lambda: self._size(plain))
