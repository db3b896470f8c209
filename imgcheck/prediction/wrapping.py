"""Which references did ld turn to others, by --wrap or by assignments?  Objects show the one, maps the other.

`--wrap=malloc`: an undefined `malloc` is `__wrap_malloc`, and an undefined `__real_malloc` is `malloc` (ld's
manual). SDKs wrap their allocators so, and without it the whole heap is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from imgcheck.readers.objects import Symbols

_UNDEF = 0
_DEEPEST = 4  # assignments of what was assigned
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


def aliased(aliases: Sequence[tuple[str, str]], defined: Collection[str]) -> dict[str, str]:
    """What the linker script or --defsym assigned nothing but another symbol, and the definition behind it.

    `--defsym=vfprintf=__f_vfprintf`: who calls the one has the section of the other (libcs offer their
    printf of several sizes so), also where an object defines it: the script's word goes before.
    """
    stands = dict(aliases)
    found = {}
    for name in stands:
        other = name
        for _ in range(_DEEPEST):
            other = stands.get(other, other)
        if other in defined and other != name:
            found[name] = other
    return found
