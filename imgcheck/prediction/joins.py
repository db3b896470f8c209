"""What do references that come in make the linker take from archives, and how sure is that?"""

from __future__ import annotations

import re
from math import sqrt
from typing import NamedTuple

from imgcheck.prediction.anew import TOKEN
from imgcheck.prediction.buildfiles import Objects
from imgcheck.prediction.library import Brought, Joining, Library, Meant
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.sources.tree import Tree
from imgcheck.prediction.spoken import Meaning, Spoken, Written

# Bytes of a function that nobody at hand has: of 1,205 functions in archives of a real build that nobody
# asked for nine of ten bring in no more, with all that is not linked yet.
_UNKNOWN = 5600


# EF_RISCV_FLOAT_ABI (RISC-V ELF psABI, "File Header"): in which registers floating numbers are handed over.
_ABI = 6
_NATIVE = {
    0: frozenset[str](),
    2: frozenset({"sf"}),
    4: frozenset({"sf", "df"}),
    6: frozenset({"sf", "df", "tf"}),
}
_HELPER = re.compile(
    r"__(?:(?:add|sub|mul|div)(\w\w)3|(?:eq|ne|lt|le|gt|ge)(\w\w)2|fix(?:uns)?(\w\w)si|float(?:un)?si(\w\w))"
)
# Where 64 bits are divided by a constant GCC multiplies, and it shifts them in place, unless it compiles for
# size.
_LONG = re.compile(r"__(?:u?(?:div|mod)|ash[lr]|lshr)di3")


class Come(NamedTuple):
    """What a name brings in: bytes of flash, unsure ones, RAM, strings, sections of linked objects."""

    flash: int = 0
    unsure: int = 0
    ram: int = 0
    texts: frozenset[bytes] = frozenset()
    targets: frozenset[int] = frozenset()


class Outsiders(NamedTuple):
    """What can be asked of names that no linked object defines, for one build."""

    library: Library
    spoken: Spoken
    collected: bool
    native: frozenset[str]  # modes of floating numbers that the processor computes with


def outsiders(graph: Graph, found: Objects, tree: Tree, flags: int) -> Outsiders:
    """Those of a build of which these are the linked files and the sources; `flags` are its ELF header's."""
    assigned = found.assigned | graph.offered.keys()
    return Outsiders(
        Library(graph, found.archives, assigned), Spoken(tree.files), graph.collected, _NATIVE[flags & _ABI]
    )


class Here(NamedTuple):
    """An object that refers to something: its sources, and whether it was compiled for speed."""

    sources: frozenset[str]
    fast: bool


class Joins:
    """What one change of configuration makes the linker take, while it is collected."""

    def __init__(self, outsiders: Outsiders) -> None:
        self._library, self._spoken, collected, self._native = outsiders
        self._joining = Joining(self._library, collected)
        self._asked: set[str] = set()
        self.members: dict[str, int] = {}  # with the bytes of flash of each
        self.missing: set[str] = set()
        self._unknown = 0  # names with which something comes in that nobody at hand has
        self._sources: set[str] = set()  # those of which something comes in

    def of(self, name: str, here: Here, meant: Meant) -> Come:
        """What comes in with a name that an object refers to; nothing the second time."""
        if name in self._asked or name.isupper() or self._computed(name):
            return Come()
        self._asked.add(name)
        found = self._library.member(name) is not None
        if not found and not self._spoken.elsewhere(name, here.sources, self._library.lost):
            return Come()  # a macro, or an inline function of a header that is not at hand
        meaning = Meaning.PERHAPS if here.fast and _LONG.fullmatch(name) else None
        meaning = meaning or self._spoken.meaning(name, here.sources)
        if meaning is Meaning.NOTHING or name in self._library.assigned:
            return Come()
        came = self._joining.joined(name, meant) if found else None
        if came is None and meaning is Meaning.SYMBOL and (written := self._spoken.written(name)):
            return self._compiled(name, written)
        if came is None:
            came = Brought(missing=frozenset((name,) if meaning is Meaning.SYMBOL else ()))
        return self._taken(came, meaning is Meaning.PERHAPS)

    def _compiled(self, name: str, written: Written) -> Come:
        """A function of a source that makes no object so far: what else is in there may come in with it."""
        self.missing.add(name)
        size, rest = round(TOKEN * written.body), round(TOKEN * written.whole) + written.texts
        unsure = 0 if written.path in self._sources else 2 * rest
        self._sources.add(written.path)
        return Come(size, unsure)

    def _computed(self, name: str) -> bool:
        """Whether a name is of arithmetic that the processor does itself.

        Its library may have some of that all the same: then it has not all of it.
        """
        helper = _HELPER.fullmatch(name)
        mode = next(filter(None, helper.groups()), "") if helper else ""
        known = mode in ("sf", "df") and self._library.has("__addtf3")
        return mode in self._native or (known and not self._library.has(f"__add{mode}3"))

    def _taken(self, came: Brought, perhaps: bool) -> Come:
        self.missing |= came.missing
        self._unknown += bool(came.missing)
        for path, size in came.members.items():
            self.members[path] = self.members.get(path, 0) + size
        # Of several some are small: they come to more as sums of what is independent do.
        more = sqrt(self._unknown) - sqrt(self._unknown - 1) if came.missing else 0.0
        flash, unsure = came.flash, round(2 * _UNKNOWN * more)
        if perhaps:  # half of it is as far from all as from nothing
            flash, unsure = flash // 2, unsure + flash
        return Come(flash, unsure, came.ram, came.texts, came.targets)
