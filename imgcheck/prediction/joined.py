"""What has to be said of libraries from which more is linked without a feature?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from imgcheck.model import Diagnostic, Location
from imgcheck.prediction.study import Study
from imgcheck.readers import linkmap
from imgcheck.wording import commas, listed


def said(known: Study, name: str) -> Iterator[Diagnostic]:
    """That code which comes in calls what nobody has who is at hand; which objects are linked for it."""
    removal, define = known.removal(frozenset((name,))), known.configuration.features[name]
    place = Location(known.shown(define.path), define.line)
    if removal.missing:
        called = listed(sorted(removal.missing), "")
        why = listed(_names(known.outsiders.library.lost), " (", " could not be read)")
        yield Diagnostic(
            "feature-calls-unknown",
            "warning",
            f"without {name}, code comes in that calls {called}, which no linked object has and no library "
            f"at hand{why}; how large that is nobody knows, so what is saved is an estimate",
            place,
            help="No plan takes it. Name the folder of the libraries (--objects), or build once without it.",
            subject=name,
        )
    if size := sum(removal.members.values()):
        members = sorted(removal.members, key=lambda path: (-removal.members[path], path))
        objects = [linkmap.parts(path)[1] for path in members if removal.members[path]]
        archives = _names(linkmap.parts(path)[0] for path in members)
        yield Diagnostic(
            "feature-links-more",
            "note",
            f"without {name}, code comes in for which {commas(size)} bytes of {listed(archives, '')} are "
            f"linked that nobody asked for so far: {listed(objects, '')}",
            place,
            subject=name,
        )


def _names(paths: Iterable[str]) -> list[str]:
    """What files are called, each once."""
    return sorted({path.replace("\\", "/").rsplit("/", 1)[-1] for path in paths})
