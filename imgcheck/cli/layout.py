"""`imgcheck layout`: partition tables shown, compared, checked and built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import formats, layouts, options, standard, values

if TYPE_CHECKING:
    from imgcheck.output import Outputs


def _size(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    from imgcheck.policies import sizes

    try:
        return sizes.parse(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_FLASH = click.option(
    "--flash-size",
    callback=_size,
    metavar="SIZE",
    help="Size of the flash, as '2 MiB' [the smallest usual one in which every partition starts].",
)
_SVG = click.option(
    "--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="PATH", help="Also draw it there."
)


@click.group("layout", short_help="Partition tables: listed, shown, compared, checked, built.")
def command() -> None:
    """Partition tables as TOML, binary, whole-flash image, or a device tree's fixed partitions."""


command.add_command(layouts.command, "list")


@command.command("show", epilog="Example: imgcheck layout show devcube-1.8-2m --svg map.svg")
@standard.reads("files")
@click.argument("files", nargs=-1, required=True, metavar="FILE|NAME|-...", shell_complete=values.layouts)
@_FLASH
@_SVG
@options.TARGET
@options.outputs
def show(
    *, files: tuple[str, ...], flash_size: int | None, svg: Path | None, target: str, outputs: Outputs
) -> int:
    """Show each table, and what lies where in its flash, to scale."""
    from imgcheck.api import tables

    options.write(tables.show(files, flash_size, svg, target), outputs)
    return 0


@command.command("diff", epilog="Example: imgcheck layout diff devcube-1.4.8-2m devcube-1.8-2m")
@standard.reads("old", "new")
@click.argument("old", metavar="OLD|-", shell_complete=values.layouts)
@click.argument("new", metavar="NEW|-", shell_complete=values.layouts)
@_SVG
@options.TARGET
@options.outputs
def diff(*, old: str, new: str, svg: Path | None, target: str, outputs: Outputs) -> int:
    """Say what moves between two tables, and what a device loses when it is flashed with the new one."""
    from imgcheck.api import tables

    options.write(tables.diff(old, new, svg, target), outputs)
    return 0


@command.command("lint", epilog="Example: imgcheck layout lint partition_cfg_2M.toml")
@standard.reads("files")
@click.argument("files", nargs=-1, required=True, metavar="FILE|NAME|-...", shell_complete=values.layouts)
@_FLASH
@options.TARGET
@options.outputs
def lint(*, files: tuple[str, ...], flash_size: int | None, target: str, outputs: Outputs) -> int:
    """Find what is wrong with each table.

    Exit code: 0 no errors, 1 errors, 2 a file that is no table.
    """
    from imgcheck.api import tables

    report = tables.lint(files, flash_size, target)
    options.write(report, outputs)
    return {True: 0, False: 1, None: 2}[report.passed]


@command.command("build", epilog="Example: imgcheck layout build partition_cfg_2M.toml --to partition.bin")
@click.argument("file", metavar="TOML", shell_complete=values.layouts)
@formats.makes("FILE", "Where the binary table goes.")
@options.TARGET
@options.outputs
def build(*, file: str, to: Path, target: str, outputs: Outputs) -> int:
    """Write the binary table of a TOML one, as the vendor's tools do."""
    from imgcheck.api import made, tables

    tables.build(file, to, target)
    options.write(made.report("layout build", [to]), outputs)
    return 0
