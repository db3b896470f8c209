"""Which configuration macros does code read as values, by their own names or by those of others?"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.prediction.sources.pasting import NOTHING, Pasting
from imgcheck.prediction.sources.tree import SOURCES, Tree

_START = attrgetter("start")
_ARGUMENTS = 8  # tokens behind a macro's name in which its first arguments are
_MOST_ALIASES = 64  # macros that stand for one feature


class Reads(NamedTuple):
    """`switches` are the features and what stands for them; `values` those features that code reads."""

    switches: frozenset[str]
    values: frozenset[str]


def find(tree: Tree, features: Iterable[str], compiled: Collection[str], pasted: Pasting = NOTHING) -> Reads:
    """The features that a source of `compiled` or a header reads: their #define must stay, as 0."""
    switches: set[str] = set()
    values: set[str] = set()
    candidates = [
        (path, text)
        for path, text in tree.files.items()
        if path in compiled or path.rpartition(".")[2] not in SOURCES
    ]
    features = tuple(features)
    named = _named(features, candidates)
    for feature in features:
        names = [feature]
        for name in names:
            # What must not be before it is looked at last: a search for fixed text is much faster.
            word = re.compile(rf"{re.escape(name)}(?<![\w$]{re.escape(name)})(?![\w$])")
            for path, text in named.get(name, candidates):
                if name not in text or not word.search(text):
                    continue
                try:
                    source = tree.source(path)
                except FormatError:  # no file of this build
                    continue
                read = False
                for match in word.finditer(source.text):
                    at = bisect_right(source.directives, match.start(), key=_START) - 1
                    directive = source.directives[at] if at >= 0 else None
                    if directive is None or match.start() >= directive.end:
                        read = read or name in source.lex(source.block(at + 1))
                    elif (
                        directive.kind == "define"
                        and directive.name not in names
                        and directive.parameters is None
                        and name in directive.text
                        and len(names) < _MOST_ALIASES
                    ):
                        names.append(directive.name)
                if read:
                    values.add(feature)
                    switches.update(names)
    for feature, halves in pasted.halves.items():
        if any(_pasted(tree, path, halves, pasted.makers) for path, _ in candidates):
            values.add(feature)
            switches.update((feature, *halves))
    return Reads(frozenset(switches), frozenset(values))


def _pasted(tree: Tree, path: str, halves: frozenset[str], makers: frozenset[str]) -> bool:
    """Whether code of a file reads one of these halves with a macro that adds the other one."""
    words = tree.words(path)
    if halves.isdisjoint(words) or makers.isdisjoint(words):
        return False
    try:
        source = tree.source(path)
    except FormatError:  # no file of this build
        return False
    for block in range(len(source.directives) + 1):
        tokens = source.lex(source.block(block))
        for index, token in enumerate(tokens):
            if token in makers and not halves.isdisjoint(tokens[index + 1 : index + _ARGUMENTS]):
                return True
    return False


def _named(
    features: Iterable[str], candidates: Sequence[tuple[str, str]]
) -> dict[str, list[tuple[str, str]]]:
    """The files that name each feature, at the least: most files name none, and are searched once for all.

    Features begin alike (ENABLE_), and a search for a word's fixed beginning costs least.
    """
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in features}
    for start in {name.partition("_")[0] for name in found}:
        word = re.compile(rf"{re.escape(start)}[\w$]*")
        for path, text in candidates:
            for name in set(word.findall(text)) & found.keys() if start in text else ():
                found[name].append((path, text))
    return found
