"""How many examples the law of a test is tried with.

CI draws the same ones each time, so trying a law for longer tells it nothing new: two fifths of what is
written beside a law are tried, and with `IMGCHECK_HYPOTHESIS=deep` five times as many, others each time.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

DEEP = os.environ.get("IMGCHECK_HYPOTHESIS") == "deep"
FEW = 25  # a law that asks for no more is tried with all of them


def count(most: int) -> int:
    """So many of `most` examples in this run."""
    return 5 * most if DEEP else max(2 * most // 5, min(most, FEW))


def examples(most: int, **more: Any) -> settings:
    """`@settings` with the count of this run, and without a deadline, as the machine may be busy."""
    return settings(max_examples=count(most), deadline=None, **more)
