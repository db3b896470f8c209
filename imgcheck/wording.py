"""How sentences write numbers and name things from files: one line, no longer than a reader wants it.

Every room makes sentences: a finding's, an error's. Cells of tables are the report's business.
"""

import zlib
from collections.abc import Iterable, Sequence


def commas(number: int) -> str:
    """A number in a sentence: "12,345"."""
    return f"{number:,}"


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
    return f"{before}{', '.join(few)}{f' and {commas(more)} more' if more else ''}{after}"


def stable(text: str, limit: int = 60) -> str:
    """A subject for a text of any length: itself while short, else its beginning and a checksum."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}… {zlib.crc32(text.encode()):08x}"


def near(word: str, known: Iterable[str], most: int = 3, cutoff: float = 0.6) -> list[str]:
    """What may have been meant by a word that is none of those known, the nearest first."""
    from difflib import get_close_matches  # for who has slipped: most runs need none of it

    return get_close_matches(word, list(known), most, cutoff)
