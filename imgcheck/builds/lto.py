"""Was this linked with link-time optimisation?  Then objects of the map were made by the compiler on the way.

GCC names them after their partition (lto-wrapper.cc: `X.ltrans0.ltrans.o`, `X.lto.o`), LLVM's linkers
`X.lto.o` or `lto.tmp`.
"""

from __future__ import annotations

import re

from imgcheck.model import Diagnostic
from imgcheck.readers.linkmap import LinkMap

_MADE = re.compile(r"\.ltrans\d*(\.ltrans)?\.o$|\.lto(\.\d+)?\.o(bj)?$|(^|\.)lto\.tmp$")


def made(links: LinkMap) -> str:
    """The name of an object that link-time optimisation made and the linker placed, "" for none."""
    # A map has many rows of few objects.
    found = {name for name in {row.object for row in links.inputs if row.size} if hides(name)}
    return next((row.object for row in links.inputs if row.size and row.object in found), "") if found else ""


def hides(name: str) -> bool:
    """Whether an object of this name was made on the way, and hides whose its bytes are."""
    return bool(_MADE.search(name))


def said(links: LinkMap | None) -> tuple[Diagnostic, ...]:
    """A note that owners are hidden, where they are."""
    name = made(links) if links else ""
    if not name:
        return ()
    return (
        Diagnostic(
            "lto-owners-hidden",
            "note",
            f"linked with link-time optimisation: what it made into {name} and the like has lost its "
            "objects and archives; source files say more than they do",
            subject="lto",
        ),
    )
