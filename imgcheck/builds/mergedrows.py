"""What do the map's rows of mergeable sections take, and whose are the bytes of one that has those of others?

GNU ld places each string, and each constant, of mergeable sections once (bfd/merge.c). Up to 2.41 it lies in
the first section that has it. Since then the first section of all has everything, in the same order, and the
map shows the others where that ends: whose the bytes are, only the objects say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from itertools import zip_longest
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Location
from imgcheck.readers import elf, linkmap
from imgcheck.readers.elf import SHF_ALLOC, SHF_MERGE, SHF_STRINGS
from imgcheck.readers.linkmap import InputSection, LinkMap
from imgcheck.wording import commas

if TYPE_CHECKING:
    from imgcheck.builds.locating import Index

_MOST_KINDS = 64  # of output section, entry size and alignment: real builds have three
_MOST_BYTES = 16 << 20  # of objects' mergeable sections: what becomes of them lies in one flash
_PADDING = 64  # bytes behind the strings of a section, at most


class Part(NamedTuple):
    """Bytes at run addresses [start, end) that came with a section of the map, wherever ld placed them."""

    start: int
    end: int
    row: InputSection


def extents(
    link_map: LinkMap, wanted: Collection[InputSection] | None = None
) -> dict[InputSection, tuple[int, int]]:
    """What rows of mergeable sections really take, and the padding behind them; of those `wanted` at least.

    The map prints a section whose strings were all met before with the size it came with, at the place where
    the next row begins.
    """
    found: dict[InputSection, tuple[int, int]] = {}
    places = None if wanted is None else {row.address for row in wanted}
    for row, room, after in _rooms(link_map):
        if row.object and row.size and (places is None or row.address in places):
            padding = after.size if after and not after.object else 0
            found[row] = (min(row.size, max(room, 0)), padding)
    return found


def _rooms(link_map: LinkMap) -> Iterator[tuple[InputSection, int, InputSection | None]]:
    """Rows, the bytes up to the next one or the output section's end, and that next one."""
    ends = {one.name: one.address + one.size for one in link_map.outputs}
    for row, after in zip_longest(link_map.inputs, link_map.inputs[1:]):
        if after is not None and after.output == row.output:
            yield row, after.address - row.address, after
        else:
            # Past the end of its section a row is where the script put it: nothing bounds it.
            end = ends.get(row.output, row.address + row.size)
            yield row, end - row.address if row.address <= end else row.size, None


def split(data: bytes, unit: int, align: int, strings: bool) -> Iterator[tuple[int, bytes]]:
    """The elements of a mergeable section with their offsets, as bfd/merge.c takes it apart."""
    if unit >= len(data):  # one element, whatever it says of itself
        yield from [(0, data)][: len(data)]
        return
    if not strings:
        yield from ((at, data[at : at + unit]) for at in range(0, len(data), unit))
        return
    at, zero = 0, b"\0" * unit
    while at < len(data):
        end = data.find(zero, at)
        while end >= 0 and (end - at) % unit:
            end = data.find(zero, end + 1)
        end = len(data) if end < 0 else end + unit
        yield at, data[at:end]
        at = end
        while at < len(data) and at % align and data[at : at + unit] == zero:
            at += unit


class Merged(NamedTuple):
    """Rows that hold what came with others, and whose their bytes are as far as the objects say."""

    whole: frozenset[InputSection]
    parts: tuple[Part, ...]

    @property
    def untold(self) -> int:
        """Bytes of which no object says whose they are."""
        return sum(row.size for row in self.whole) - sum(part.end - part.start for part in self.parts)


NOTHING = Merged(frozenset(), ())
Contents = Callable[[InputSection], bytes]


