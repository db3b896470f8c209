"""`imgcheck features`: what does switching each feature off save?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import formats, options, progress, values

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.command(
    "features", epilog="Example: imgcheck features build/OpenBL602.elf --feature ENABLE_DRIVER_SSDP"
)
@progress.watched
@options.build_inputs
@options.prediction_inputs
@click.option(
    "--feature",
    "each",
    multiple=True,
    metavar="NAME",
    shell_complete=values.features,
    help="Show what goes with it, what shrinks, what stays; repeatable: each by itself.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="NAME,NAME",
    shell_complete=values.features,
    help="What dropping these together saves, as one set; repeatable: another set.",
)
@options.outputs
def command(
    *,
    show: progress.Watch,
    inputs: Inputs,
    objects: Path | None,
    sources: Path | None,
    each: tuple[str, ...],
    without: tuple[str, ...],
    outputs: Outputs,
) -> int:
    """Name each feature that is on, and the bytes of flash, RAM and OTA file that switching it off saves.

    FIRMWARE is an ELF with its map beside it. Savings are predicted from the build's objects and sources,
    without building anything; each comes with how far it may be off.

    Exit code: 0 predicted, 2 could not tell.
    """
    from imgcheck.api import savings
    from imgcheck.prediction.places import Places

    asked = [savings.Asked((name,), "--feature") for name in each]
    asked += [savings.Asked(tuple(filter(None, one.split(","))), "--without") for one in without]
    if not all(one.names for one in asked):
        raise click.UsageError("--without needs the names of features, separated by commas")
    inputs = replace(inputs, priced=formats.prices(outputs))
    report = savings.show_features(inputs, Places(objects, sources), asked, show)
    show.over()
    options.write(report, outputs)
    return 0
