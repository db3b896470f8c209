"""Who takes the bytes, divided as somebody asks: by component, object, symbol, source, region and others.

Strings are kept apart from code and data, so that a symbol's size is the one that nm prints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from imgcheck.builds import components as parts
from imgcheck.builds.breakdown import pooled
from imgcheck.model import Image, Item

NOWHERE = "[flash]"  # the region of what takes no RAM


class Group(NamedTuple):
    """The bytes of everything with these names, and where the first of them lies."""

    names: tuple[str, ...]
    code: int  # of the image; all that is no string pool
    strings: int
    ram: int
    ota: float
    first: Item

    @property
    def flash(self) -> int:
        """Bytes of the image."""
        return self.code + self.strings


def kinds() -> tuple[str, ...]:
    """What bytes can be divided by."""
    return tuple(_NAMES)


def group(
    image: Image, owners: Sequence[str], asked: Sequence[str], prices: Sequence[float] | None = None
) -> tuple[Group, ...]:
    """The image divided by the `asked` kinds at once; sums of all groups are those of the image.

    `owners` is the component of each item, `prices[i]` what the first i bytes of the image cost in the
    OTA file.
    """
    origin = image.soc.image_origin
    found: dict[tuple[str, ...], Group] = {}
    for item, owner in zip(image.items, owners, strict=True):
        names = tuple(owner if kind == "component" else _NAMES[kind](image, item) for kind in asked)
        # Several objects have a symbol of one name, and each is a thing of its own.
        key = (*names, item.archive, item.object or item.source) if "symbol" in asked else names
        before = found.get(key)
        ota = 0.0
        if prices is not None and item.flash:
            ota = prices[item.load - origin + item.flash] - prices[item.load - origin]
        code, strings = (0, item.flash) if pooled(item) else (item.flash, 0)
        if before is None:
            found[key] = Group(names, code, strings, item.ram, ota, item)
        else:
            found[key] = Group(
                names,
                before.code + code,
                before.strings + strings,
                before.ram + item.ram,
                before.ota + ota,
                item if pooled(before.first) and not strings else before.first,
            )
    return tuple(found.values())


def _object(_image: Image, item: Item) -> str:
    name = item.object or item.source.rsplit("/", 1)[-1] or parts.nobody(item)
    return f"{item.archive}({name})" if item.archive else name


def _region(image: Image, item: Item) -> str:
    if not item.ram:
        return NOWHERE
    return next((one.name for one in image.soc.regions if one.holds(item.address)), NOWHERE)


_Name = Callable[[Image, Item], str]
_NAMES: Mapping[str, _Name] = MappingProxyType(
    {
        "component": lambda _image, _item: "",  # the policy says it
        "archive": lambda _image, item: parts.archive_of(item),
        "object": _object,
        "symbol": lambda _image, item: item.name,  # of one object: see group
        "section": lambda _image, item: item.section or parts.nobody(item),
        "source": lambda _image, item: item.source or parts.nobody(item),
        "region": _region,
    }
)
