"""`imgcheck explain-log`: what a log of an OTA attempt means."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command(
    "explain-log",
    short_help="What happened in this OTA attempt, and what to do next?",
    epilog="Example: imgcheck explain-log device.log --elf build/OpenBL602.elf",
)
@click.argument("log", metavar="FILE|-")
@click.option(
    "--elf",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The ELF that runs on the device: names the addresses of a crash dump.",
)
@click.option(
    "--target",
    default="",
    metavar="NAME",
    help="Whose devices wrote it [those of whose messages it has any].",
)
@options.outputs
def command(log: str, elf: Path | None, target: str, outputs: Outputs) -> int:
    """Explain a device, web or flash tool log of an OTA attempt.

    Says what happened, how much of the file had arrived, and what to do next.

    Exit code: 0 explained, 2 nothing in it is known.
    """
    from imgcheck.api import logs

    source = sys.stdin.buffer if log == "-" else Path(log)
    options.write(logs.explain(source, "standard input" if log == "-" else log, elf, target), outputs)
    return 0
