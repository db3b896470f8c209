"""Which source did each object come from, and which of its lines does each piece of its code belong to?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from imgcheck.builds.locating import Index
from imgcheck.errors import UndecidedError
from imgcheck.model import Diagnostic
from imgcheck.prediction import assembled, buildfiles, codelines, given
from imgcheck.prediction.coderows import Code, Inline
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources.changes import SourceChange
from imgcheck.prediction.sources.tree import Tree
from imgcheck.readers.objects import Object
from imgcheck.wording import commas

_ABSOLUTE = 0xFFF1  # st_shndx of what lies in no section
_MOST_UNASKED = 3000  # sources that are read though nobody named their folders: an SDK has 5,000 and more


def paths(root: Path, header: str, roots: Sequence[str]) -> tuple[list[str], tuple[Diagnostic, ...]]:
    """The sources below the folders `roots` of `root`; without those all there are, if that is no whole SDK.

    Of too many only those beside the configuration header (its uppermost folder) are taken, and that is said.
    Raises UndecidedError where the header lies in no folder.
    """
    folders = [root / name for name in roots if (root / name).is_dir()]
    if folders:
        return [path for folder in folders for path in buildfiles.sources_below(folder)], ()
    every = buildfiles.sources_below(root)
    if len(every) <= _MOST_UNASKED:
        return every, ()
    above, inside, _ = header.partition("/")
    many = (
        f"{commas(len(every))} sources are below {root}, and the policy does not say which are the project's"
    )
    advice = "Put the project's own folders into [features] source_roots of imgcheck.toml."
    if not inside or above == "..":
        raise UndecidedError(f"{many} ([features] source_roots)")
    near = Diagnostic(
        "sources-bounded",
        "warning",
        f"{many}: only those in {above}/ are looked at",
        help=advice,
        subject="sources",
    )
    return buildfiles.sources_below(root / above), (near,)


def origins(found: buildfiles.Objects, tree: Tree) -> dict[int, Origin]:
    """Where each object came from, those from elsewhere left out."""
    index = Index(tree.files)
    rules = buildfiles.depends(found)
    by_name = _by_name(tree.sources())
    by_assembler = _by_name(path for path in tree.files if path.endswith(assembled.SUFFIXES))
    origins: dict[int, Origin] = {}
    for number, (path, obj) in enumerate(found.linked):
        named = codelines.source_files(obj) if obj is not None else codelines.Named()
        units = [*map(index.find, named.units), *_assembled_of(obj, index, tree)]
        files = frozenset(filter(None, (*units, *map(index.find, named.files))))
        source = units[0] if units else ""
        base = buildfiles.base_name(path)
        same = by_name.get(base) or by_assembler.get(base) or []
        source = source or index.find(rules.get(path, "")) or _only(same)
        if source or files:
            others = frozenset(filter(None, units)) - {source}
            origins[number] = Origin(source, files, others=others)
    return origins


def _assembled_of(obj: Object | None, index: Index, tree: Tree) -> list[str]:
    """The sources that an object's symbols are of, where those are several: some may have no lines.

    Another project has files of the same name: one that none of the object's symbols is in is not its own.
    """
    if obj is None or obj.symbols.units < 2:
        return []
    known = obj.symbols
    names, defined = list[str](), set[str]()
    for at, name in known.names.items():
        if known.sections[at] == _ABSOLUTE and not (known.binds[at] or known.values[at]):
            names.append(name)  # STT_FILE of the gABI, chapter 4
        elif known.binds[at] and 0 < known.sections[at] < _ABSOLUTE:
            defined.add(name)
    found = filter(None, map(index.find, names if len(names) > 1 else ()))
    return [path for path in dict.fromkeys(found) if not defined.isdisjoint(tree.words(path))]


def compiled(origins: Mapping[int, Origin]) -> frozenset[str]:
    """The sources that objects were made of."""
    return frozenset().union(*(origin.sources for origin in origins.values()))


def fast(
    origins: Mapping[int, Origin], producers: Iterable[tuple[str, str]], sources: Index
) -> frozenset[int]:
    """The objects with a source that was compiled for speed; `producers` are of units, with their paths."""
    found = {sources.find(path) for path, producer in producers if given.for_speed(producer)} - {""}
    return frozenset(number for number, origin in origins.items() if not found.isdisjoint(origin.sources))


def touched(changes: Iterable[Mapping[str, SourceChange]]) -> frozenset[str]:
    """The files that change, and of those that change for some sources only these sources."""
    every = [item for one in changes for item in one.items()]
    return frozenset(path for path, change in every if not change.units).union(
        *(change.units for _, change in every)
    )


def affected(
    found: buildfiles.Objects, origins: Mapping[int, Origin], touched: frozenset[str]
) -> dict[int, Object | None]:
    """The objects that lines of the files `touched` could be in, by number.

    A third of all objects name a header that changes for one source: their code is nothing to read for that.
    """
    return {
        number: found.linked[number].object
        for number, origin in origins.items()
        if not touched.isdisjoint(origin.sources) or origin.files & touched
    }


def naming(affected: Iterable[int], origins: Mapping[int, Origin], touched: frozenset[str]) -> frozenset[str]:
    """The base names of files by which the line programs of the objects `affected` are found.

    That is their sources' where they have lines of those; one that was made of headers alone has none.
    """
    others = [origins[number].files for number in affected if touched.isdisjoint(origins[number].files)]
    return frozenset(path.rsplit("/", 1)[-1] for path in touched.union(*others))


def with_code(
    affected: dict[int, Object | None],
    graph: Graph,
    lines: codelines.LinkedLines,
    origins: Mapping[int, Origin],
    binary: bytes,
    asked: tuple[Callable[[], Mapping[int, tuple[Inline, ...]]], Callable[[str], frozenset[str]]],
) -> dict[int, Origin]:
    """The same, with the code of those that are `affected` by some feature's lines.

    `affected` is used up: an object is much larger than what is told from it. `asked` tells at last
    the inlined calls of each program of the `lines` that are loaded, and the identifiers of a source.
    """
    told: dict[int, codelines.Told] = {}
    for number in tuple(affected):
        obj = affected.pop(number)
        if obj is None:
            told[number] = codelines.from_linked(graph, number, lines)
        else:
            told[number] = codelines.rows(graph, number, obj, lines, binary)
    made = dict(origins)
    calls, words = asked
    inlined = calls()
    for number, (rows, programs) in told.items():
        code = Code(rows, tuple(call for program in programs for call in inlined[program]))
        # An object without debug information tells its headers only here.
        files = {row.path for some in rows.values() for row in some if row.path}
        known = origins[number]
        own = frozenset[str]().union(*map(words, known.sources))
        made[number] = replace(known, files=known.files | files, code=code, words=own)
    return made


def _by_name(paths: Iterable[str]) -> dict[str, list[str]]:
    """These paths by their base names."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rsplit("/", 1)[-1].split(".")[0], []).append(path)
    return found


def _only(same: Sequence[str]) -> str:
    """The only source with an object's base name."""
    return same[0] if len(same) == 1 else ""
