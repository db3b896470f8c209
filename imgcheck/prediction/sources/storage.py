"""How many bytes do variables take that only come in: what DWARF cannot tell, as nobody has compiled them?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from imgcheck.prediction.sources.declarations import Reader, Room, Shape
from imgcheck.prediction.sources.reading import Visit

__all__ = ["Room", "Shape", "Types", "rooms", "types"]


def rooms(visits: Iterable[Visit], names: frozenset[str], wide: int) -> dict[str, Room]:
    """What those of `names` take that are declared as variables; `visits` are all blocks of a file.

    `wide` is the size of a `long double`, of which its address is a multiple.
    """
    known: dict[str, Shape] = {}
    found: dict[str, Room] = {}
    for visit in visits:
        reader = Reader(visit.tokens, known, wide)
        found.update((name, room) for name, room in reader.variables() if name in names)
    return found


def types(visits: Iterable[Visit], wide: int, packing: Mapping[int, int]) -> dict[str, Shape]:
    """The types of a file by their names; `packing` is what #pragma pack says for blocks where it does."""
    known: dict[str, Shape] = {}
    pieces: list[tuple[int, list[str]]] = []
    for visit in visits:
        pack = packing.get(visit.block, 0)
        if not pieces or pieces[-1][0] != pack:
            pieces.append((pack, []))
        pieces[-1][1].extend(visit.tokens)
    for pack, tokens in pieces:
        Reader(tokens, known, wide, pack).types()
    return known


class Types:
    """Remembers the types of texts: most sets of features leave most files as another set does."""

    def __init__(self) -> None:
        # With the visits, whose tokens are known by identity: one that is let go could be another's.
        self._known: dict[object, tuple[Sequence[Visit], Mapping[str, Shape]]] = {}

    def of(self, visits: Sequence[Visit], wide: int, packing: Mapping[int, int]) -> Mapping[str, Shape]:
        """As `types`."""
        blocks = tuple([visit.block for visit in visits]) if packing else ()  # which it is said of
        key = (wide, tuple([id(visit.tokens) for visit in visits]), tuple(packing.items()), blocks)
        if key not in self._known:
            self._known[key] = tuple(visits), types(visits, wide, packing)
        return self._known[key][1]
