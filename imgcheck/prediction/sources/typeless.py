"""Which names of types go while code that stays uses them: a source that does not compile then?

The linker never sees those: such code may be in a function that nobody calls, of a source that is compiled
all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from imgcheck.errors import ImgcheckError
from imgcheck.prediction.sources import undeclared
from imgcheck.prediction.sources.comparison import unchanged
from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.records import Off
from imgcheck.prediction.sources.tree import Tree
from imgcheck.prediction.sources.units import Piece, Told, Unit, Visits

_IN_FRONT = frozenset(
    {"", ";", "{", "}", "(", ",", "const", "static", "volatile", "extern", "inline", "register"}
)
# What follows a type's name in its typedef, or can hide that.
_END = re.compile(r"\s*[;/\\#]")


class Typeless:
    """Remembers which names of types each change of a header takes: units that see it alike are told once."""

    def __init__(self, tree: Tree, blocks: Blocks) -> None:
        self._tree = tree
        self._blocks = blocks
        self._known: dict[Told, frozenset[str]] = {}
        self._only: dict[tuple[str, str], bool] = {}

    def extended(
        self,
        unit: Unit,
        off: Off,
        pieces: Iterable[Piece],
        after: Callable[[Unit, Off, Iterable[str], None], Visits],
    ) -> Iterator[Piece]:
        """The same pieces, and one with the types that go and that the unit's own file uses `after` all."""
        names, others = set[str](), set[str]()  # types, and what `undeclared` tells
        for piece in pieces:
            change, told = piece.change, piece.told
            gone = change.untyped if change is not None else frozenset[str]()
            if told is not None:
                gone = gone or self._known.get(told, gone)
                if gone:
                    self._known[told] = gone
            path = told[0] if told else unit.path
            if path not in unit.record.files:  # what goes elsewhere comes in here
                gone = frozenset()
            names |= {name for name in gone if " " not in name and self._declares(path, name)}
            others |= {name for name in gone if " " in name and self._alone(unit, path, name)}
            if change is not None and told is None and gone:
                yield piece._replace(change=change._replace(untyped=frozenset()))
            else:
                yield piece
        names &= self._tree.words(unit.path) if names else names
        visits = after(unit, off, (unit.path,), None)[unit.path] if names or others else []
        stays, unknown = used(visits, names), undeclared.used(visits, others)
        if stays or unknown:
            yield Piece(None, True, unchanged(unit.path)._replace(untyped=stays, unknown=unknown))

    def _alone(self, unit: Unit, path: str, full: str) -> bool:
        """Whether a source has a name that no file of it but this one could declare as well."""
        name = full.rpartition(" ")[2]
        others = unit.record.files - {path, unit.path}
        return name in self._tree.words(unit.path) and not any(
            name in self._tree.words(one) for one in others
        )

    def _declares(self, path: str, name: str) -> bool:
        """Whether no other file gives that name to a type, under whatever condition."""
        if (path, name) not in self._only:
            others = (other for other in self._tree.files if other != path and self._may(other, name))
            self._only[path, name] = not any(name in self._names(other) for other in others)
        return self._only[path, name]

    def _may(self, path: str, name: str) -> bool:
        """Whether a file could give that name to a type: it stands at an end there, but for a comment."""
        words = self._tree.words(path)
        if name not in words or "typedef" not in words:
            return False
        text, at = self._tree.files[path], -1
        while (at := text.find(name, at + 1)) >= 0:
            if _END.match(text, at + len(name)):
                return True
        return False

    def _names(self, path: str) -> frozenset[str]:
        with suppress(ImgcheckError):  # nobody may compile it
            blocks = range(len(self._tree.source(path).directives) + 1)
            return frozenset(_declared(self._blocks.block(path, index).tokens for index in blocks))
        return frozenset()


def lost(both: tuple[Sequence[Visit], Sequence[Visit]]) -> frozenset[str]:
    """The names of types that a file declares before only; none where it says something else instead."""
    before, after = both
    blocks = {visit.block for visit in before}
    if any(visit.tokens and visit.block not in blocks for visit in after):
        return frozenset()
    kept = {id(visit.tokens) for visit in after}  # by identity: both sides hold their tokens
    if not any("typedef" in visit.tokens for visit in before if id(visit.tokens) not in kept):
        return frozenset()
    return _typedefs(before) - _typedefs(after)


def used(visits: Sequence[Visit], names: set[str]) -> frozenset[str]:
    """Those of `names` that code uses as types, and does not declare itself."""
    found: set[str] = set()
    for visit in visits:
        if names.isdisjoint(visit.tokens):
            continue
        tokens = ["", *visit.tokens, ""]
        for at in (index for index, token in enumerate(tokens) if token in names):
            behind = tokens[at + 1]
            named = behind == "*" or (behind and identifier(behind) and behind not in KEYWORDS)
            asked = behind == ")" and list(tokens[at - 2 : at]) == ["sizeof", "("]
            if tokens[at - 1] in _IN_FRONT and (named or asked):
                found.add(tokens[at])
    return frozenset(found - _typedefs(visits))


def _typedefs(visits: Iterable[Visit]) -> frozenset[str]:
    return frozenset(_declared(visit.tokens for visit in visits))


def _declared(blocks: Iterable[Sequence[str]]) -> Iterator[str]:
    """The names that typedefs give to types; those of functions, in brackets, are left out."""
    tokens = [token for block in blocks for token in block]
    for start in (index for index, token in enumerate(tokens) if token == "typedef"):
        depth = 0
        for end in range(start, len(tokens)):
            depth += (tokens[end] in OPEN) - (tokens[end] in CLOSED)
            if tokens[end] == ";" and depth <= 0:
                if identifier(tokens[end - 1]):
                    yield tokens[end - 1]
                break
