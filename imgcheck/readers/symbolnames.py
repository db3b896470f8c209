"""What a symbol is called in the source: compiler suffixes off, C++ names without their arguments.

Follows the Itanium C++ ABI (5.1, mangling) as far as names go; a template's arguments are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SUFFIX = re.compile(r"(\.(isra|constprop|part|cold|lto_priv|llvm)(\.\d+)*|\.\d+)+$")
_LENGTH = re.compile(r"(\d{1,4})")


@lru_cache(1 << 16)
def source_name(symbol: str) -> str:
    """`foo.isra.0` -> `foo`, `buffer.12` -> `buffer`, `_ZN4Base4sendEPKc` -> `Base::send`."""
    if symbol.startswith("_Z"):
        return demangled(symbol) or symbol
    # A map prints C++ names demangled, with their arguments.
    return _SUFFIX.sub("", symbol.partition("(")[0])


def demangled(symbol: str) -> str:
    """The qualified name in a mangled one, "" where it is of a kind that names no function or object."""
    text = symbol.removeprefix("_Z")
    if text.startswith(("TV", "TI", "TS", "TT", "GV")):  # tables of a class, guard variables
        text = text[2:]
    if text.startswith("Z"):  # a local static: the function's name, its arguments, E, the name
        parts, rest = _names(text[1:])
        _, _, local = rest.rpartition("E")
        inner, _ = _names(local)
        return "::".join(parts + inner)
    parts, _ = _names(text)
    return "::".join(parts)


def _names(text: str) -> tuple[list[str], str]:
    """The source names at the start of an encoding, and what follows them."""
    parts: list[str] = []
    nested = text.startswith("N")
    text = text[1:].lstrip("KVrRO") if nested else text
    while text:
        if text[0] == "L":  # internal linkage
            text = text[1:]
        length = _LENGTH.match(text)
        if length:
            end = length.end() + int(length[1])
            parts.append(text[length.end() : end])
            text = text[end:]
        elif text[:2] in ("C1", "C2", "C3") and parts:
            parts.append(parts[-1])
            text = text[2:]
        elif text[:2] in ("D0", "D1", "D2") and parts:
            parts.append("~" + parts[-1])
            text = text[2:]
        elif text[:2] == "St":
            parts.append("std")
            text = text[2:]
        else:
            break
        if not nested and parts and parts[-1] != "std":
            break
    return [part for part in parts if not part.startswith("_GLOBAL__N")], text
