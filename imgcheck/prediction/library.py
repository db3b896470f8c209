"""What is in the archives of a link that nobody asked for so far, and what comes in with it?

As the linker does it: the first archive whose index has a name gives the member that defines it; that brings
in what it refers to itself, of linked objects (what was dropped) and of further members. Nothing is read
before a name is asked for that no linked object defines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.prediction import outside
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.outside import Outside, Part, Wanted
from imgcheck.readers import archives
from imgcheck.readers.archives import Archive
from imgcheck.readers.symbolnames import source_name

_MOST_MEMBERS = 1000  # that are read for one build: what a C library has
_MOST_BYTES = 64 << 20  # of all of them
_MOST_PARTS = 20_000  # sections that one feature brings in
# What compilers name sections: all others are the script's own.
_COMPILED = frozenset((".text", ".rodata", ".srodata", ".data", ".sdata", ".bss", ".sbss", ".tdata", ".tbss"))
_VARIABLES = frozenset((".data", ".sdata", ".bss", ".sbss", ".tdata", ".tbss"))

Meant = Callable[[str], Iterable[int]]  # the sections of linked objects that a name means, one at the most


class Brought(NamedTuple):
    """What comes in of objects that nobody linked: bytes, strings, sections of linked objects, who it is."""

    flash: int = 0
    ram: int = 0
    texts: frozenset[bytes] = frozenset()
    targets: frozenset[int] = frozenset()
    members: Mapping[str, int] = {}  # paths as a map prints them, with the bytes of flash of each
    missing: frozenset[str] = frozenset()  # names that nobody defines who is at hand


class Library:
    """The archives of one link; `found` says where each LOAD path is on this machine, None for nowhere.

    `assigned` are names that the linker script defines.
    """

    def __init__(self, graph: Graph, found: Mapping[str, Path | None], assigned: frozenset[str]) -> None:
        self._graph = graph
        self._found = found
        self.assigned = assigned
        self._read: dict[tuple[str, int], Outside | None] = {}
        self._bytes = 0
        self._lost = {load for load, path in found.items() if path is None}

    @property
    def lost(self) -> tuple[str, ...]:
        """The archives of which nobody knows what is in them, as far as they were looked at."""
        _ = self._archives
        return tuple(sorted(self._lost))

    @cached_property
    def _archives(self) -> tuple[tuple[str, Path, Archive], ...]:
        """Those that can be read, in the order of the link."""
        found = []
        for load, path in self._found.items():
            try:
                if path is not None:
                    found.append((load, path, archives.read(path)))
            except FormatError:
                self._lost.add(load)
        return tuple(found)

    @cached_property
    def _mangled(self) -> Mapping[str, str]:
        """What C++ sources call what archives define, and the symbol."""
        names = (name for _, _, one in self._archives for name in one.places if name.startswith(b"_Z"))
        texts = (name.decode("utf-8", "backslashreplace") for name in names)
        return {source_name(name): name for name in texts}

    @cached_property
    def _linked(self) -> Mapping[str, list[int]]:
        """The linked objects of each path."""
        found: dict[str, list[int]] = {}
        for number, path in enumerate(self._graph.objects):
            found.setdefault(path, []).append(number)
        return found

    def _defined(self, path: str, name: str) -> bool:
        """Whether a linked object of a path defines a name: of two members of a name one may be linked."""
        here = (self._graph.sections[number] for number in self._linked.get(path, ()))
        nodes = (self._graph.nodes[index] for sections in here for index in sections)
        return any(name == one for node in nodes for one, _, _ in node.symbols)

    @cached_property
    def kept(self) -> frozenset[str]:
        """Sections of the linker script's own naming, which it keeps whoever has them."""
        names = (
            self._graph.nodes[index].name for index in self._graph.roots if self._graph.nodes[index].placed
        )
        return frozenset(name for name in names if _kind(name) not in _COMPILED)

    @cached_property
    def spaces(self) -> Mapping[str, tuple[bool, bool]]:
        """Whether sections that are named like this take flash, and RAM, where most of their bytes are."""
        sizes: dict[str, dict[tuple[bool, bool], int]] = {}
        for node in self._graph.nodes:
            if node.flash or node.ram:
                here = sizes.setdefault(_kind(node.name), {})
                key = bool(node.flash), bool(node.ram)
                here[key] = here.get(key, 0) + node.flash + node.ram
        return {kind: max(here, key=lambda one: here[one]) for kind, here in sizes.items()}

    def space(self, part: Part) -> tuple[int, int]:
        """The bytes of flash and RAM that a section takes."""
        kind = _kind(part.name)
        usual = part.bits, kind in _VARIABLES
        flash, ram = self.spaces.get(kind, usual)
        return part.size * (flash and part.bits), part.size * ram

    def member(self, name: str) -> Outside | None:
        """The object that is not linked and defines a name, None where there is none that can be read."""
        found = self._having(name)
        if found is None and (symbol := self._mangled.get(name)):
            name, found = symbol, self._having(symbol)
        return self._member(found, name) if found else None

    def has(self, name: str) -> bool:
        """Whether some archive defines a name, be its member linked or not."""
        return self._having(name) is not None

    def _having(self, name: str) -> tuple[str, Path, Archive] | None:
        symbol = name.encode("utf-8", "backslashreplace")
        return next((one for one in self._archives if symbol in one[2].places), None)

    def _member(self, where: tuple[str, Path, Archive], symbol: str) -> Outside | None:
        load, path, archive = where
        place = archive.places[symbol.encode()]
        key = (load, place)
        if key not in self._read:
            self._read[key] = None
            if len(self._read) > _MOST_MEMBERS or self._bytes > _MOST_BYTES:
                self._lost.add(load)
                return None
            try:
                if self._defined(f"{load}({archives.called(path, archive, place)})", symbol):
                    return None
                name, data = archives.member(path, archive, place)
                self._bytes += len(data)
                self._read[key] = outside.read(f"{load}({name})", data, self._relaxed)
            except FormatError:
                self._lost.add(load)
        return self._read[key]

    @cached_property
    def _relaxed(self) -> bool:
        return any(node.code and node.placed and node.flash < node.raw for node in self._graph.nodes)


