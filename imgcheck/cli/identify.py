"""`imgcheck identify`: what is this file, and which method takes it?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options, progress, standard

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command("identify", epilog="Example: imgcheck identify OpenBL602_1.18.288_OTA.bin.xz.ota release/")
@standard.reads("paths")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE|FOLDER|-...")
@options.TARGET
@options.outputs
def command(*, paths: tuple[Path, ...], target: str, outputs: Outputs) -> int:
    """Say what each FILE is and which method takes it: UART at which offset, the OTA web page, or neither.

    A FOLDER is taken as a release: its files one by one, what is missing, and what is named wrongly. The
    folder ota/ in it, where a build leaves its OTA files, is looked into as well.

    Exit code: 0 all were identified, 2 one could not be read.
    """
    from imgcheck.api import files

    with progress.shown():
        report = files.identify(paths, target)
    options.write(report, outputs)
    return 0
