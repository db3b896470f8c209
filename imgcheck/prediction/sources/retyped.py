"""Which types are as large as another one: by a typedef, by `packed` or #pragma pack, by members in an #else?

Where only members of a type go, what the compiler recorded of it tells more, and is asked first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from imgcheck.prediction.sources import typeless
from imgcheck.prediction.sources.comparison import SourceChange, unchanged
from imgcheck.prediction.sources.enumerators import Meanings
from imgcheck.prediction.sources.lengths import SIZE
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.records import Record
from imgcheck.prediction.sources.storage import Types
from imgcheck.prediction.sources.tree import Tree
from imgcheck.source import Source

_TYPES = frozenset({
    "struct", "union", "class", "typedef", "using", "packed", "__packed__", "__packed",
})  # fmt: skip
_PACK = re.compile(r"pack\s*\(([^)]*)\)")
_DEEPEST = 200  # headers in headers


def extended(
    change: SourceChange | None,
    source: Source,
    both: tuple[Sequence[Visit], Sequence[Visit]],
    records: tuple[Record, Record],
    asked: tuple[Types, int],
) -> SourceChange | None:
    """The change of a file, None for none, with its types of another size.

    `asked` are the types of all files, and the size of a `long double`.
    """
    packing = [_packing(source, _active(one, source.path)) if packs(source) else {} for one in records]
    # Tokens of a block under the same macros are one list, which both sides hold: known by identity.
    was, now = ({id(visit.tokens): visit.tokens for visit in side} for side in both)
    differing = [
        tokens for one, other in ((was, now), (now, was)) for key, tokens in one.items() if key not in other
    ]
    if packing[0] == packing[1] and all(_TYPES.isdisjoint(tokens) for tokens in differing):
        return change
    types, wide = asked
    old, new = (types.of(side, wide, pack) for side, pack in zip(both, packing, strict=True))
    found = {name: (old[name], new[name]) for name in sorted(old.keys() & new) if old[name] != new[name]}
    untyped = typeless.lost(both)
    if not found and not untyped:
        return change
    change = change or unchanged(source.path)
    return change._replace(types=found, untyped=change.untyped | untyped)


def sizes(both: tuple[Sequence[Visit], Sequence[Visit]], types: Types, wide: int) -> Meanings | None:
    """What `sizeof` gives of a file's types before and after, None where all of them stay as they are."""
    was, now = ({id(visit.tokens): visit for visit in side} for side in both)  # as in `extended`, by identity
    differing = [was[key] for key in was.keys() - now] + [now[key] for key in now.keys() - was]
    if not any(map(_inside, differing)):
        return None
    old, new = (types.of(side, wide, {}) for side in both)
    other = sorted(name for name in old.keys() & new if old[name].size != new[name].size)
    if not other:
        return None
    return Meanings(
        {SIZE + name: old[name].size for name in other}, {SIZE + name: new[name].size for name in other}
    )


def _inside(visit: Visit) -> bool:
    """Whether a block has to do with a type: it declares one, or ends in the middle of one."""
    return not _TYPES.isdisjoint(visit.tokens) or any(one.kind == "type" for one in visit.uses.after.scopes)


def packs(source: Source) -> bool:
    """Whether a file has a #pragma pack."""
    return any(one.kind == "pragma" and one.text.startswith("pack") for one in source.directives)


def packed(tree: Tree, known: dict[str, bool], records: tuple[Record, Record]) -> frozenset[str]:
    """The files in which a #pragma pack counts in one of two walks only; `known` says which have one."""
    found: set[str] = set()
    for path in records[0].files:
        if path not in known:
            known[path] = "pack" in tree.files.get(path, "") and packs(tree.source(path))
        if known[path]:
            was, now = (_packing(tree.source(path), _active(one, path)) for one in records)
            if was != now:
                found.add(path)
    return frozenset(found)


def _active(record: Record, path: str, depth: int = 0) -> Sequence[int]:
    """Which blocks of a file count in a walk that includes it, where it first does."""
    if record.path == path:
        return record.active
    for child in record.children.values() if path in record.files and depth < _DEEPEST else ():
        if found := _active(child, path, depth + 1):
            return found
    return ()


def _packing(source: Source, active: Sequence[int]) -> Mapping[int, int]:
    """What #pragma pack says in front of each block where it says something."""
    found: dict[int, int] = {}
    stack: list[int] = []
    now = 0
    for index, one in enumerate(source.directives):
        said = _PACK.match(one.text) if one.kind == "pragma" and active and active[index + 1] else None
        words = [word.strip() for word in said[1].split(",")] if said else []
        if words[:1] == ["push"]:
            stack.append(now)
        if words[:1] == ["pop"]:
            now = stack.pop() if stack else 0
        elif words[-1:] == [""]:
            now = 0
        elif words and words[-1].isdecimal():
            now = int(words[-1])
        if now:
            found[index + 1] = now
    return found
