"""What predicted images are in the OTA file: packed for real where that pays, priced elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from statistics import median
from typing import NamedTuple

from imgcheck import targets
from imgcheck.model import Artefact, Soc
from imgcheck.prediction.effects import Build, Effect, packed, rebuilt

# Bytes of images that are packed for real: 80 ms for each 400 KB. Of a large build these are the largest
# savings, which plans are made of, and some of the others; the rest is priced, corrected by what those show
# that moving an image does to its packed size.
PACKED_BYTES = 12_000_000


class Packed(NamedTuple):
    """Bytes saved of the packed body; `real` when the image was packed to know, not priced."""

    ota: int
    real: bool


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
        self._most = max(PACKED_BYTES // max(len(base.binary), 1), 4)

    def __enter__(self) -> Packer:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def savings(self, effects: Mapping[str, Effect]) -> dict[str, Packed]:
        """What each effect saves of the packed body, by name."""
        priced = {name: self.price(effect) for name, effect in effects.items()}
        ranked = sorted(priced, key=lambda name: (-priced[name], name))
        chosen = _spread([name for name in ranked if effects[name].spans], self._most)
        known = self.packed({name: effects[name] for name in chosen})
        if known:
            self._bias = median(known[name] - priced[name] for name in known)
        return {
            name: Packed(known[name], True) if name in known else self.estimate(effect)
            for name, effect in effects.items()
        }

    def price(self, effect: Effect) -> float:
        """The price of the bytes that go: right on average, were it not for what moves with them."""
        return packed(self._prices, effect.spans)

    def estimate(self, effect: Effect) -> Packed:
        """The price, corrected by what packing showed of the largest savings."""
        return Packed(round(self.price(effect) + (self._bias if effect.spans else 0)), not effect.spans)

    def packed(self, effects: Mapping[str, Effect]) -> dict[str, int]:
        """What is saved when the image is laid out without what goes and packed again; on all cores.

        Empty when addresses in the image cannot be corrected because objects are missing.
        """
        jobs: dict[str, Future[int]] = {}
        for name, effect in effects.items():
            image = rebuilt(self._base, effect)
            if image is not None:
                jobs[name] = self._submit(image)
        return {name: self._before.result() - job.result() for name, job in jobs.items()}

    def _submit(self, image: bytes) -> Future[int]:
        plain = self._header + image + bytes(-len(image) % self._unit)
        return self._pool.submit(lambda: self._size(plain))


def _spread(ranked: Sequence[str], most: int) -> list[str]:
    """The first half of `most` names, and as many spread over the others."""
    if len(ranked) <= most:
        return list(ranked)
    first = most // 2
    rest = ranked[first:]
    return [*ranked[:first], *(rest[i * len(rest) // (most - first)] for i in range(most - first))]
