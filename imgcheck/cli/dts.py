"""`imgcheck dts`: factory device trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgcheck.cli import choices, options, standard

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.group("dts", short_help="Factory device trees: checked as the firmware reads them.")
def command() -> None:
    """Factory device trees, which hold a device's MAC and radio data."""


@command.command("lint", epilog="Example: imgcheck dts lint bl_factory_params_IoTKitA_40M.dts")
@standard.reads("files")
@click.argument("files", nargs=-1, required=True, metavar="FILE.dts|FILE.dtb|-...")
@choices.layouts("Layout whose factory partition must hold it; repeatable [those in the field].")
@options.TARGET
@options.outputs
def lint(*, files: tuple[str, ...], layouts: tuple[str, ...], target: str, outputs: Outputs) -> int:
    """Find what is wrong with each tree.

    As source, as the vendor's compiler takes it, as the firmware reads it, and its size in each layout.

    Exit code: 0 no errors, 1 errors, 2 a file that is no device tree.
    """
    from imgcheck.api import trees

    report = trees.lint(files, layouts, target)
    options.write(report, outputs)
    return 0 if report.passed else 1
