"""`imgcheck baseline`: the sizes that the next build may not exceed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs

_SHOWN = 5


@click.group("baseline", short_help="The sizes that the next build is compared with, as a file to commit.")
def command() -> None:
    """A small text file with a line per measure, for `imgcheck check --baseline`."""


@command.command(
    "update", epilog="Example: imgcheck baseline update build/OpenBL602.elf --reason 'TLS for MQTT'"
)
@options.build_inputs
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The baseline [imgcheck.baseline beside the policy].",
)
@click.option(
    "--reason", default="", metavar="TEXT", help="Why sizes may go up; kept in the file with the date."
)
def update(*, inputs: Inputs, to: Path | None, reason: str) -> int:
    """Write the baseline of a build. Sizes go down by themselves, and up only with a --reason.

    Exit code: 0 written or up to date, 1 a size would have to go up, 2 could not tell.
    """
    from imgcheck.api import baseline

    done = baseline.update(inputs, to, reason, date.today())
    click.echo(f"imgcheck: {'wrote' if done.changed else 'nothing to change in'} {done.path}", err=True)
    if done.stayed:
        more = len(done.stayed) - _SHOWN
        some = ", ".join(done.stayed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        click.echo(f"imgcheck: {some}: larger than before, and kept low; --reason TEXT raises them", err=True)
    return 1 if done.stayed else 0
