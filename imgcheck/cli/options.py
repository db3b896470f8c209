"""Options that several commands share: which build, judged against what, written where."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from imgcheck.emitters import EMITTERS

if TYPE_CHECKING:
    from imgcheck.model import Report
    from imgcheck.output import Outputs

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path)


def build_inputs(function: F) -> F:
    """Which build, judged by what: `firmware map_path bin_path ota_path layouts policy active`."""
    for decorate in reversed(
        (
            click.argument("firmware", type=_FILE, metavar="FIRMWARE"),
            click.option(
                "--map", "map_path", type=_FILE, metavar="FILE", help="GNU ld map [beside the ELF]."
            ),
            click.option("--bin", "bin_path", type=_FILE, metavar="FILE", help="Raw image [beside the ELF]."),
            click.option(
                "--ota", "ota_path", type=_FILE, metavar="FILE", help="OTA file [ota/**/FW_OTA.bin.xz.ota]."
            ),
            click.option(
                "--layout",
                "layouts",
                multiple=True,
                metavar="NAME|FILE.toml",
                help="Partition layout that must fit; repeatable [the policy's].",
            ),
            click.option(
                "--policy",
                "policy",
                metavar="FILE|NAME",
                help="Policy [imgcheck.toml upward from the ELF, then from here, else openbeken-bl602].",
            ),
            click.option(
                "--active",
                type=click.IntRange(0, 1),
                default=0,
                show_default=True,
                help="Slot that the device runs from when it updates.",
            ),
        )
    ):
        function = decorate(function)
    return function


def outputs(function: F) -> F:
    """`output summary`: where the report goes; `ready` and `write` take them."""
    for decorate in reversed(
        (
            click.option(
                "--output",
                "-o",
                "output",
                multiple=True,
                envvar="IMGCHECK_OUTPUT",
                metavar="FORMAT[=PATH]",
                help="Repeatable; FORMAT alone goes to standard output [text]. "
                f"Formats: {', '.join(EMITTERS)}. Environment: IMGCHECK_OUTPUT, separated by blanks.",
            ),
            click.option(
                "--summary",
                type=click.Choice(["auto", "never"]),
                default="never",
                show_default=True,
                envvar="IMGCHECK_SUMMARY",
                help="auto: also append to GITHUB_STEP_SUMMARY and GITHUB_OUTPUT where they are set.",
            ),
        )
    ):
        function = decorate(function)
    return function


def ready(output: tuple[str, ...], summary: str) -> Outputs:
    """Checks every output before the work; raises ImgcheckError."""
    from imgcheck.output import plan

    return plan(output, os.environ if summary == "auto" else None)


def write(report: Report, made: Outputs) -> None:
    """Writes every output; when none goes to standard output, the verdict goes to standard error."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    made.write(report, sys.stdout, colour)
    if made.silent and report.verdict:
        from imgcheck.printable import printable

        click.echo(f"imgcheck: {printable(report.verdict)}", err=True)


def folder() -> str:
    """The current folder: paths below it are shown relative to it."""
    return str(Path.cwd())
