"""Which features does a #define of the configuration header follow from?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from imgcheck.prediction.sources.tree import Tree
from imgcheck.source import Source

NAME = re.compile(r"[A-Za-z_$][\w$]*")
OPENING = frozenset({"if", "ifdef", "ifndef"})
CONDITIONAL = OPENING | {"elif", "elifdef", "elifndef"}
DECIDING = 32  # features that one line can be said to follow from


def deciding(source: Source, matches: Callable[[str], object]) -> dict[int, tuple[str, ...]]:
    """The features that the conditions around each #define speak of, the nearest first.

    The conditions of the branches before its own decide too.
    """
    chains: list[tuple[str, ...]] = [()]
    found: dict[int, tuple[str, ...]] = {}
    for index, directive in enumerate(source.directives):
        kind = directive.kind
        if kind in CONDITIONAL:
            words = (directive.name, *NAME.findall(directive.text))
            named = [name for name in words if name and matches(name)]
            around = tuple(dict.fromkeys((*named, *chains[-1])))[:DECIDING]
            if kind in OPENING:
                chains.append(around)
            else:
                chains[-1] = around
        elif kind == "endif":
            chains.pop()
        elif kind == "define":
            found[index] = chains[-1]
    return found


def derived_from(
    tree: Tree,
    name: str,
    places: list[tuple[str, int]],
    matches: Callable[[str], object],
    decided: Mapping[str, Mapping[int, tuple[str, ...]]],
) -> tuple[str, ...]:
    """The features that the conditions around all of `places`, or their values, speak of."""
    everything: set[str] = set()
    for path, index in places:
        text = tree.source(path).directives[index].text
        here = {one for one in NAME.findall(text) if matches(one)}.union(decided[path][index])
        here.discard(name)
        if not here:
            return ()  # one of its lines stands free
        everything |= here
    return tuple(sorted(everything))
