"""How findings name things that come from firmware: one line, no longer than a reader wants it."""

import zlib
from collections.abc import Sequence

from imgcheck.model import Waste


def shown(text: str, limit: int = 60) -> str:
    """`text` on one line and cut to `limit` characters; who writes it for a medium still escapes it."""
    line = " ".join(text.split()) or repr(text)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def listed(names: Sequence[str], before: str, after: str = "", most: int = 3) -> str:
    """`names` in a sentence between `before` and `after`, the first few by name; nothing for none."""
    if not names:
        return ""
    few = [shown(name) for name in names[:most]]
    more = len(names) - len(few)
    return f"{before}{', '.join(few)}{f' and {more:,} more' if more else ''}{after}"


def rest(wastes: Sequence[Waste]) -> str:
    """One sentence for the findings that are too many to name."""
    flash, ram = sum(waste.flash for waste in wastes), sum(waste.ram for waste in wastes)
    sizes = [f"{size:,} bytes of {name}" for size, name in ((flash, "flash"), (ram, "RAM")) if size]
    return f"{len(wastes):,} smaller ones: {' and '.join(sizes) or 'no bytes'} in all"


def stable(text: str, limit: int = 60) -> str:
    """A subject for a text of any length: itself while short, else its beginning and a checksum."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}… {zlib.crc32(text.encode()):08x}"
