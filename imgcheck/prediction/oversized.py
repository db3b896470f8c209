"""What is not known where a source of the build is too large to be read?

A "source" of megabytes is a table that a script wrote, and it takes minutes to read. But its code is in the
build, and it may ask for features: what an object has that was made of it may go as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from imgcheck.model import Diagnostic
from imgcheck.prediction.comparing import Comparing
from imgcheck.prediction.effects import Effect
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources.tree import Tree

_MOST = 3  # files that the finding names


def objects(origins: Mapping[int, Origin], tree: Tree) -> dict[int, frozenset[str]]:
    """The objects that have code of a file which was not read, by number, with the sources of each."""
    unread = tree.unread.keys()
    return {
        number: origin.sources
        for number, origin in origins.items()
        if origin.source and (origin.sources | origin.files) & unread
    }


def said(origins: Mapping[int, Origin], tree: Tree) -> tuple[Diagnostic, ...]:
    """That files which were compiled are not read; nothing where none is."""
    every = {path for origin in origins.values() for path in (*origin.sources, *origin.files)}
    names = sorted(every & tree.unread.keys())
    if not names:
        return ()
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return (
        Diagnostic(
            "source-unread",
            "warning",
            f"{', '.join(names[:_MOST])}{more} {'is' if len(names) == 1 else 'are'} too large to be read: "
            "what features change there is not known, and the bars of those that it names are as wide",
            help="Put the code that asks for features into a source of its own.",
            subject="sources",
        ),
    )


def concerned(
    off: frozenset[str], unread: Mapping[int, frozenset[str]], comparing: Comparing
) -> frozenset[int]:
    """Those of the `unread` objects to which the features `off` can matter."""
    return frozenset(
        number
        for number, sources in unread.items()
        if any(comparing.among(off, source) for source in sources)
    )


def widened(graph: Graph, effect: Effect, concerned: frozenset[int]) -> Effect:
    """An effect whose bar has all that stays of these objects."""
    if not concerned:
        return effect
    gone = set(effect.gone)
    here = (index for number in concerned for index in graph.sections[number])
    more = sum(graph.nodes[index].flash for index in here if index not in gone)
    return replace(effect, error=effect.error + more, reworked=effect.reworked + 1)
