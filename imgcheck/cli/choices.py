"""Options that mean the same wherever they stand; where one says less or more, its help says what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from imgcheck.cli import values

_Command = TypeVar("_Command", bound="Callable[..., Any] | click.Command")

ACTIVE = click.option(
    "--active",
    type=click.Choice(["0", "1"]),
    default="0",
    show_default=True,
    help="Slot that the device runs from when it updates.",
)


def layouts(help: str) -> Callable[[_Command], _Command]:
    """`--layout`, as often as there are layouts: shipped names or files."""
    return click.option(
        "--layout", "layouts", multiple=True, metavar="NAME|FILE", shell_complete=values.layouts, help=help
    )


def policy(help: str) -> Callable[[_Command], _Command]:
    """`--policy`: a file or a shipped name."""
    return click.option("--policy", metavar="FILE|NAME", shell_complete=values.policies, help=help)


def target(otherwise: str) -> Callable[[_Command], _Command]:
    """`--target`, and what decides without it."""
    return click.option(
        "--target",
        default="",
        metavar="NAME",
        shell_complete=values.targets,
        help=f"Chip and devices that it is for [{otherwise}].",
    )
