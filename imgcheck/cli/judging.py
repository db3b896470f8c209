"""Options of the commands that judge one file: by which layouts, and which slot runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from imgcheck.cli import options, values

_Command = Callable[..., int]

_OPTIONS = (
    click.option(
        "--layout",
        "layouts",
        multiple=True,
        metavar="NAME|FILE",
        shell_complete=values.layouts,
        help="Partition layout to judge by; repeatable [the policy's, else those in the field].",
    ),
    click.option(
        "--policy",
        metavar="FILE|NAME",
        shell_complete=values.policies,
        help="Policy [imgcheck.toml upward from the file, then from here, else the shipped one].",
    ),
    click.option(
        "--active",
        type=click.Choice(["0", "1"]),
        default="0",
        show_default=True,
        help="Slot that the device runs from when it updates.",
    ),
    options.TARGET,
)


def judges(command: _Command) -> _Command:
    """Gives the command `judges: api.files.Judges`."""

    @wraps(command)
    def collect(
        *, layouts: tuple[str, ...], policy: str | None, active: str, target: str, **others: Any
    ) -> int:
        from imgcheck.api.files import Judges

        made = Judges(layouts, policy, int(active), target)
        return command(judges=made, **others)

    for option in reversed(_OPTIONS):
        collect = option(collect)
    return collect
