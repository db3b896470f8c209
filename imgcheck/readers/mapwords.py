"""The text of a GNU ld map as ld prints it under LC_ALL=C: in UTF-8, its headings in English.

    *default*        0x00000000         0xffffffff

    链结器命令稿和内存映射

    LOAD a.o

ld translates headings and "load address" (binutils ld/po); rows, `*default*`, LOAD and OUTPUT it does not. A
heading is known by where it stands between those. PowerShell writes UTF-16 where a map is redirected.
"""

from __future__ import annotations

import re

from imgcheck.errors import FormatError
from imgcheck.readers import files

HEADING = b"\nLinker script and memory map\n"
CROSS_HEADING = b"\nCross Reference Table\n"
_MEMORY = b"\nMemory Configuration\n"
_DISCARDED = b"\nDiscarded input sections\n"
_ARCHIVE = b"Archive member included to satisfy reference by file (symbol)"
# The last row of the memory configuration, and the heading of the memory map behind it.
_DEFAULT = re.compile(rb"\n\*default\* +0x[0-9a-f]{8,16} +0x[0-9a-f]{8,16}\n\n([^\s][^\n]*+)\n(?=\n)")
_CROSS = re.compile(rb"\n([^\s.][^\n]*+)\n\n([^\s]++(?: [^\s]++)*) {2,}+([^\s][^\n]*+)\n")
_DROPPED = re.compile(rb"\n([^\s][^\n]*+)\n\n(?= [^\s]++(?:\n {16}| {2,})0x0)")
_PULLED = re.compile(rb"\n*+([^\s][^\n]*+)\n\n?+(?=[^\s][^\n]*(?:\n {30}| {2}|\) \()[^\n])")
_LOADED = re.compile(
    rb"(\n[^\s][^\s]*+(?: {2,}+|\n {16})0x[0-9a-f]{1,16}+ ++0x[0-9a-f]{1,16}+)"
    rb" {1,2}[^\n]{1,60}? (0x[0-9a-f]{1,16}+ *)(?=\n)"
)
_COLUMNS = (b"Symbol", b"File", 50)
_ADVICE = "link with LC_ALL=C and -Wl,-Map=FILE, and give that file as it is"
_KINDS = {"elf": "an ELF", "archive": "an archive", "dtb": "a device tree blob", "binary": "no text"}
_OTHERS = (  # other linkers' maps, by what they begin with
    (b"Component: ARM Compiler", "a map of armlink"),
    (b"Component: Arm Compiler", "a map of armlink"),
    (b"# Path: ", "a map of Apple's ld"),
    (b"IAR ELF Linker", "a map of IAR's linker"),
)


def plain(data: bytes) -> bytes:
    """`data` in UTF-8 with lines that end in a line feed and ld's English headings.

    Raises FormatError for what is no map of GNU ld, saying what it is; where it was cut its reader tells.
    """
    if not data or data.isspace():
        raise FormatError("the file is empty")
    data = _decoded(data)
    if b"\r\n" in data[:4096]:
        data = data.replace(b"\r\n", b"\n")
    if HEADING in data:
        return data
    if found := _DEFAULT.search(data):
        return _translated(data, found.start(1), found.end(1))
    if _MEMORY in data or data.startswith(b"Archive member included"):
        raise FormatError("truncated: it ends before the memory map", line=_lines(data))
    raise FormatError(_what(data))


def begins(data: bytes) -> bool:
    """Whether a file that begins like this is a map of GNU ld, in any language, whole or not."""
    try:
        text = _decoded(data[: len(data) // 2 * 2]).replace(b"\r\n", b"\n")
    except FormatError:
        return False
    known = (_ARCHIVE[:23], _MEMORY[1:], HEADING[1:], _DISCARDED[1:])
    return any(words.strip() in text[:4096] for words in known) or _DEFAULT.search(text) is not None


def _lines(data: bytes) -> int:
    return data.rstrip(b"\n").count(b"\n") + 1


def _decoded(data: bytes) -> bytes:
    """UTF-16, with its mark or by every second byte being zero, and UTF-8 with a mark, as UTF-8."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:]
    start = data[:256]
    order = {b"\xff\xfe": "little", b"\xfe\xff": "big"}.get(data[:2], "")
    marked = bool(order)
    if not marked and len(start) >= 16:
        even, odd = start[::2].count(0), start[1::2].count(0)
        half = len(start) // 2
        order = "little" if odd > half * 0.7 > even else "big" if even > half * 0.7 > odd else ""
    if not order:
        return data
    try:
        words = data[2 if marked else 0 :].decode(f"utf-16-{order[0]}e")
    except UnicodeDecodeError as error:
        place = error.start + (2 if marked else 0)
        raise FormatError(f"UTF-16 that was cut or damaged: {_ADVICE}", offset=place) from None
    if "\0" in words[:4096]:
        raise FormatError(f"no text, not a link map: {_ADVICE}")
    return words.encode()


def _what(data: bytes) -> str:
    """What a text without ld's structure is, and what to do."""
    kind = _KINDS.get(files.sniff(data), "")
    kind = kind or next((what for start, what in _OTHERS if start in data[:400]), "")
    if kind:
        return f"{kind}, not a map of GNU ld or LLD: {_ADVICE}"
    if b"\nOUTPUT(" in data or b"\nLOAD " in data:
        return f"truncated: its beginning, to the heading of the memory map, is missing; {_ADVICE}"
    return f'not a GNU ld map: it has no line "Linker script and memory map"; {_ADVICE}'


def _translated(data: bytes, start: int, end: int) -> bytes:
    """The map with English headings; its memory map's stands from `start` to `end`."""
    head = data[: start - 1]
    rows = _LOADED.sub(rb"\1 load address \2", data[end:])
    return _head(head) + HEADING + _crossed(rows)[1:]


def _head(data: bytes) -> bytes:
    """What stands before the memory map: pulled members, dropped sections, the memory configuration."""
    at = data.rfind(b"\n\n", 0, data.rfind(b"\n*default*"))  # above the names of its columns
    line = data.rfind(b"\n", 0, at)
    memory = data[at:] if at >= 0 else data
    above = data[: line + 1] if at >= 0 else b""
    tail = b""
    if all_dropped := [*_DROPPED.finditer(above)]:
        dropped = all_dropped[-1]  # names of members above it may look like anything
        above, tail = above[: dropped.start()], _DISCARDED + above[dropped.end() - 1 :]
    if pulled := _PULLED.match(above):
        above = _ARCHIVE + b"\n\n" + above[pulled.end() :]
    return above + tail + _MEMORY[1 if (above + tail).endswith(b"\n\n") else 0 :] + memory[1:]


def _crossed(data: bytes) -> bytes:
    """The cross reference table's heading and columns in English, if there is one."""
    at = data.find(b"\nOUTPUT(")
    for found in _CROSS.finditer(data, max(at, 0)) if at >= 0 else ():
        if b" 0x" not in found[1] and b"0x" not in found[3]:
            symbol, file, column = _COLUMNS
            heading = CROSS_HEADING + b"\n" + symbol.ljust(column) + file + b"\n"
            return data[: found.start()] + heading + data[found.end() :]
    return data
