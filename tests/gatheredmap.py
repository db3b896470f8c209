"""The map that GNU ld prints since 2.42: the first of several mergeable sections has the bytes of all.

Linkers before it print the same image where the script puts such sections next to each other, as `TOGETHER`
does: then their map says whose the bytes are, and made into the new one it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TOGETHER = "*(.rodata.*.str1.4 .rodata.str1.4) *(.srodata.cst8 .srodata.*.cst8)"  # for a linker script
_ROW = re.compile(
    r" (?P<name>\S+?\.(?P<kind>(?:str|cst)[0-9.]+))\s+0x(?P<at>\w+)\s+0x(?P<size>\w+) (?P<path>\S.*)\n"
    r"(?: +0x(?P<before>\w+) \(size before relaxing\)\n)?"
)
_FILL = re.compile(r" \*fill\* +0x\w+ +0x\w+ *\n")


def gathered(text: str, zero: bool = False) -> str:
    """A map in the new way; with `zero` as of 2.45, which says of other sections that they take nothing."""
    made: list[str] = []
    end = 0
    for start, stop, rows in _runs(text):
        made.append(text[end:start])
        last = rows[-1]
        behind = int(last["at"], 16) + int(last["size"], 16)
        for row in rows:
            came = int(row["before"] or row["size"], 16)
            at, size, before = behind, 0 if zero else came, came if zero else 0
            if row is rows[0]:
                at, before = int(row["at"], 16), came
                size = behind - at
            made.append(f" {row['name']}\n                {at:#010x} {size:#10x} {row['path']}\n")
            made.append(f"{before:#35x} (size before relaxing)\n" if before else "")
        end = stop
    return "".join([*made, text[end:]])


def _runs(text: str) -> Iterator[tuple[int, int, list[re.Match[str]]]]:
    """Rows of one kind that follow each other in the image, but for padding: where they begin and end."""
    at = text.index("\nLinker script and memory map\n")
    while found := _ROW.search(text, at):
        rows, end = [found], found.end()
        while True:
            fill = _FILL.match(text, end)
            after = _ROW.match(text, fill.end() if fill else end)
            if not after or after["kind"] != found["kind"]:
                break
            rows.append(after)
            end = after.end()
        if len(rows) > 1 and int(found["at"], 16):
            yield found.start(), end, rows
        at = end
