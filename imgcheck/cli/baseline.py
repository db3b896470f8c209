"""`imgcheck baseline`: the sizes that the next build may not exceed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs

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
@options.outputs
def update(*, inputs: Inputs, to: Path | None, reason: str, outputs: Outputs) -> int:
    """Write the baseline of a build. Sizes go down by themselves, and up only with a --reason.

    Exit code: 0 written or up to date, 1 a size would have to go up, 2 could not tell.
    """
    from imgcheck.api import baseline, made
    from imgcheck.printable import printable

    done = baseline.update(inputs, to, reason, date.today())
    report = made.report("baseline update", [done.path])
    if not done.changed:
        report = replace(report, verdict=f"Nothing to change in {done.path}.")
    if done.stayed:
        more = len(done.stayed) - _SHOWN
        some = ", ".join(done.stayed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        said = f"{some}: larger than before, and kept low; --reason TEXT raises them"
        click.echo(f"imgcheck: {printable(said)}", err=True)
        report = replace(report, verdict=f"{report.verdict} {said}.", passed=False)
    options.write(report, outputs)
    return 1 if done.stayed else 0
