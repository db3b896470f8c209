"""Which features does code name in two halves: `#define HAS(x) ENABLE_##x`, then `#if HAS(WIFI)`?

No word of such a file is the feature's. What stands there is its other half, so that is looked for too: a
file that has it and no such macro is looked at for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from imgcheck.prediction.sources.tree import Tree

_DEFINITION = re.compile(r"#[ \t]*define[ \t]+([A-Za-z_$][\w$]*)\([^()]*\)((?:[^\\\n]|\\(?:\r?\n|.))*)")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_MOST_MAKERS = 256


class Pasting(NamedTuple):
    """`halves` are what features are named by besides their names, `makers` the macros that add the rest."""

    halves: Mapping[str, frozenset[str]]
    makers: frozenset[str]


NOTHING = Pasting({}, frozenset())


def find(tree: Tree, features: Iterable[str]) -> Pasting:
    """The features whose name some macro of the tree can put together, with any word behind a `_`."""
    features = tuple(features)
    starts = {name[: at + 1] for name in features for at, sign in enumerate(name[:-1]) if sign == "_" and at}
    found = _makers(tree, starts) if starts and any("##" in text for text in tree.files.values()) else {}
    halves = {
        name: frozenset(name.removeprefix(start) for start in found if name.startswith(start))
        for name in features
    }
    makers = frozenset[str]().union(*found.values())
    return Pasting({name: ends for name, ends in halves.items() if ends}, makers) if makers else NOTHING


def _makers(tree: Tree, starts: set[str]) -> dict[str, frozenset[str]]:
    """The macros with arguments that have such a beginning in their replacement, or lead to one that has."""
    shortest = _shortest(starts)
    texts = [text for text in tree.files.values() if any(start in text for start in shortest)]
    first: dict[str, set[str]] = {}
    for text in texts:
        for name, body in _DEFINITION.findall(text):
            for start in starts.intersection(_WORD.findall(body)):
                first.setdefault(start, set()).add(name)
    return {start: frozenset(_users(tree, names)) for start, names in first.items()}


def _shortest(starts: set[str]) -> set[str]:
    """Beginnings that all others begin with."""
    return {one for one in starts if not any(one != other and one.startswith(other) for other in starts)}


def _users(tree: Tree, names: set[str]) -> set[str]:
    """These macros, and the macros with arguments whose replacement has one of them."""
    every = [
        (name, frozenset(_WORD.findall(body)))
        for text in tree.files.values()
        if any(name in text for name in names)
        for name, body in _DEFINITION.findall(text)
    ]
    found, due = set(names), True
    while due and len(found) < _MOST_MAKERS:
        new = {name for name, words in every if not words.isdisjoint(found)} - found
        found |= new
        due = bool(new)
    return found
