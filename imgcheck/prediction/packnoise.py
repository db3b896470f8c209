"""How far off is the packed size of an image that is predicted, and what makes it better?

An image that is a few bytes beside the one that will be linked packs to some dozen bytes more or less: what
a packer chooses at one place it feels far away. The price of the bytes that go, in the build's own file,
knows nothing of that, and is off for reasons of its own. So the two together are nearer to the truth than
either; and how far they are from each other, over all features of a build, shows how noisy its packing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

# Of 176 features on 15 OpenBeken builds (GCC 12, 14 and 15) that are compiled otherwise without something,
# packed sizes alone were off by 90 bytes (root of the mean square), prices by 81 where less than 800 bytes
# are saved and by 170 from 5,000 on. Both together are off by 84, in nine of ten by 137 instead of 148. Where
# less than 60 bytes of flash are unsure packing alone is nearer (49 to 57), and where none is it is right.
_PRICE_SHARE = 0.45  # of a small saving
_HALF_OF_IT = 3_000  # bytes saved where half as much of the price counts
_UNSURE = 60  # bytes of flash
_FEW = 8  # features: fewer do not show whether there are two ways
# Between the tenth and the ninetieth of 100. 15 builds, and ten other parameters of XZ for one of them, had
# 148 to 257; the parameters that have two ways to pack one of them (a gap between two heaps) had 382.
_TWO_WAYS = 320
# 236 of 257 such features on 27 builds were within this and what is unsure of their flash. Packing with other
# parameters beside, or two to five times, brings nothing nearer: what is left is the noise of the real image.
_USUAL = 117


def shift(beyond: Sequence[float]) -> float:
    """What packing an image anew saves beyond the price of its bytes, for any of a build's features.

    `beyond` is what it was for each of them: the file that they are compared with has noise, too.
    """
    return median(beyond) if beyond else 0.0


def steadied(packed: float, priced: float, unsure: float) -> float:
    """What is saved, when packing says the one and prices say the other.

    Of much prices say little, and where few bytes of flash are `unsure` the image that was packed is right.
    """
    share = _PRICE_SHARE * min(unsure / _UNSURE, 1) ** 2
    return packed + (priced - packed) * share / (1 + (packed / _HALF_OF_IT) ** 2)


def noise(beyond: Sequence[float]) -> int | None:
    """What nine of ten predictions stay within, in bytes; None where that does not show.

    `beyond` is what packing saves beyond the price of each small feature. A build that has two ways to be
    packed, hundreds of bytes apart, shows two heaps of those.
    """
    if len(beyond) < _FEW:
        return None
    ordered = sorted(beyond)
    last = len(ordered) - 1
    spread = ordered[round(last * 0.9)] - ordered[round(last * 0.1)]
    return None if spread > _TWO_WAYS else round(min(spread, _USUAL))
