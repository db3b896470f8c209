"""`imgcheck report`: does this build fit, and who takes its bytes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgcheck.cli import options

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.command("report", epilog="Example: imgcheck report build/OpenBL602.elf --output html=report.html")
@options.build_inputs
@click.option("--packed", is_flag=True, help="Add what every byte costs in the OTA file.")
@click.option(
    "--features", is_flag=True, help="Add what switching each feature off saves (needs the sources)."
)
@options.outputs
def command(*, inputs: Inputs, packed: bool, features: bool, outputs: Outputs) -> int:
    """Judge a build against the partition layouts of devices in the field, and say who takes its bytes.

    FIRMWARE is an ELF (its .map, .bin and OTA file are found beside it), or a .bin or .ota alone.

    Exit code: 0 fits every layout, 1 does not fit one, 2 could not tell.
    """
    from imgcheck.api import build

    report = build.show(inputs, packed=packed, features=features, tree=outputs.wants("html"))
    options.write(report, outputs)
    return {True: 0, False: 1, None: 2}[report.passed]
