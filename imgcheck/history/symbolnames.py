"""What is a symbol called in the source? Compilers add to a name what changes from build to build."""

from __future__ import annotations

import re
from functools import lru_cache

# foo.constprop.0  foo.isra.3  foo.part.1.cold  foo.llvm.1234567890  foo.lto_priv.0  counter.2
# One piece at a time, from the end: a pattern for all of them would try each way to divide a hostile name.
_PIECE = re.compile(
    r"\.(?:constprop|isra|part|cold|llvm|lto_priv|localalias|clone|unlikely|startup|exit|hot|ipa|specialized"
    r"|[0-9]+)|\$[0-9a-f]{6,32}|\[clone [^\[\]]{0,80}\]"
)
_LONGEST_PIECE = 96  # characters; a number of more is none that a compiler gives
_SPLIT = re.compile(r"\.(?:part|cold)(?:\.[0-9]+)*$")
# 12_GLOBAL__N_1 by GCC and Clang today; 38_GLOBAL__N__Z_src_main_c_1a2b3c4d by older ones, and by -flto.
_ANONYMOUS = re.compile(r"([0-9]{2,4})_GLOBAL__N_")
_TODAY = "12_GLOBAL__N_1"


@lru_cache(maxsize=1 << 18)
def plain(name: str) -> str:
    """`name` without what compilers and link-time optimisation append; never empty for a name that is not."""
    if "." in name or "$" in name or "[" in name:
        name = _stripped(name) or name
    return _named_space(name) if "_GLOBAL__N_" in name else name


def splits_off(name: str) -> bool:
    """Whether the symbol holds a part of another one's code: `foo.part.0`, `foo.cold`."""
    return _SPLIT.search(name) is not None


def _stripped(name: str) -> str:
    end = len(name)
    while end:
        first = max(end - _LONGEST_PIECE, 0)
        marks = ("[clone ",) if name[end - 1] == "]" else (".", "$")
        at = max(name.rfind(mark, first, end) for mark in marks)
        if at < 0 or not _PIECE.fullmatch(name, at, end):
            break
        end = at
    return name[:end]


def _named_space(name: str) -> str:
    """With every anonymous name space called as compilers call it today."""
    made: list[str] = []
    at = 0
    while found := _ANONYMOUS.search(name, at):
        end = found.end(1) + int(found[1])
        if end > len(name):
            break
        made += (name[at : found.start()], _TODAY)
        at = end
    return "".join((*made, name[at:]))
