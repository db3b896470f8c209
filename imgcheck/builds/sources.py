"""Which source file do bytes come from? Debug information knows best, then the symbol table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Location
from imgcheck.readers import units
from imgcheck.readers.elf import Elf
from imgcheck.readers.linkmap import InputSection
from imgcheck.readers.units import Units

_WANTED = frozenset(
    f".debug_{name}" for name in ("info", "abbrev", "str", "line_str", "str_offsets", "aranges")
)


def compiled(elf: Elf, path: str) -> tuple[Units, tuple[Diagnostic, ...]]:
    """The compile units of `elf`; where they are damaged, a note, not an error: little depends on them."""
    try:
        found = {one.name: elf.contents(one) for one in elf.sections if one.name in _WANTED}
        return units.parse(found), ()
    except FormatError as error:
        message = f"{error.message}: source files are not known"
        return Units((), (), ()), (
            Diagnostic("debug-damaged", "note", message, Location(path), subject="elf"),
        )


def producers(elf: Elf) -> tuple[tuple[str, str], ...]:
    """The source path of every compile unit with what compiled it; () where that is damaged."""
    try:
        return units.made({one.name: elf.contents(one) for one in elf.sections if one.name in _WANTED})
    except FormatError:
        return ()


class Sources:
    """Source paths by address and, for what is no code, by the object that the code beside it is in."""

    __slots__ = ("_files", "_objects", "_units")

    def __init__(self, known: Units, rows: Iterable[InputSection]) -> None:
        self._units = known
        self._objects: dict[str, str] = {}
        names = [path.rsplit("/", 1)[-1] for path in known.paths]
        count = Counter(names)  # the symbol table has a file's last name only
        self._files = {n: path for n, path in zip(names, known.paths, strict=True) if count[n] == 1}
        without: dict[str, InputSection] = {}
        for row in rows:
            if row.path and row.path not in self._objects:
                source = known.at(row.address)
                if source:
                    self._objects[row.path] = source
                else:
                    without[row.path] = row
        self._by_name([row for path, row in without.items() if path not in self._objects])

    def _by_name(self, rows: list[InputSection]) -> None:
        """An object that is all data has no code to go by, but `pages.o` is made of the only `pages.c`."""
        taken = set(self._objects.values())
        stems = [
            (path.rsplit("/", 1)[-1].split(".", 1)[0], path)
            for path in self._units.paths
            if path not in taken
        ]
        sources, count = dict(stems), Counter(stem for stem, _ in stems)
        objects = Counter(row.object.split(".", 1)[0] for row in rows)
        for row in rows:
            stem = row.object.split(".", 1)[0]
            if count[stem] == 1 == objects[stem]:
                self._objects[row.path] = sources[stem]

    def of(self, address: int, row: InputSection | None, file: str) -> str:
        """The source of the bytes at `address`, in the map's `row`; `file` is what the symbol table says."""
        source = self._units.at(address) or (self._objects.get(row.path, "") if row is not None else "")
        return source or self._files.get(file, file)
