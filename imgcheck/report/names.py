"""What is a measured thing called where others are listed beside it?"""

from __future__ import annotations

from collections.abc import Iterable

from imgcheck.model import Key, Measure


def shown(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """The measures by names that are unique within their kind.

    "buffer" stays "buffer" while one object has a thing of that name; of several each says whose it is:
    "buffer (libshared.a(drv_ssdp.o))". The keys stay as they are.
    """
    every = tuple(measures)
    first: dict[tuple[str, str], Key] = {}
    several: set[tuple[str, str]] = set()
    for one in every:
        known = first.setdefault((one.kind, one.name), one.key)
        if known is not one.key and known != one.key:
            several.add((one.kind, one.name))
    return tuple(
        one._replace(name=called(one.key)) if (one.kind, one.name) in several else one for one in every
    )


def called(key: Key) -> str:
    """A name that says whose it is."""
    if not key.object:
        return key.name
    return f"{key.name} ({key.archive}({key.object}))" if key.archive else f"{key.name} ({key.object})"
