"""`imgcheck pack`: an OTA file from an ELF or an image, as the SDK makes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import formats, judging, options, progress

if TYPE_CHECKING:
    from imgcheck.api.files import Judges
    from imgcheck.output import Outputs

USUAL_TRIES = 40  # of --tune, for the bar
_FILE = click.Path(path_type=Path)


@click.command("pack", epilog="Example: imgcheck pack build/OpenBL602.elf --to OpenBL602.xz.ota --tune")
@click.argument("source", type=_FILE)
@formats.makes("FILE", "The .xz.ota to write.")
@click.option("--tune", is_flag=True, help="Look for the XZ parameters that make it smallest.")
@click.option(
    "--unpacked-len/--no-unpacked-len",
    default=True,
    show_default=True,
    help="Write the unpacked length into the header, which devices compare with their slot.",
)
@judging.judges
@options.outputs
def command(
    *, source: Path, to: Path, tune: bool, unpacked_len: bool, judges: Judges, outputs: Outputs
) -> int:
    """Pack SOURCE (ELF, .bin, or a .bin with its header page) for OpenBeken's OTA web page.

    Header page, XZ and OTA header are those of the SDK's flash_build.py. FILE is written whole or not at all.

    Exit code: 0 written, 2 could not be.
    """
    from imgcheck.api import files

    with progress.shown() as show:
        report = files.pack(
            source,
            to,
            tune=tune,
            unpacked_len=unpacked_len,
            judges=judges,
            progress=lambda tried: show(f"{tried} XZ parameters tried", min(tried / USUAL_TRIES, 1.0)),
        )
    options.write(report, outputs)
    return 0
