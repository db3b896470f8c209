"""`imgcheck release`: can the devices of every platform still update with this release?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import choices, options, progress, standard

if TYPE_CHECKING:
    from imgcheck.output import Outputs


def _size(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    from imgcheck.policies import sizes

    try:
        if text and text.lower().startswith("0x"):
            return int(text, 16)
        return sizes.parse(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    "release",
    short_help="Can every platform still update with this release?",
    epilog="Example: imgcheck release dist/ --against ../1.18.298/ --output markdown=comment.md",
)
@standard.reads("against")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="DIR|FILE...")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="DIR|JSON|-",
    help="The last release: its folder, or the JSON report on it. Shows growth and what is missing since.",
)
@choices.layouts("Layout to judge its chip by; repeatable [those in the field].")
@click.option(
    "--lfs-size",
    callback=_size,
    metavar="SIZE",
    help="Size of LittleFS on the devices, as '32 KiB' or 0x8000 [0x8000].",
)
@options.outputs
def command(
    *,
    paths: tuple[Path, ...],
    against: Path | None,
    layouts: tuple[str, ...],
    lfs_size: int | None,
    outputs: Outputs,
) -> int:
    """Judge the files of an OpenBeken release for every chip: what fits, what overwrites data, what bricks.

    A DIR is taken for a whole release: what its builds make and is not there is missing. Slots come from the
    files for UART where these have a partition table, and from the layouts of devices in the field.

    Exit code: 0 every update can be taken, 1 one cannot, loses data, is damaged or missing since the last
    release, 2 could not tell.
    """
    from imgcheck.api import release

    with progress.shown("reading the release"):
        report = release.judge(paths, against=against, layout_names=layouts, lfs=lfs_size)
    options.write(report, outputs)
    return 0 if report.passed else 1
