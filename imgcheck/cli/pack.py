"""`imgcheck pack`: an OTA file from an ELF or an image, as the SDK makes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import judging, options, progress

if TYPE_CHECKING:
    from imgcheck.api.files import Judges

USUAL_TRIES = 40  # of --tune, for the bar
_FILE = click.Path(path_type=Path)


@click.command("pack", epilog="Example: imgcheck pack build/OpenBL602.elf -o OpenBL602_OTA.bin.xz.ota --tune")
@click.argument("source", type=_FILE)
@click.option(
    "-o", "--output", "--to", "path", type=_FILE, required=True, metavar="FILE", help="The .xz.ota to write."
)
@click.option("--tune", is_flag=True, help="Look for the XZ parameters that make it smallest.")
@click.option(
    "--unpacked-len/--no-unpacked-len",
    default=True,
    show_default=True,
    help="Write the unpacked length into the header, which devices compare with their slot.",
)
@judging.judges
def command(*, source: Path, path: Path, tune: bool, unpacked_len: bool, judges: Judges) -> int:
    """Pack SOURCE (ELF, .bin, or a .bin with its header page) for OpenBeken's OTA web page.

    Header page, XZ and OTA header are those of the SDK's flash_build.py. FILE is written whole or not at all.

    Exit code: 0 written, 2 could not be.
    """
    from imgcheck.api import files
    from imgcheck.output import plan

    with progress.shown() as show:
        report = files.pack(
            source,
            path,
            tune=tune,
            unpacked_len=unpacked_len,
            judges=judges,
            progress=lambda tried: show(f"{tried} XZ parameters tried", min(tried / USUAL_TRIES, 1.0)),
        )
    options.write(report, plan(()))
    return 0
