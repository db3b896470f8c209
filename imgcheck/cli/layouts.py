"""`imgcheck layout list`, once `imgcheck layouts`: the shipped partition layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgcheck.cli import options

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command(
    "layouts",
    short_help="The shipped partition layouts, with both limits of each.",
    epilog="Example: imgcheck layout list --output json",
)
@options.outputs
def command(outputs: Outputs) -> int:
    """List the shipped partition layouts with the largest sizes that each takes."""
    from imgcheck.api import tables

    if click.get_current_context().info_name == "layouts":
        click.echo("imgcheck: note: `imgcheck layouts` is `imgcheck layout list` now", err=True)
    options.write(tables.shipped(), outputs)
    return 0
