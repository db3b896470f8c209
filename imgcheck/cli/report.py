"""`imgcheck report`: does this build fit, and who takes its bytes?"""

from __future__ import annotations

from pathlib import Path

import click

from imgcheck.cli import options


@click.command(
    "report",
    epilog="Example: imgcheck report build/OpenBL602.elf --output text --output html=report.html",
)
@options.build_inputs
@click.option("--packed", is_flag=True, help="Add what every byte costs in the OTA file.")
@click.option(
    "--features", is_flag=True, help="Add what switching each feature off saves (needs the sources)."
)
@options.outputs
def command(
    firmware: Path,
    map_path: Path | None,
    bin_path: Path | None,
    ota_path: Path | None,
    layouts: tuple[str, ...],
    policy: str | None,
    active: int,
    packed: bool,
    features: bool,
    output: tuple[str, ...],
    summary: str,
) -> int:
    """Judge a build against the partition layouts of devices in the field, and say who takes its bytes.

    FIRMWARE is an ELF (its .map, .bin and OTA file are found beside it), or a .bin or .ota alone.

    Exit code: 0 fits every layout, 1 does not fit one, 2 could not tell.
    """
    made = options.ready(output, summary)
    from imgcheck.api import build

    inputs = build.Inputs(
        firmware=firmware,
        map=map_path,
        bin=bin_path,
        ota=ota_path,
        layouts=layouts,
        policy=policy,
        active=active,
        folder=options.folder(),
    )
    report = build.show(inputs, packed=packed, features=features, tree=made.wants("html"))
    options.write(report, made)
    return 0 if report.passed else 1
