"""How far does a build's packed size go when a few bytes move everything behind them?

A function that is compiled otherwise ends some bytes sooner or later than was predicted, and a packer feels
that far away. How much it does differs from build to build, so it is tried on the one at hand: a few bytes of
some functions are left out, the image is linked and packed, and what that changes is taken for noise. Where a
table has two ways to be packed, hundreds of bytes apart, that shows here more often than not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from imgcheck.prediction import layout
from imgcheck.prediction.effects import Build

# Where in the code, and how many bytes: steps that keep and that break the alignment of what follows.
_TRIALS = ((0.2, 2), (0.5, 8), (0.8, 16), (0.6, 4))
_LEAST_CODE = 300  # bytes of a function that can spare some
# 180 trials on ten OpenBeken builds (GCC 12, 14 and 15, -Os, half of it -O1, -O2 or -mno-relax) were within
# 176 bytes; two ways to be packed lie 330 to 450 apart.
_TWO_WAYS = 220
# Of 194 features of 15 such builds that are compiled otherwise 182 were within this and what is unsure of
# their flash. On most of them it was chosen; of 31 on three builds that were not looked at before, all were.
_USUAL = 130


def images(base: Build) -> Iterator[bytes]:
    """The image without a few bytes of code here or there; none where addresses cannot be corrected."""
    if base.relinker is None:
        return
    ends = sorted(
        node.address + node.flash
        for node in base.graph.nodes
        if node.placed and node.code and not node.ram and node.flash >= _LEAST_CODE and not node.merged
    )
    for place, size in _TRIALS if ends else ():
        end = ends[int(len(ends) * place)]
        yield base.relinker.image(layout.lay_out(base.areas, ((end - size, end),)))


def noise(changes: Iterable[int]) -> int | None:
    """What nine of ten predictions stay within, in bytes; None where this build has two ways to be packed.

    `changes` are how far each trial's packed size is from the build's own.
    """
    most = max(map(abs, changes), default=_TWO_WAYS + 1)
    return None if most > _TWO_WAYS else max(most, _USUAL)