def said(merged: Merged, path: str) -> tuple[Diagnostic, ...]:
    """That bytes have no owner, where they are more than padding."""
    if merged.untold < _PADDING * max(len(merged.whole), 1):
        return ()
    message = (
        f"{commas(merged.untold)} bytes of strings and constants have no owner: the linker gathered them in "
        "one section, and the objects that would tell whose they are are not where the map says"
    )
    help_text = "Keep the objects and archives of the build where they were linked."
    return (Diagnostic("merged-strings", "warning", message, Location(path), help=help_text, subject="map"),)


def taken(link_map: LinkMap, merged: Merged) -> Iterator[Part]:
    """What each row of the map takes, in its order; rows that hold what came with others last, in parts."""
    whole, make = merged.whole, Part._make
    for row, room, _ in _rooms(link_map):
        if row.size and not (whole and row in whole):
            # What is printed where the next one begins takes no room, whatever size it came with.
            end = row.address + (min(row.size, room) if room >= 0 else row.size)
            if end > row.address:
                yield make((row.address, end, row))
    yield from merged.parts


def gathered(link_map: LinkMap, map_path: Path, content: Contents) -> Merged:
    """Rows of the image that hold what came with others, and their bytes by whose they are.

    `content` gives the bytes of a row. Objects are looked for at the map's paths, then below its folder; one
    that is not there, or is none, leaves bytes without an owner.
    """
    if not link_map.gathering:
        return NOTHING
    taking = extents(link_map, link_map.gathering)
    # Of one that takes no room ld up to 2.41 may print any size.
    real = {row for row in link_map.gathering if taking.get(row, (row.size, 0))[0] == row.size}
    whole = [row for row in link_map.inputs if row in real and content(row)] if real else []
    if not whole:
        return NOTHING
    taking = extents(link_map)
    sections = _Sections(link_map, map_path)
    outputs: dict[str, _Rows] = {}
    for row in link_map.inputs:
        if row.path and (row in real or not taking.get(row, (row.size, 0))[0]):
            outputs.setdefault(row.output, _Rows(sections, real)).rows.append(row)
    found: list[Part] = []
    merging: set[InputSection] = set()
    kinds: set[tuple[str, _Kind]] = set()
    for first in whole:
        like = sections.of(first, 0)
        if like is None and not sections.there(first):
            merging.add(first)
        # The linker has one for each output section and kind; who says otherwise has its bytes.
        if like is not None and (first.output, like.kind) not in kinds and len(kinds) < _MOST_KINDS:
            kinds.add((first.output, like.kind))
            found += _parts(first, content(first), like, outputs[first.output].around(first, like))
            merging.add(first)
    return Merged(frozenset(merging), tuple(found))


_Kind = tuple[int, int, bool]  # entry size, alignment, strings: what the linker merges is of one kind


class _Section(NamedTuple):
    """A section as its object has it."""

    kind: _Kind
    data: bytes


class _Rows:
    """Rows of an output section that hold what came with others, or nothing: each is looked at once."""

    def __init__(self, sections: _Sections, real: Collection[InputSection]) -> None:
        self.rows: list[InputSection] = []
        self._sections = sections
        self._real = real

    def around(self, first: InputSection, like: _Section) -> Iterator[tuple[InputSection, _Section]]:
        """The first row of a kind and those whose bytes may lie in it, in the map's order."""
        place = self._places[first]
        alike = self._alike.get(like.kind, [])
        cut = bisect_left(alike, place, key=itemgetter(0))
        yield from (one[1:] for one in alike[:cut])
        yield first, like
        yield from (one[1:] for one in alike[cut:])

    @cached_property
    def _places(self) -> dict[InputSection, int]:
        return {row: number for number, row in enumerate(self.rows) if row in self._real}

    @cached_property
    def _alike(self) -> dict[_Kind, list[tuple[int, InputSection, _Section]]]:
        found: dict[_Kind, list[tuple[int, InputSection, _Section]]] = {}
        for number, (row, section) in enumerate(self._sections.all(self.rows)):
            if section is not None and row not in self._real:
                found.setdefault(section.kind, []).append((number, row, section))
        return found


