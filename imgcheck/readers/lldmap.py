"""The link map that LLVM's ld.lld prints with -Map (lld/ELF/MapFile.cpp, LLD 10 to 18).

         VMA      LMA     Size Align Out     In      Symbol
    23000000 23000000       a0     4 .text
    23000000 23000000        1     1         BYTE ( 1 )
    23000001 23000001        3     1         . = ALIGN ( 4 )
    23000004 23000004       42     2         libmy.a(m.o):(.text.startup.main)
    23000004 23000004       42     1                 main

Numbers are hexadecimal, but for the alignment; 32-bit and 64-bit files differ in the width of columns.
"""

from __future__ import annotations

import re
from collections import Counter

from imgcheck.errors import FormatError
from imgcheck.readers.maprecords import DATA, FILL, InputSection, LinkMap, OutputSection, Paths, text

_COLUMNS = re.compile(rb" +VMA +LMA +Size Align Out     In      Symbol\r?\n")
_ROW = re.compile(
    rb"\n *+([0-9a-f]{1,16}+) ++([0-9a-f]{1,16}+) ++([0-9a-f]{1,16}+) ++([0-9]{1,20}+) ( {16}| {8}|)"
    rb"([^\s][^\n]*+)(?=\n)"
)
_PLACED = re.compile(rb"(.+):\(([^()]*(?:\([^()]*\)[^()]*)*)\)$", re.DOTALL)
_INTERNAL = b"<internal>"  # what the linker made itself: merged strings, tables
_NOBODY = ("", "", "")  # path, archive, object
_DATA_WORDS = (b"BYTE ", b"SHORT ", b"LONG ", b"QUAD ")
_LAST = ".shstrtab"  # LLD lists every section of the file, this one always and at the end


def begins(data: bytes) -> bool:
    """Whether this is a map of LLD."""
    return _COLUMNS.match(data) is not None


def parse(data: bytes) -> LinkMap:
    """The link map in `data`; raises FormatError where it was cut off.

    It does not say what was dropped, which files were read, or who refers to what (`links_told` is False).
    """
    heads = len(re.findall(rb"(?m)^ +VMA +LMA +Size Align Out ", data))
    if heads > 1:
        raise FormatError(f"{heads} link maps in one file: give the one that was written with the ELF")
    last = data.rstrip(b"\n").count(b"\n") + 1
    if not data.endswith(b"\n"):
        raise FormatError("truncated in the middle of a line", line=last)
    made = _Made()
    for match in _ROW.finditer(data):
        made.row(match)
    if not any(output.name == _LAST for output in made.outputs):
        raise FormatError(f"truncated: it ends before section {_LAST}", line=last)
    names = Counter(name for name, _ in made.symbols)
    return LinkMap(
        tuple(made.outputs),
        tuple(made.inputs),
        loads=tuple(dict.fromkeys(row.path for row in made.inputs if row.path)),
        # Local symbols are in it too: of a name that is there twice none is known to be the global one.
        symbols=tuple(symbol for symbol in made.symbols if names[symbol[0]] == 1),
        assignments=tuple(made.assignments),
        jumps=frozenset(made.jumps),
        cross=b"",
        links_told=False,
    )


class _Made:
    """The rows so far."""

    def __init__(self) -> None:
        self.outputs: list[OutputSection] = []
        self.inputs: list[InputSection] = []
        self.symbols: list[tuple[str, int]] = []
        self.assignments: list[tuple[str, int]] = []
        self.jumps: list[int] = []
        self.end = 0  # of the last row within the output section
        self.paths = Paths()

    def row(self, match: re.Match[bytes]) -> None:
        address, load, size = (int(match[index], 16) for index in (1, 2, 3))
        what = match[6]
        if len(match[5]) == 16:
            if not what.startswith((b".L", b"$")):
                self.symbols.append((text(what), address))
        elif match[5] or b" = " in what:
            self._inside(address, size, int(match[4]), what)
        else:
            self.outputs.append(OutputSection(text(what), address, size, load))
            self.end = address

    def _inside(self, address: int, size: int, align: int, what: bytes) -> None:
        output = self.outputs[-1].name if self.outputs else ""
        placed = _PLACED.match(what)
        if placed is None and b" = " in what:
            name = what.partition(b" = ")[0].rpartition(b"(")[2].strip()
            if name != b".":
                self.assignments.append((text(name), address))
                return
            if size and b"ALIGN" not in what:
                self.jumps.append(address)
            self.inputs.append(InputSection(FILL, address, size, *_NOBODY, output))
        elif placed is None:
            kind = DATA if what.startswith(_DATA_WORDS) else text(what)
            self.inputs.append(InputSection(kind, address, size, *_NOBODY, output))
        else:
            if 0 < address - self.end < align:  # no row tells of an alignment between two sections
                gap = address - self.end
                self.inputs.append(InputSection(FILL, self.end, gap, *_NOBODY, output))
            whose = self.paths.split(b"" if placed[1] == _INTERNAL else placed[1])
            self.inputs.append(InputSection(text(placed[2]), address, size, *whose, output))
        self.end = max(self.end, address + size)
