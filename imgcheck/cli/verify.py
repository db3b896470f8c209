"""`imgcheck verify`: would devices in the field take this file?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import judging, options, standard

if TYPE_CHECKING:
    from imgcheck.api.files import Judges
    from imgcheck.output import Outputs


@click.command(
    "verify",
    epilog="Example: imgcheck verify FW_OTA.bin.xz.ota --installed 1.17.450,boot2=old",
)
@standard.reads("file")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE|-")
@judging.judges
@click.option(
    "--installed",
    multiple=True,
    metavar="VERSION|boot2=old|new",
    help="Only devices with this: an OpenBeken version or date, boot2=old, boot2=new, or tcp or hosal for "
    "the SDK's own updates. A comma narrows, repeating adds [every OpenBeken and boot2].",
)
@options.outputs
def command(*, file: Path, judges: Judges, installed: tuple[str, ...], outputs: Outputs) -> int:
    """Replay what a device does with FILE, step by step: accept it, refuse it, or brick.

    FILE is an OTA file (.xz.ota, .bin.ota), judged by OpenBeken's web update and boot2, or an application
    image (.bin), judged as UART tools write it. Every layout is combined with every installed generation.

    Exit code: 0 every combination accepts, 1 one does not, 2 could not tell.
    """
    from imgcheck.api import files

    report = files.verify(file, judges, installed)
    options.write(report, outputs)
    return 0 if report.passed else 1
