"""What was a build made for, of and by: what must be the same before two builds can be compared by size?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from imgcheck.model import Component, Facts, Provenance

_ASSEMBLERS = ("GNU AS",)
_DIGITS = 12  # of a digest that only has to tell a handful of policies apart


def of(facts: Facts) -> Provenance:
    """The provenance of a build that was read and judged."""
    image = facts.image
    compilers, flags = compiled_by(image.producers)
    return Provenance(
        target=image.soc.name,
        compilers=compilers,
        flags=flags,
        policy=facts.policy.name,
        components=digest(facts.policy.components),
        revision=facts.revision,
        lto=any(flag.startswith("-flto") for flag in flags)
        or any(item.object.endswith(".ltrans.o") for item in image.items),
        detail=image.detail,
    )


def compiled_by(producers: Sequence[tuple[str, int]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The compilers of DW_AT_producer texts with their counts, most used first, and what they were told.

        GNU C11 12.2.0 -mabi=ilp32f -march=rv32imafc_zicsr -gdwarf-4 -Os -std=gnu11

    Only flags that half of the compiled units have: libraries bring units with flags of their own.
    Assemblers come last and have none.
    """
    names: dict[str, int] = {}
    flags: dict[str, int] = {}
    compiled = 0
    for text, count in producers:
        name, *rest = text.split(" -")
        assembler = name.startswith(_ASSEMBLERS)
        names[name] = names.get(name, 0) + (0 if assembler else count)
        if not assembler:
            compiled += count
            for flag in dict.fromkeys(f"-{one.strip()}" for one in rest):
                flags[flag] = flags.get(flag, 0) + count
    common = sorted(flag for flag, count in flags.items() if 2 * count >= compiled)
    return tuple(sorted(names, key=lambda name: (-names[name], name))), tuple(common)


def digest(components: Iterable[Component]) -> str:
    """A word that two policies share when they divide a firmware into the same components."""
    text = "\n".join(f"{one.name}\0{[tuple(pattern) for pattern in one.patterns]}" for one in components)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
