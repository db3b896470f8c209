"""What do these features save together, and how is that different from the sum of each alone?

Features share code: what two of them hold goes only with both, so a set may save more than its members'
sum; and what both would take alone goes only once, so it may save less.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgcheck.errors import UndecidedError
from imgcheck.model import Feature, SavedSet
from imgcheck.prediction import pieces
from imgcheck.prediction.outlook import Outlook
from imgcheck.prediction.packer import Packer
from imgcheck.prediction.study import Study


def checked(known: Study, names: Sequence[str], option: str) -> tuple[str, ...]:
    """The names, each once and sorted; raises UndecidedError for one that is no feature of the build."""
    for name in names:
        if name not in known.configuration.features:
            raise UndecidedError(f"{option} {name}: {known.unknown(name)}")
    return tuple(sorted(set(names)))


def predict(
    known: Study, packer: Packer, wanted: Sequence[tuple[str, ...]], alone: Sequence[Feature]
) -> tuple[SavedSet, ...]:
    """Each set as a whole, with its pieces; `alone` are the features of the build, each by itself."""
    single = {one.name: one for one in alone}
    outlook = Outlook(known, packer, alone, packed=True)
    outlook.begin(map(frozenset, wanted))
    rows = []
    for names in wanted:
        together = frozenset(names)
        rows.append(
            SavedSet(
                names,
                *outlook.real(together),
                sum(single[name].flash for name in names),
                sum(single[name].ota for name in names),
                any(single[name].estimate for name in names),
                pieces.pieces(known.base, outlook.effect(together), known.prices),
            )
        )
    return tuple(rows)