def _parts(
    first: InputSection, data: bytes, like: _Section, rows: Iterable[tuple[InputSection, _Section]]
) -> Iterator[Part]:
    unit, align, strings = like.kind
    places: dict[bytes, int] = {}
    for at, element in split(data, unit, align, strings):
        places.setdefault(element, at)
    for row, section in rows:
        for _, element in split(section.data, unit, align, strings):
            # One that has no place of its own lies in another one, which ends with it.
            at = places.pop(element, -1)
            if at >= 0:
                end = min(at + -(-len(element) // align) * align, len(data))
                yield Part(first.address + at, first.address + end, row)


class _Sections:
    """Mergeable sections of objects, by the map's rows; each file is read once, and not kept."""

    def __init__(self, link_map: LinkMap, map_path: Path) -> None:
        self._folder = map_path.absolute().parent
        self._index: Index | None = None
        self._left = _MOST_BYTES
        self._linked: dict[str, set[str]] = {}  # file -> members that the map has rows of
        for row in link_map.inputs:
            load, member = _parts_of(row)
            self._linked.setdefault(load, set()).add(member)
        self._known: dict[str, Mapping[str, Mapping[str, list[_Section]] | None]] = {}

    def all(self, rows: Iterable[InputSection]) -> Iterator[tuple[InputSection, _Section | None]]:
        """Rows in the map's order, each with its section where that is mergeable."""
        turns: dict[tuple[str, str], int] = {}
        for row in rows:
            turn = turns.get((row.path, row.name), 0)
            turns[row.path, row.name] = turn + 1
            yield row, self.of(row, turn)

    def there(self, row: InputSection) -> bool:
        """Whether a row's object could be read."""
        return self._object(row) is not None

    def of(self, row: InputSection, turn: int) -> _Section | None:
        """A row's section, the one of this turn of those with its name; None where it cannot be told."""
        named = (self._object(row) or {}).get(row.name, ())
        return named[turn] if turn < len(named) else None

    def _object(self, row: InputSection) -> Mapping[str, list[_Section]] | None:
        load, member = _parts_of(row)
        if load not in self._known:
            self._known[load] = self._members(load)
        return self._known[load].get(member)

    def _members(self, load: str) -> Mapping[str, Mapping[str, list[_Section]] | None]:
        """The sections of a file's members by name; None of two of one name: nobody knows which is meant."""
        from imgcheck.builds.locating import OBJECT_SUFFIXES, Index, files_below
        from imgcheck.readers import objects

        found: dict[str, Mapping[str, list[_Section]] | None] = {}
        with suppress(FormatError, OSError):
            path = self._folder / load
            if not path.is_file():
                if self._index is None:
                    self._index = Index(())
                    self._index = Index(files_below(self._folder, OBJECT_SUFFIXES))
                path = Path(self._index.find(load) or path)
            for name, data in objects.read(path) if path.is_file() else ():
                if name in self._linked[load]:
                    found[name] = None if name in found else self._mergeable(data)
        return found

    def _mergeable(self, data: memoryview) -> Mapping[str, list[_Section]] | None:
        """The mergeable sections of an object by name; None where it is none, or there are too many bytes."""
        found: dict[str, list[_Section]] = {}
        try:
            parsed = elf.parse(data, symbols=False)
        except FormatError:
            return None
        for one in parsed.sections:
            if one.flags & SHF_MERGE and one.flags & SHF_ALLOC and one.entry_size:
                self._left -= one.size
                if self._left < 0:
                    return None
                kind = one.entry_size, max(one.align, 1), bool(one.flags & SHF_STRINGS)
                found.setdefault(one.name, []).append(_Section(kind, bytes(parsed.contents(one))))
        return found


def _parts_of(row: InputSection) -> tuple[str, str]:
    return linkmap.parts(row.path) if row.archive else (row.path, "")
