"""Predictions of the committed builds, made once in a test process for tests that are about something else.

Reading all objects and sources of a build, and packing it without each of its features, takes seconds, and
comes to the same each time: that it does is what tests/prediction and tests/test_permuted.py are for, which
remember nothing. Tests of words, formats, exit codes and paths ask for `remembered` (tests/conftest.py).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

import pytest
from studies import FIRMWARE

from imgcheck import beside
from imgcheck.api import page, savings
from imgcheck.builds import breakdown, components, load
from imgcheck.errors import FormatError
from imgcheck.history import trend
from imgcheck.model import Component, Facts, Free, Image, Item, Measure, Soc
from imgcheck.prediction import heldbytes, packer, strip
from imgcheck.prediction import study as studying
from imgcheck.prediction.effects import Build, Effect, rebuilt
from imgcheck.prediction.places import Places, header_of
from imgcheck.prediction.study import Progress, Study, Subject
from imgcheck.readers import xzdata
from imgcheck.readers.linkmap import LinkMap
from imgcheck.targets.bl602 import packing
from imgcheck.targets.bl602.packing import Chunk

Said = list[tuple[str, float]]

_known: dict[Hashable, tuple[Study, Said, Callable[[frozenset[str]], Effect]]] = {}
_images: dict[int, tuple[Build, Effect, bytes | None]] = {}  # by identity: both are held, so that it stays
_compress = cache(packing.compress)
_prices: dict[bytes, Sequence[float]] = {}
_prices_ = packing.prices
_begin_ = xzdata.begin
_unpacked = lru_cache(32)(xzdata.begin)


@contextmanager
def once() -> Iterator[None]:
    """While it lasts, what was found of a committed build is not worked out again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "study", _study)
        patch.setattr(savings, "study", _study)
        patch.setattr(packer, "rebuilt", _rebuilt)
        patch.setattr(packing, "compress", _compress)
        patch.setattr(packing, "prices", _priced)
        patch.setattr(xzdata, "begin", _begun)
        patch.setattr(strip, "free", _free)
        patch.setattr(page, "_held", _held)
        patch.setattr(load, "build", _loaded)
        patch.setattr(components, "names", _named)
        patch.setattr(breakdown, "measures", _measured)
        patch.setattr(trend, "outlook", _outlook)
        patch.setattr(beside, "_cores", lambda: 1)  # what a copy of the process learns is lost
        yield


def _study(made: Subject, places: Places, progress: Progress) -> Study:
    key = _key(made, places)
    if key is None:
        return studying.study(made, places, progress)
    if key not in _known:
        said: Said = []

        def noting(what: str, share: float) -> None:
            said.append((what, share))
            progress(what, share)

        found = studying.study(made, places, noting)
        if not _committed(made.firmware) or not _committed(found.root):
            return found
        _known[key] = found, said, cache(found.effect)
    else:
        for what, share in _known[key][1]:
            progress(what, share)
    found, _, effect = _known[key]
    mine = replace(found, subject=made, folder=Path.cwd().resolve())
    vars(mine)["effect"] = effect
    return mine


def _committed(path: Path) -> bool:
    return path.resolve().is_relative_to(FIRMWARE)


def _key(made: Subject, places: Places) -> Hashable:
    """All that a study asks of what it is given, as it says in its code; None without settings."""
    policy, image, ready = made.facts.policy, made.facts.image, made.facts.artefact
    if policy.features is None or made.map is None:
        return None
    header = header_of(policy, made.firmware, places.sources)
    origins = {name: place for name, place in policy.origins.items() if name.startswith("features.")}
    files = tuple((str(path), path.stat().st_mtime_ns) for path in (made.firmware, made.map))
    absolute = made.firmware.is_absolute() and made.map.is_absolute() and header.root.is_absolute()
    stand = "" if absolute else str(Path.cwd())
    settings = repr((policy.features, origins, places, header, image.producers))
    return files, settings, stand, image.binary, image.soc.name, ready.plain, ready.body


_images_: dict[Hashable, Image] = {}
_maps_: dict[Hashable, list[LinkMap]] = {}
_load_ = load.build


