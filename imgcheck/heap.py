"""When is memory the system's again?  The C library keeps what was freed; at the end nobody need free it."""

from __future__ import annotations

from contextlib import suppress

_kept: list[list[object]] = []  # empty: this process goes on when a command is done


def keep(*values: object) -> None:
    """Lets values be until this process ends, if it `ends` with its command.

    Taking a build apart takes a tenth of a second. For what a command reads once: of several builds each goes
    when it was looked at, and to who imports this as a library as well.
    """
    for kept in _kept:
        kept.extend(values)


def ends() -> None:
    """This process ends with its command."""
    _kept.append([])


def trim() -> None:
    """Hands back what was freed, in some milliseconds; nothing happens where the C library has no way to."""
    import ctypes  # not of every run

    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
