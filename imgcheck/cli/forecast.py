"""`imgcheck forecast`: which release will be the first that does not fit?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from imgcheck.cli import options
from imgcheck.cli.stored import wanted

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command(
    "forecast",
    short_help="Which release will be the first that does not fit?",
    epilog="Example: imgcheck forecast --layout devcube-1.4.8-2m",
)
@click.option(
    "--layout", "layouts", multiple=True, metavar="NAME|FILE",
    help="Partition layout; repeatable [those in the field].",
)  # fmt: skip
@click.option(
    "--active", type=click.Choice(["0", "1"]), default="0", show_default=True,
    help="Slot that the device runs from when it updates.",
)  # fmt: skip
@wanted
@options.outputs
def command(*, layouts: tuple[str, ...], active: str, address: str, wanted: Any, outputs: Outputs) -> int:
    """Say when each slot overflows at the growth of the last releases, and what drives it.

    Needs a history of at least nine builds (`imgcheck history record` or `import`).
    """
    from imgcheck.api import timeline

    options.write(timeline.show(address, wanted, layouts, int(active)), outputs)
    return 0