@cache
def _every() -> frozenset[bytes]:
    return frozenset(sha256(path.read_bytes()).digest() for path in FIRMWARE.glob("build/*/*.elf"))


def _loaded(
    elf: str | Path,
    map_path: str | Path | None,
    soc: Soc,
    kept: list[LinkMap] | None = None,
    known: Callable[[bytes], None] | None = None,
) -> Image:
    """By what is in the files: copies of a committed build are read alike."""
    digest = sha256(Path(elf).read_bytes()).digest()
    key = digest, map_path and Path(map_path).read_bytes(), soc
    if digest not in _every() or (key in _images_ and _speaks_of_paths(_images_[key])):
        return _load_(elf, map_path, soc, kept, known)
    if key not in _images_:
        _images_[key] = _load_(elf, map_path, soc, _maps_.setdefault(key, []))
    if known is not None:
        known(_images_[key].binary)
    if kept is not None:
        kept += _maps_[key]
    return replace(_images_[key], name=Path(elf).stem, path=str(elf))


def _speaks_of_paths(image: Image) -> bool:
    return any(one.location or image.path in one.message + one.help for one in image.diagnostics)


_names: dict[Hashable, list[str]] = {}
_names_ = components.names
_items: dict[int, tuple[Item, ...]] = {}  # by identity: held, so that it stays


def _named(items: tuple[Item, ...], divided: tuple[Component, ...]) -> list[str]:
    if not any(one.items is items for one in _images_.values()):
        return _names_(items, divided)
    _items[id(items)] = items
    if (id(items), divided) not in _names:
        _names[id(items), divided] = _names_(items, divided)
    return list(_names[id(items), divided])


_sizes: dict[Hashable, tuple[Measure, ...]] = {}
_measures_ = breakdown.measures


def _measured(
    image: Image, owners: Sequence[str], prices: Sequence[float] | None = None
) -> tuple[Measure, ...]:
    if not any(one.items is image.items for one in _images_.values()):
        return _measures_(image, owners, prices)
    _items[id(image.items)] = image.items
    key = id(image.items), image.binary, image.regions, tuple(owners), prices and tuple(prices)
    if key not in _sizes:
        _sizes[key] = _measures_(image, owners, prices)
    return _sizes[key]


def _rebuilt(base: Build, effect: Effect) -> bytes | None:
    if id(effect) not in _images:
        _images[id(effect)] = base, effect, rebuilt(base, effect)
    before, same, image = _images[id(effect)]
    assert same is effect
    return image if before is base else rebuilt(base, effect)


_tuned: dict[Hashable, tuple[Free, ...]] = {}
_free_ = strip.free


def _free(facts: Facts) -> tuple[Free, ...]:
    key = facts.artefact.plain, facts.artefact.body, facts.image.soc.name
    if key not in _tuned:
        _tuned[key] = _free_(facts)
    return _tuned[key]


_Runs = tuple[tuple[str, ...], list[heldbytes.Run]]
_sets: dict[int, tuple[Study, _Runs]] = {}
_held_ = page._held


def _held(known: Study) -> _Runs:
    if id(known.base) not in _sets:
        _sets[id(known.base)] = known, _held_(known)
    return _sets[id(known.base)][1]


def _priced(stream: bytes, chunks: Iterable[Chunk]) -> Sequence[float]:
    if stream not in _prices:
        _prices[stream] = _prices_(stream, chunks)
    return _prices[stream]


def _begun(data: bytes, limit: int) -> tuple[bytes, FormatError | None]:
    plain, fault = _unpacked(data, limit)
    return plain, fault and _begin_(data, limit)[1]  # whoever is told of it says where it is


_outlooks: dict[Hashable, trend.Outlook | None] = {}
_outlook_ = trend.outlook


def _outlook(sizes: Sequence[int], limit: int, paths: int = trend.PATHS) -> trend.Outlook | None:
    """The same for the same sizes, as it says: its futures have a fixed seed."""
    key = tuple(sizes), limit, paths
    if key not in _outlooks:
        _outlooks[key] = _outlook_(sizes, limit, paths)
    return _outlooks[key]
