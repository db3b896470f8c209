"""What a link map holds, whichever linker wrote it, and who refers to what by its cross reference table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

FILL = "*fill*"
DATA = "*data*"  # bytes that the linker script itself writes: BYTE, SHORT, LONG, QUAD
_FILE_COLUMN = 50  # where the cross reference table prints files
_MOST_CUTS = 64  # places where a line may be cut in two that are worth trying


class InputSection(NamedTuple):
    """A row of the map: `size` bytes at `address`; `*fill*` and `*data*` rows have no path."""

    name: str
    address: int
    size: int
    path: str  # as printed: "/a/libx.a(m.o)"
    archive: str  # "libx.a", "" for a bare object
    object: str  # "m.o"
    output: str  # output section that holds it, "" for a discarded one


class OutputSection(NamedTuple):
    """An output section; `load` is its load address where the map prints one."""

    name: str
    address: int
    size: int
    load: int | None


_Assigned: TypeAlias = tuple[tuple[str, int], ...]


class Aligned(NamedTuple):
    """`. = ALIGN (UNIT)` in a linker script: the output section, the address it gave, the unit in bytes."""

    output: str
    address: int
    unit: int


class Paths:
    """Splits paths into archive and object, each path once: a map prints 560 of them 50,000 times."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[str, str, str]] = {b"": ("", "", "")}

    def split(self, path: bytes) -> tuple[str, str, str]:
        """The path as printed, the name of its archive ("" for none) and of its object."""
        found = self.known.get(path)
        if found is None:
            printed = text(path)
            archive, member = parts(printed)
            found = self.known[path] = (printed, _last_part(archive), _last_part(member))
        return found


@dataclass(frozen=True)
class LinkMap:
    """Everything of a link map, in map order. (No slots: what few ask for is made when one does.)"""

    outputs: tuple[OutputSection, ...]
    inputs: tuple[InputSection, ...]
    loads: tuple[str, ...]
    symbols: _Assigned  # global symbols with their addresses, as listed below their input section
    assignments: _Assigned  # symbols that the linker script assigns
    jumps: frozenset[int]  # addresses of those *fill* rows that a `. = EXPRESSION` made, not an alignment
    cross: bytes = field(repr=False)  # the cross reference table, not yet parsed
    aligned: tuple[Aligned, ...] = ()  # where the script asks for an alignment inside an output section
    aliases: tuple[tuple[str, str], ...] = ()  # symbols assigned nothing but another one, and that one
    offered: tuple[tuple[str, str], ...] = ()  # PROVIDEd names that objects define, and their default
    gathering: frozenset[InputSection] = frozenset()  # rows with more bytes than their section came with
    head: bytes = field(default=b"", repr=False)  # what stands before the memory map, not yet parsed
    paths: Paths = field(default_factory=Paths, repr=False, compare=False)  # that were met so far
    links_told: bool = True  # whether it says what was dropped, which files were read and who refers to what

    @property
    def discarded(self) -> tuple[InputSection, ...]:
        """Sections that no output section has."""
        return ()

    @property
    def pulled(self) -> tuple[tuple[str, str, str], ...]:
        """Archive member, file that refers to it ("": -u or entry), symbol."""
        return ()

    @cached_property
    def cref(self) -> dict[str, tuple[str, ...]]:
        """Files that mention each global symbol, its definer first; names are demangled as ld prints them."""
        return _cross_references(self.cross, {row.path for row in (*self.inputs, *self.discarded)})

    def mentions(self, symbol: str) -> bool:
        """Whether the cross reference table has an entry for `symbol`, without parsing the table."""
        name = b"\n" + symbol.encode()
        return name + b" " in self.cross or name + b"\n" in self.cross


def text(data: bytes) -> str:
    """Names of a map as text, whatever their bytes are."""
    return data.decode("utf-8", "backslashreplace")


def parts(path: str) -> tuple[str, str]:
    """The archive and the member of a path as the map prints it; ("", path) for a bare object."""
    if path.endswith(")"):
        # the last ".a(": folders and members may have parentheses of their own
        at = path.rfind(".a(") + 2 if ".a(" in path else path.rfind("(")
        if at > 0:
            return path[:at], path[at + 1 : -1]
    return "", path


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _cross_references(data: bytes, known: set[str]) -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    files: list[str] = []
    texts: dict[bytes, str] = {}
    for line in data[data.find(b"\nSymbol ") + 1 :].split(b"\n")[1:]:
        if line.startswith(b" "):
            path = line[_FILE_COLUMN:]
        elif line:
            name, path = _definer(line, known)
            files = table.setdefault(name, [])
        else:
            continue
        name_of = texts.get(path)
        if name_of is None:
            name_of = texts[path] = text(path)
        files.append(name_of)
    return {name: tuple(dict.fromkeys(files)) for name, files in table.items()}


def _definer(line: bytes, known: set[str]) -> tuple[str, bytes]:
    """Symbol and file of a line; a symbol too long for its column is followed by one space only."""
    if line[_FILE_COLUMN - 1 : _FILE_COLUMN] == b" " and (
        line[_FILE_COLUMN - 2 : _FILE_COLUMN - 1] == b" " or text(line[_FILE_COLUMN:]) in known
    ):
        return text(line[:_FILE_COLUMN].rstrip(b" ")), line[_FILE_COLUMN:]
    cut = at = line.rfind(b" /") if b" /" in line else line.rfind(b" ")
    for _ in range(_MOST_CUTS):
        if at < 0 or text(line[at + 1 :]) in known:
            break
        at = line.rfind(b" ", 0, at)
    else:
        at = -1
    cut = at if at >= 0 else cut
    return (text(line[:cut]), line[cut + 1 :]) if cut > 0 else (text(line), b"")
