"""Memory that was freed, is it the system's again?  Not by itself: the C library keeps what it may need."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def trim() -> None:
    """Hands back what was freed, in some milliseconds; nothing happens where the C library has no way to."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
