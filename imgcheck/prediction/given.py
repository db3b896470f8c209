"""What was the build given on its command lines: -D, and -O?

Which macros: its own word, where it left one, goes before the policy's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from imgcheck.model import Diagnostic, Policy, Soc
from imgcheck.readers import commandline, elf, macros

SECTIONS = (".debug_macro", ".debug_str", ".GCC.command.line")  # of an ELF, that say it
_MOST_NAMED = 5
_LEVEL = re.compile(r" -O(\w*)")


def macros_of(linked: elf.Elf, producers: Sequence[tuple[str, int]] = ()) -> dict[str, str]:
    """What all units of a build agree on.

    From where it was compiled with -g3, else from command lines that were recorded; {} without both.
    `producers` are the texts of DW_AT_producer.
    """
    macro, strings, lines = _sections(linked)
    if macro:
        return macros.command_line(macro, strings)
    return commandline.macros([*(text for text, _ in producers), *commandline.strings(lines)])


def abi(soc: Soc) -> dict[str, str]:
    """What a compiler for a chip predefines of the sizes of types, in bytes."""
    return {macros.LONG_DOUBLE: str(soc.long_double)}


def recorded(linked: elf.Elf, names: Collection[str]) -> dict[str, frozenset[str]]:
    """What the units of a build defined these macros as, wherever they did; {} without -g3."""
    macro, strings, _ = _sections(linked)
    return macros.recorded(macro, strings, names) if macro else {}


def for_speed(producer: str) -> bool:
    """Whether a unit was compiled with an -O that is not for size, as far as its DW_AT_producer says."""
    levels = _LEVEL.findall(producer)
    return bool(levels) and levels[-1] not in ("s", "z")


def _sections(linked: elf.Elf) -> tuple[bytes, bytes, bytes]:
    found = {section.name: section for section in linked.sections}
    macro, strings, lines = (
        bytes(linked.contents(found[name])) if name in found else b"" for name in SECTIONS
    )
    return macro, strings, lines


def _shipped(policy: Policy, macro: str) -> bool:
    place = policy.origins.get(f"features.defines.{macro}")
    return bool(place and place.shipped)


def defines(
    built: Mapping[str, str], wished: Mapping[str, str], policy: Policy
) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    """What counts as given with -D, and a finding where the policy's word (`wished`) is not the build's.

    `built` is what the build recorded, see `macros_of`.
    """
    # What ships with imgcheck is a guess for builds that recorded nothing, and nobody's word.
    own = [name for name in wished if not _shipped(policy, name)]
    other = {name: built[name] for name in own if name in built and wished[name] != built[name]}
    if not other:
        return {**wished, **built}, ()
    names = list(other)
    shown = ", ".join(f"{name}={other[name]}, not {wished[name]}" for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    places = [policy.origins.get(f"features.defines.{name}") for name in names]
    place = next(filter(None, [*places, policy.origins.get("features.defines")]), None)
    found = Diagnostic(
        "defines-disagree",
        "warning",
        f"the build was compiled with {shown}{more}, as the policy has it; what its debug information says "
        "counts",
        place if place and not place.shipped else None,
        help="Put what the build is given into [features] defines of imgcheck.toml.",
        subject="defines",
    )
    return {**wished, **built}, (found,)
