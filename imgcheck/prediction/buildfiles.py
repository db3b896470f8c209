"""Finds the files of a build again after it moved: objects by the map's paths, sources by the compiler's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from imgcheck.builds.locating import OBJECT_SUFFIXES, Index, files_below
from imgcheck.errors import FormatError
from imgcheck.prediction.linknodes import Linked
from imgcheck.readers import files, linkmap, objects
from imgcheck.readers.linkmap import LinkMap
from imgcheck.readers.objects import Object

_LONGEST_RULE = 1 << 16  # bytes of a .d file: its first need is all that is asked for
_ARCHIVES = (".a", ".lib")
SOURCE_SUFFIXES = (
    *(".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".s", ".S", ".sx", ".h", ".hh", ".hpp", ".hxx", ".h++"),
    *(".inl", ".inc", ".ipp", ".tpp", ".tcc", ".def", ".tbl", ".xmacro"),
)


class Objects(NamedTuple):
    """The objects of a link that could be read, in link order, and the files that could not be found."""

    linked: tuple[Linked, ...]
    missing: tuple[str, ...]  # LOAD paths
    files: Mapping[str, Path]  # LOAD path -> where it was found
    archives: Mapping[str, Path | None] = {}  # LOAD path of each archive, in link order -> likewise
    assigned: frozenset[str] = frozenset()  # what the linker script defines


def sources_below(folder: Path) -> list[str]:
    """Paths of the C and C++ sources and headers below `folder`."""
    return files_below(folder, SOURCE_SUFFIXES)


def newer(paths: Iterable[str], root: Path, firmware: Path) -> frozenset[str]:
    """Those of the `paths` below `root` that were written after the firmware."""
    built = firmware.stat().st_mtime_ns
    found = set()
    for path in paths:
        with suppress(OSError):
            if (root / path).stat().st_mtime_ns > built:
                found.add(path)
    return frozenset(found)


def load_objects(links: LinkMap, map_path: Path, folder: Path | None, given: bool = False) -> Objects:
    """Reads every object that has a row in the map.

    A LOAD path is tried as it stands (from the map's folder), then by its end below `folder`. An archive
    counts as found only if it holds the members that the map names. Raises FormatError for a broken one,
    and for a folder that was `given` and has none of them.
    """
    wanted: dict[str, dict[str, None]] = {}  # LOAD path -> row paths in link order
    known = set(links.loads)
    for row in (*links.discarded, *links.inputs):
        if not row.object:
            continue
        load = row.path if row.path in known or not row.archive else linkmap.parts(row.path)[0]
        wanted.setdefault(load, {})[row.path] = None
    order = [load for load in dict.fromkeys((*links.loads, *wanted)) if load in wanted]
    index: Index | None = None
    linked: list[Linked] = []
    missing: list[str] = []
    files: dict[str, Path] = {}
    held = 0
    for load in order:
        path = map_path.parent / load
        if folder is not None or not _there(path):
            if index is None:
                index = Index(files_below(folder or map_path.parent, OBJECT_SUFFIXES))
            below = index.find(load)
            held += bool(below)
            path = Path(below or path)
        found = _members(path, load, tuple(wanted[load]), links) if _there(path) else None
        if found is None:
            missing.append(load)
            linked.extend(Linked(row, None) for row in wanted[load])
            continue
        files[load] = path
        linked.extend(found)
    if given and order and not held:
        raise FormatError(f"none of the {len(order):d} files that were linked is below it", str(folder))
    assigned = frozenset(name for name, _ in links.assignments)
    return Objects(tuple(linked), tuple(missing), files, _archives(links, map_path, files, index), assigned)


def _there(path: Path) -> bool:
    """Whether it is a file: a map may say names that no system has, longer than 255 bytes."""
    with suppress(OSError):
        return path.is_file()
    return False


def _archives(
    links: LinkMap, map_path: Path, known: Mapping[str, Path], index: Index | None
) -> dict[str, Path | None]:
    """The archives of a link, those included that nobody took a member from; None where one is not found.

    A linker looks into each when it is its turn, and twice named is not twice there.
    """
    found: dict[str, Path | None] = {}
    for load in dict.fromkeys(links.loads):
        path = known.get(load)
        if load.endswith(_ARCHIVES):
            below = index.find(load) if path is None and index is not None else ""
            plain = Path(below) if below else map_path.parent / load
            found[load] = path or (plain if _there(plain) else None)
    return found


def _members(path: Path, load: str, rows: Sequence[str], links: LinkMap) -> list[Linked] | None:
    """The objects of one file that the map has rows of; None if it does not hold them."""
    members = objects.read(path)
    if rows == (load,):
        return [Linked(load, _parse(members[0].data, path))] if members and not members[0].name else None
    by_name: dict[str, list[Object]] = {}  # two members may share a name
    wanted = set(rows)
    for name, data in members:
        if f"{load}({name})" in wanted:
            by_name.setdefault(name, []).append(_parse(data, path))
    for name, objs in by_name.items():
        if len(objs) > 1:
            by_name[name] = _asked_for(objs, f"{load}({name})", links)
    found = [Linked(row, obj) for row in rows for obj in by_name.get(row[len(load) + 1 : -1], (None,))]
    return found if by_name else None


def _asked_for(objs: list[Object], row: str, links: LinkMap) -> list[Object]:
    """Those members of one name that were linked, in link order: the map has the symbols that asked.

    All of them where no symbol asked, or by a name that none defines (a map's may be demangled).
    """
    left, found = list(objs), []
    for member, _, symbol in links.pulled:
        if member == row:
            one = next((obj for obj in left if symbol in _defined(obj)), None)
            if one is None:
                return objs
            left.remove(one)
            found.append(one)
    return found or objs


def _defined(obj: Object) -> set[str]:
    symbols = obj.symbols
    return {name for i, name in symbols.names.items() if symbols.binds[i] and symbols.sections[i]}


def _parse(data: memoryview, path: Path) -> Object:
    try:
        return objects.load(data)
    except FormatError as error:
        raise error.within(str(path)) from None


def depends(objects_found: Objects) -> dict[str, str]:
    """Object path -> its source, from the `.d` files that the compiler left beside bare objects."""
    found: dict[str, str] = {}
    for load, path in objects_found.files.items():
        rule = path.with_suffix(".d")
        if path.suffix == ".o" and _there(rule):
            text = files.begin(rule, _LONGEST_RULE).decode("utf-8", "replace").replace("\\\n", " ")
            _, _, needs = text.partition(": ")
            first = needs.split()
            if first:
                found[load] = first[0]
    return found


def base_name(row: str) -> str:
    """The base name without suffix of an object path as the map prints it."""
    return PurePosixPath(linkmap.parts(row)[1].replace("\\", "/")).name.split(".")[0]
