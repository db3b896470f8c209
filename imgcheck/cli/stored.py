"""Options of commands that ask a history: where it is, and which builds of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import click

DATABASE = click.option(
    "--db",
    "address",
    default="",
    envvar="IMGCHECK_DB",
    metavar="FILE|URL",
    help="Where builds are kept: an SQLite file, or postgresql://… [.imgcheck/history.db].",
)


def when(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """A date of the command line."""
    from imgcheck.history import builds

    try:
        return builds.date(text) if text else None
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(str(error)) from None


_WANTED = (
    click.option("--target", default="", metavar="NAME", help="Only builds of this target."),
    click.option("--variant", default=None, metavar="NAME", help="Only builds of this variant."),
    click.option("--branch", default="", metavar="NAME", help="Only builds of this branch."),
    click.option("--since", callback=when, metavar="DATE", help="Only builds of this day or later."),
    click.option("--until", callback=when, metavar="DATE", help="Only builds of this moment or earlier."),
)


def wanted(command: Callable[..., int]) -> Callable[..., int]:
    """Gives the command `address` and `wanted: Wanted`."""

    @wraps(command)
    def collect(
        *,
        address: str,
        target: str,
        variant: str | None,
        branch: str,
        since: datetime | None,
        until: datetime | None,
        **others: Any,
    ) -> int:
        from imgcheck.history.store import DEFAULT, Wanted

        made = Wanted(target, variant, branch, since=since, until=until)
        return command(address=address or DEFAULT, wanted=made, **others)

    found: Callable[..., int] = collect
    for option in (*reversed(_WANTED), DATABASE):
        found = option(found)
    return found
