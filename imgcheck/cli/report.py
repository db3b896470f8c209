"""`imgcheck report`: does this build fit, and who takes its bytes?"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options, progress

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.command("report", epilog="Example: imgcheck report build/OpenBL602.elf --output html=report.html")
@options.build_inputs
@options.prediction_inputs
@click.option(
    "--packed/--no-packed",
    default=None,
    help="Add what every byte costs in the OTA file [with html output].",
)
@click.option(
    "--features/--no-features",
    default=None,
    help="Add what switching each feature off saves [with html output, where objects and sources are there].",
)
@options.outputs
def command(
    *,
    inputs: Inputs,
    objects: Path | None,
    sources: Path | None,
    packed: bool | None,
    features: bool | None,
    outputs: Outputs,
) -> int:
    """Judge a build against the partition layouts of devices in the field, and say who takes its bytes.

    FIRMWARE is an ELF (its .map, .bin and OTA file are found beside it), or a .bin or .ota alone.

    Exit code: 0 fits every layout, 1 does not fit one, 2 could not tell.
    """
    from imgcheck.api import build

    tree = outputs.wants("html")
    with progress.shown() if tree or features else nullcontext() as show:
        report = build.show(
            replace(inputs, meanwhile=outputs.load),
            packed=packed,
            features=features,
            tree=tree,
            objects=objects,
            sources=sources,
            progress=show,
        )
    options.write(report, outputs)
    return {True: 0, False: 1, None: 2}[report.passed]
