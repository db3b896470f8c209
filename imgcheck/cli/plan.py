"""`imgcheck plan`: what is the least to strip so that the build fits?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import formats, options, progress, values

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.command("plan", epilog="Example: imgcheck plan build/OpenBL602.elf --need 12KiB --to strip.diff")
@progress.watched
@options.build_inputs
@options.prediction_inputs
@click.option("--need", metavar="SIZE", help="Bytes to gain of what binds (12KiB, 8kB, 4096) [what is over].")
@click.option(
    "--keep",
    multiple=True,
    metavar="NAME",
    shell_complete=values.features,
    help="A feature that must stay; repeatable.",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the first plan as a patch: a unified diff for the current folder (git apply).",
)
@click.option("--patch", type=click.Path(path_type=Path), metavar="FILE", help="The old name of --to.")
@options.outputs
def command(
    *,
    show: progress.Watch,
    inputs: Inputs,
    objects: Path | None,
    sources: Path | None,
    need: str | None,
    keep: tuple[str, ...],
    to: Path | None,
    patch: Path | None,
    outputs: Outputs,
) -> int:
    """Find the least to strip so that the build fits every layout, or gains a size.

    What costs no feature comes first (XZ parameters that boot2 accepts), then the cheapest sets of features
    by the policy's weights. Each set is predicted as a whole, and fits even at the bad end of its error bars.
    The answer says whether the first plan is proven to be the cheapest: branch and bound over what features
    can save at best.

    Exit code: 0 fits, or a plan was found; 1 nothing suffices; 2 could not tell.
    """
    from imgcheck import output
    from imgcheck.api import savings
    from imgcheck.prediction.places import Places
    from imgcheck.prediction.strip import Wish

    if patch:
        if to:
            raise click.UsageError("--patch is the old name of --to; give one of them.")
        show.over()
        click.echo("imgcheck: note: --patch FILE is --to FILE now", err=True)
        to = patch
    if to:
        output.check(to)
    wish = Wish(None if need is None else savings.size(need), keep)
    inputs = replace(inputs, priced=formats.prices(outputs))
    report, strip = savings.show_plan(inputs, wish, Places(objects, sources), show, to)
    show.over()
    if to and strip:
        output.replace([(to, strip)])
    options.write(report, outputs)
    if to and not strip:
        click.echo("imgcheck: no plan names a feature, so no patch was written", err=True)
    return {True: 0, False: 1, None: 2}[report.passed]