class Joining:
    """What one change of configuration brings in, each section once."""

    def __init__(self, library: Library, collected: bool) -> None:
        self._library = library
        self._collected = collected  # the linker drops what nobody refers to
        self._parts: set[tuple[str, int]] = set()
        self._members: dict[str, Outside] = {}
        self._defined: dict[str, Outside] = {}
        self._commons: set[str] = set()

    def joined(self, name: str, meant: Meant) -> Brought | None:
        """What comes in when code refers to a name that no linked object defines; None if none here does."""
        first = self._member(name)
        if first is None:
            return None
        self._brought: list[tuple[int, int]] = []
        self._texts: set[bytes] = set()
        self._sizes: dict[str, int] = {}
        targets, missing = set[int](), set[str]()
        todo = [*self._asked(first, name)]
        while todo and len(self._parts) < _MOST_PARTS:
            member, section = todo.pop()
            for wanted in self._placed(member, section):
                if wanted.section:
                    todo.append((member, wanted.section))
                    continue
                known = [*meant(wanted.name)]
                targets.update(known)
                other = None if known or wanted.weak else self._member(wanted.name)
                if other is not None:
                    todo.extend(self._asked(other, wanted.name))
                elif not known and not wanted.weak and wanted.name not in member.defines:
                    missing.add(wanted.name)
        flash, ram = map(sum, zip(*self._brought, strict=True)) if self._brought else (0, 0)
        gone = missing - self._library.assigned if self._library.lost else set[str]()
        return Brought(flash, ram, frozenset(self._texts), frozenset(targets), self._sizes, frozenset(gone))

    def _member(self, name: str) -> Outside | None:
        return self._defined.get(name) or self._library.member(name)

    def _asked(self, member: Outside, name: str) -> Iterator[tuple[Outside, int]]:
        """The sections that a reference to a name keeps, those that the linker keeps anyhow with them."""
        every = member.path not in self._members
        if every:
            self._members[member.path] = member
            self._defined.update((one, member) for one in member.defines if one not in self._defined)
        symbol = name if name in member.defines else next(
            (one for one in member.defines if source_name(one) == name), name
        )  # fmt: skip
        yield member, member.defines.get(symbol, 0)
        if symbol in member.commons and symbol not in self._commons:
            self._commons.add(symbol)
            self._brought.append((0, member.commons[symbol]))
        for index, part in member.parts.items() if every else ():
            if not self._collected or part.retained or part.name in self._library.kept:
                yield member, index

    def _placed(self, member: Outside, section: int) -> Iterator[Wanted]:
        """What a section refers to, where it was not there; its bytes are taken down."""
        key = (member.path, section)
        part = member.parts.get(section)
        if part is None or key in self._parts:
            return
        self._parts.add(key)
        space = self._library.space(part)
        self._brought.append(space)
        self._sizes[member.path] = self._sizes.get(member.path, 0) + space[0]
        self._texts |= part.texts
        yield from part.wanted
        for group in member.groups:
            if section in group:
                yield from (Wanted(other, "", False) for other in group)


def _kind(name: str) -> str:
    """What sections of a name are of: `.text`, `.rodata`."""
    return "." + name.removeprefix(".").partition(".")[0]
