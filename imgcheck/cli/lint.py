"""`imgcheck lint`: policies, partition tables and device trees, without a build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command(
    "lint",
    short_help="Policies, partition tables and device trees, checked without a build.",
    epilog="Example: imgcheck lint imgcheck.toml partition_cfg_2M.toml",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@options.TARGET
@options.outputs
def command(*, files: tuple[Path, ...], target: str, outputs: Outputs) -> int:
    """Check policies (imgcheck.toml), partition tables (TOML) and device trees (.dts, .dtb).

    Needs no build, so it fits a pre-commit hook. Without FILE: the nearest imgcheck.toml.

    Exit code: 0 nothing is an error, 1 something is, 2 it could not be told.
    """
    from imgcheck.api import lint

    report = lint.show(files, target)
    options.write(report, outputs)
    return 0 if report.passed else 1
