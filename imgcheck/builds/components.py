"""Which component of the policy does a run of bytes belong to?"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import translate

from imgcheck.model import FILL, HOLE, LINKER_SCRIPT, UNATTRIBUTED, Component, Item, Pattern


def archive_of(item: Item) -> str:
    """The archive; a bare object stands for itself, and what has neither for its bracket name."""
    return item.archive or item.object or nobody(item)


def object_of(item: Item) -> str:
    """The object as `libx.a(member.o)`, unique also where archives have members of one name.

    Without a map the source file stands for the object.
    """
    if item.archive:
        return f"{item.archive}({item.object})"
    return item.object or item.source.rsplit("/", 1)[-1] or nobody(item)


def names(items: Iterable[Item], components: tuple[Component, ...]) -> list[str]:
    """The component of each item: the first, in the policy's order, of which one glob matches.

    Globs know case and `*` also stands for slashes; a relative source path is matched as if `/` was in front
    of it too. What nothing matches falls to its archive's name without `lib` and `.a`, a bare object's name,
    or a bracket name. Without a map, `x.c` is taken for `x.o`, and its folder for the archive.
    """
    fields = {
        name: _first_match(components, name) for name in ("archive", "object", "source", "section", "symbol")
    }
    archive, object_, source, section, symbol = fields.values()
    unmatched = len(components)
    places: dict[tuple[str, str, str, str, str], int] = {}
    found: list[str] = []
    for item in items:
        place = (item.archive, item.object, item.source, item.section, item.input_section)
        best = places.get(place)
        if best is None:
            whole = object_of(item) if item.archive else ""
            rooted = item.source if item.source.startswith("/") else f"/{item.source}"
            best = min(
                archive(item.archive),
                object_(item.object or _compiled(item.source)),
                object_(whole),
                source(item.source),
                source(rooted if item.source else ""),
                section(item.section),
                section(item.input_section),
            )
            places[place] = best
        best = min(best, symbol(item.name))
        found.append(_fallback(item) if best == unmatched else components[best].name)
    return found


def texts(items: Iterable[Item]) -> dict[str, set[str]]:
    """Every name of a build that a glob of that field is tried on."""
    found: dict[str, set[str]] = {
        name: set() for name in ("archive", "object", "source", "section", "symbol")
    }
    for item in items:
        found["archive"].add(item.archive)
        found["object"] |= {item.object or _compiled(item.source), object_of(item) if item.archive else ""}
        found["source"] |= {item.source, f"/{item.source}" if item.source else ""}
        found["section"] |= {item.section, item.input_section}
        found["symbol"].add(item.name)
    return found


def matches(pattern: Pattern, names: Mapping[str, Collection[str]]) -> bool:
    """Whether a component's glob matches one of the names of its field."""
    search = re.compile(translate(pattern.glob))
    return any(search.match(text) for text in names[pattern.field] if text)


def _first_match(components: tuple[Component, ...], field: str) -> Callable[[str], int]:
    """A function from a text to the index of the first component with a glob for `field` that matches it.

    All globs of a field are one expression of alternatives in the policy's order, so that each distinct text
    is looked at once.
    """
    globs = [(i, p.glob) for i, c in enumerate(components) for p in c.patterns if p.field == field]
    nothing = len(components)
    if not globs:
        return lambda text: nothing
    search = re.compile("|".join(f"({translate(glob)})" for _, glob in globs))
    known: dict[str, int] = {"": nothing}

    def first(text: str) -> int:
        index = known.get(text)
        if index is None:
            match = search.match(text)
            index = known[text] = globs[match.lastindex - 1][0] if match and match.lastindex else nothing
        return index

    return first


def _fallback(item: Item) -> str:
    if item.archive:
        return item.archive.removeprefix("lib").removesuffix(".a") or item.archive
    if item.object or not item.source:
        return item.object or nobody(item)
    folder = item.source.rpartition("/")[0].rpartition("/")[2]
    return folder or item.source


def _compiled(source: str) -> str:
    """The name that an object of this source usually has."""
    return source.rsplit("/", 1)[-1].rsplit(".", 1)[0] + ".o" if source else ""


def nobody(item: Item) -> str:
    """The bracket name of bytes that no input section or object has."""
    if item.name in (FILL, HOLE):
        return item.name
    return LINKER_SCRIPT if item.name == item.section else UNATTRIBUTED
