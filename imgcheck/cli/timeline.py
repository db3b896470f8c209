"""What is asked of a history: which build broke it, who grew it, and how it went. Commands of `history`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imgcheck.cli import choices, options, values
from imgcheck.cli.stored import wanted

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command("first", epilog="Example: imgcheck history first --does-not-fit devcube-1.4.8-2m")
@click.option(
    "--does-not-fit",
    "layout",
    required=True,
    metavar="LAYOUT",
    shell_complete=values.layouts,
    help="A shipped name or a file.",
)
@wanted
@options.outputs
def first(*, layout: str, address: str, wanted: Any, outputs: Outputs) -> int:
    """Which release broke it: the first that does not fit a layout."""
    from imgcheck.api import timeline

    options.write(timeline.judged(address, wanted, layout, "first"), outputs)
    return 0


@click.command("last", epilog="Example: imgcheck history last --fits devcube-1.4.8-2m")
@click.option(
    "--fits",
    "layout",
    required=True,
    metavar="LAYOUT",
    shell_complete=values.layouts,
    help="A shipped name or a file.",
)
@wanted
@options.outputs
def last(*, layout: str, address: str, wanted: Any, outputs: Outputs) -> int:
    """The last release that fits a layout."""
    from imgcheck.api import timeline

    options.write(timeline.judged(address, wanted, layout, "last"), outputs)
    return 0


@click.command("blame", epilog="Example: imgcheck history blame lwip")
@click.argument("name", metavar="COMPONENT")
@click.option("--kind", default="component", show_default=True, help="Or image, archive, section, feature.")
@click.option(
    "--resource", type=click.Choice(["flash", "ram", "ota"]), default="flash", show_default=True,
    help="Bytes of which.",
)  # fmt: skip
@wanted
@options.outputs
def blame(*, name: str, kind: str, resource: str, address: str, wanted: Any, outputs: Outputs) -> int:
    """Which builds grew a component, the largest growth first."""
    from imgcheck.api import timeline

    options.write(timeline.blame(address, wanted, name, kind, resource), outputs)
    return 0


@click.command("plot", epilog="Example: imgcheck history plot --to sizes.svg")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.svg|.png|.html",
    help="Where the picture goes; PNG needs matplotlib, HTML has all slots.",
)  # fmt: skip
@click.option(
    "--slot", type=click.Choice(["unpacked", "body"]), default="unpacked", show_default=True,
    help="What lies in the slot: the unpacked image, or the OTA body.",
)  # fmt: skip
@choices.layouts("Its limits [those in the field].")
@wanted
@options.outputs
def plot(
    *, to: Path, slot: str, layouts: tuple[str, ...], address: str, wanted: Any, outputs: Outputs
) -> int:
    """Draw a size over time: its limits, the changes out of proportion, and where it is going."""
    from imgcheck.api import made, plotting

    plotting.plot(address, wanted, slot, layouts, to)
    options.write(made.report("history plot", [to]), outputs)
    return 0
