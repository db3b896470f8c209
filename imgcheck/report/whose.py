"""Which components have most of what an image grew or shrank by?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgcheck.model import NOBODY
from imgcheck.report.columns import change_text

if TYPE_CHECKING:
    from imgcheck.model import Difference

_MOST = 3  # components that are named
_SHARE = 0.2  # of the whole difference that is worth naming


def words(difference: Difference) -> str:
    """The components that have most of what the image grew or shrank by; "" where none stands out."""
    whole = difference.total("flash")
    before, after = difference.old.provenance, difference.new.provenance
    if not whole or (before.detail, before.components) != (after.detail, after.components):
        return ""
    shares = [
        (one.difference, one.name)
        for one in difference.deltas
        if one.kind == "component" and one.resource == "flash" and one.name not in NOBODY
    ]
    # Some go against the others: what makes up a fifth of the whole is worth a word, the other way too.
    said = [
        f"{name} {change_text(size)}"
        for size, name in sorted(shares, key=lambda one: (-abs(one[0]), one[1]))[:_MOST]
        if abs(size) >= abs(whole) * _SHARE
    ]
    return f" Mostly {', '.join(said)}." if said else ""
