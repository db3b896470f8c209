"""What predicted images are in the OTA file: packed for real, each of them, on all cores."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from hashlib import sha256
from typing import NamedTuple

from imgcheck import targets
from imgcheck.beside import threads
from imgcheck.model import Artefact, Soc
from imgcheck.model import Packed as Ours
from imgcheck.prediction import packnoise
from imgcheck.prediction.effects import Build, Effect, is_noisy, packed, rebuilt

# What code takes in the OTA file: two OpenBeken builds pack to 0.52 of their size, 13,504 bytes that came
# into one of them to 0.61.
_COMING = 0.6
_SMALL = 6_000  # bytes of the image: what a larger feature shares with others counts in its price


class Packed(NamedTuple):
    """Bytes saved of the packed body; `real` when the image was packed to know, not priced."""

    ota: int
    real: bool
    doubt: int = 0  # what places in the image that are not understood could be worth
    noise: int | None = None  # what moving such an image was seen to do, None where that says nothing


def coming(effect: Effect) -> int:
    """Bytes of the OTA file that what comes in takes."""
    return round(effect.grown * _COMING)


def own_size(image: bytes, artefact: Artefact, soc: Soc) -> int:
    """What the build's own image comes to, packed as predicted ones are: a file may be another packer's."""
    plain = packed_of(image, artefact, soc)
    if artefact.stream and artefact.plain == plain and isinstance(artefact.source, Ours):
        return artefact.body  # packed when the build was read
    return targets.find(soc.name).packed_size(plain)


def packed_of(image: bytes, artefact: Artefact, soc: Soc) -> bytes:
    """What is packed of an image: the build's header page in front of it."""
    padded = image + bytes(-len(image) % soc.image_alignment)
    # The length in it is four bytes that can move the packer's choices by hundreds.
    return targets.find(soc.name).page(artefact.plain[: soc.header_bytes], padded) + padded


class Packer:
    """Packed savings of one build's predictions; whoever makes one closes it.

    `prices` is only called where something has to be priced; `own` is what `own_size` says, where that was
    asked already. One that is `behind` leaves the cores to who asks the sources for more.
    """

    def __init__(
        self,
        base: Build,
        prices: Callable[[], Sequence[float]],
        artefact: Artefact,
        soc: Soc,
        own: int | None = None,
        behind: bool = False,
    ) -> None:
        self._base = base
        self._prices = prices
        self._artefact = artefact
        self._soc = soc
        self._target = targets.find(soc.name)
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, initializer=_step_back if behind else None)
        self._sizes: dict[bytes, Future[int]] = {}  # by the SHA-256 of what is packed: once is enough
        if own is None and isinstance(artefact.source, Ours):
            own = own_size(base.binary, artefact, soc)
        if own is not None:
            known: Future[int] = Future()
            known.set_result(own)
            self._sizes[sha256(packed_of(base.binary, artefact, soc)).digest()] = known
        self._known = threading.Lock()  # of `_sizes`
        self._before = self._submit(lambda: base.binary)
        self._changes: list[tuple[int, Effect]] = []  # savings that were packed, and of what

    def __enter__(self) -> Packer:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def begin(self, effect: Effect) -> Future[int] | None:
        """Begins to pack the image without what goes, beside whoever goes on.

        None when addresses in the image cannot be corrected because objects are missing.
        """
        if effect.layout is None:
            return self._before
        if self._base.relinker is None:
            return None
        return self._submit(partial(_without, self._base, effect))

    def savings(
        self, effects: Mapping[str, Effect], jobs: Mapping[str, Future[int] | None]
    ) -> dict[str, Packed]:
        """What each effect saves of the packed body, by name; `jobs` are begun already."""
        known = {name: self._before.result() - job.result() for name, job in jobs.items() if job}
        self._changes = [(size, effects[name]) for name, size in known.items() if effects[name].spans]
        return {
            name: self.sized(known[name], effect) if name in known else self.estimate(effect)
            for name, effect in effects.items()
        }

    def saving(self, effect: Effect, job: Future[int] | None) -> Packed:
        """What an effect saves of the packed body; its `job` was begun already."""
        return self.sized(self._before.result() - job.result(), effect) if job else self.estimate(effect)

    def sized(self, ota: int, effect: Effect) -> Packed:
        """A saving that was packed for real, less what comes in."""
        doubt = self._base.sites.check.doubt if self._base.sites else 0
        noise = self.noise if effect.reworked else None
        return Packed(self._steadied(ota, effect) - coming(effect), True, doubt, noise)

    @cached_property
    def noise(self) -> int | None:
        """How far off nine of ten packed sizes of this build are; None where that does not show.

        Asked after `savings`, which it is told from.
        """
        small = [change for change, effect in self._beyond if 0 < effect.flash < _SMALL]
        return packnoise.noise(small) if is_noisy(len(self._base.binary)) else None

    def _steadied(self, ota: int, effect: Effect) -> int:
        """A saving, made steadier by its price where the image that was packed is not quite the one to be."""
        if not effect.reworked or not self._changes or not is_noisy(len(self._base.binary)):
            return ota
        return round(packnoise.steadied(ota, self.price(effect) + self._bias, effect.error))

    def price(self, effect: Effect) -> float:
        """The price of the bytes that go: right on average, were it not for what moves with them."""
        return packed(self._prices(), effect.spans)

    def estimate(self, effect: Effect) -> Packed:
        """The price, corrected by what packing showed that moving an image does."""
        price = self.price(effect) + (self._bias if effect.spans else 0)
        return Packed(round(price) - coming(effect), not effect.spans)

    @cached_property
    def _beyond(self) -> list[tuple[float, Effect]]:
        """What packing saved beyond the price of each effect."""
        return [(size - self.price(effect), effect) for size, effect in self._changes]

    @cached_property
    def _bias(self) -> float:
        return packnoise.shift([change for change, _ in self._beyond])

    def _submit(self, image: Callable[[], bytes]) -> Future[int]:
        with threads():
            return self._pool.submit(self._size, image)

    def _size(self, image: Callable[[], bytes]) -> int:
        """What an image packs to. It is made here: those that wait for a core take no memory."""
        plain = packed_of(image(), self._artefact, self._soc)
        mine: Future[int] = Future()
        with self._known:
            found = self._sizes.setdefault(sha256(plain).digest(), mine)
        if found is mine:
            try:
                mine.set_result(self._target.packed_size(plain))
            except BaseException as error:
                mine.set_exception(error)
        return found.result()


def _step_back() -> None:
    """This thread takes a third of the share of others; nothing where that would be the whole process."""
    if sys.platform == "linux":
        os.nice(5)


def _without(base: Build, effect: Effect) -> bytes:
    image = rebuilt(base, effect)
    assert image is not None  # there is a relinker
    return image
