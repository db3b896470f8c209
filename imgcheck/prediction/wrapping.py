"""Which references did --wrap of ld turn to others?  A map does not print it; objects show it.

`--wrap=malloc`: an undefined `malloc` is `__wrap_malloc`, and an undefined `__real_malloc` is `malloc` (ld's
manual). SDKs wrap their allocators so, and without it the whole heap is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from imgcheck.readers.objects import Symbols

_UNDEF = 0
_WRAP, _REAL = "__wrap_", "__real_"


def meanings(objects: Iterable[Symbols], defined: Collection[str]) -> dict[str, str]:
    """What undefined names stand for that --wrap turned, by those names; `defined` are all definitions.

    A wrapper is one if nobody calls it by its own name, or somebody by that of the real one.
    """
    wrappers = {name.removeprefix(_WRAP) for name in defined if name.startswith(_WRAP)} - {""}
    if not wrappers:
        return {}
    asked = {
        name
        for symbols in objects
        for index, name in symbols.names.items()
        if symbols.sections[index] == _UNDEF
    }
    found: dict[str, str] = {}
    for name in wrappers:
        real = _REAL + name
        if (real in asked and real not in defined) or _WRAP + name not in asked:
            found[name] = _WRAP + name
            if real not in defined:
                found[real] = name
    return found
