"""`imgcheck report`: does this build fit, and who takes its bytes?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options, progress, standard, values

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.api.divisions import Division
    from imgcheck.output import Outputs


_SORTS = ("flash", "code", "strings", "ram", "ota", "name")


@click.command("report", epilog="Example: imgcheck report build/OpenBL602.elf --output html=report.html")
@progress.watched
@standard.reads("firmware")
@options.build_inputs
@options.prediction_inputs
@click.option(
    "--packed/--no-packed",
    default=None,
    help="Add what every byte costs in the OTA file [with html output].",
)
@click.option(
    "--features/--no-features",
    default=None,
    help="Add what switching each feature off saves [with html output, where objects and sources are there].",
)
@click.option(
    "--by",
    metavar="WHAT[,WHAT]",
    shell_complete=values.divisions,
    help="Who takes the bytes, divided by component, archive, object, symbol, section, source, region or "
    "feature; 'component,symbol' divides each component.",
)
@click.option("--top", type=click.IntRange(min=0), help="Rows of --by, 0 for all [30].")
@click.option(
    "--filter",
    "pattern",
    metavar="GLOB",
    help="Only names of --by that match, or contain it; an object's own name is enough, and a source's file.",
)
@click.option("--sort", type=click.Choice(_SORTS), help="Order of --by [flash].")
@options.outputs
def command(
    *,
    show: progress.Watch,
    inputs: Inputs,
    objects: Path | None,
    sources: Path | None,
    packed: bool | None,
    features: bool | None,
    by: str | None,
    top: int | None,
    pattern: str | None,
    sort: str | None,
    outputs: Outputs,
) -> int:
    """Judge a build against the partition layouts of devices in the field, and say who takes its bytes.

    FIRMWARE is an ELF (its .map, .bin and OTA file are found beside it), or a .bin or .ota alone.
    `-` is standard input, of an ELF or .ota: nothing lies beside it, so --map and --ota name the others.

    Exit code: 0 fits every layout, 1 does not fit one, 2 could not tell.
    """
    from imgcheck.api import build

    tree = outputs.wants("html")
    division, features = _division(by, top, pattern, sort, features)
    if sort == "ota" and not packed:
        packed = True
    report = build.show(
        replace(inputs, meanwhile=outputs.load),
        packed=packed,
        features=features,
        tree=tree,
        division=division,
        objects=objects,
        sources=sources,
        progress=show,
    )
    show.over()
    options.write(report, outputs)
    return {True: 0, False: 1, None: 2}[report.passed]


def _division(
    by: str | None, top: int | None, pattern: str | None, sort: str | None, features: bool | None
) -> tuple[Division | None, bool | None]:
    """What --by and its companions ask for, and whether features are wanted."""
    if by is None:
        if (top, pattern, sort) != (None, None, None):
            raise click.UsageError("--top, --filter and --sort say how --by is shown; give --by as well.")
        return None, features
    from imgcheck.api.divisions import FEATURES, Division
    from imgcheck.builds.grouping import kinds
    from imgcheck.cli import near

    asked = tuple(part.strip() for part in by.split(","))
    for one in () if asked == FEATURES else asked:
        if one not in kinds():
            raise click.UsageError(f"--by {one}: {near.hint(one, (*kinds(), 'feature'))}")
    if len(asked) > 2 or len(set(asked)) < len(asked):
        raise click.UsageError("--by takes one or two of them, such as component,symbol.")
    top = 30 if top is None else top or None
    return Division(asked, pattern or "", sort or "flash", top), True if asked == FEATURES else features
