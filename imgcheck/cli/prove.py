"""`imgcheck prove`: does the rebuild give what was predicted?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options, progress, values

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.command(
    "prove",
    epilog="Example: imgcheck prove build/OpenBL602.elf --build 'make firmware' --each 5",
)
@progress.watched
@options.build_inputs
@options.prediction_inputs
@click.option(
    "--build", "build_command", required=True, metavar="COMMAND",
    help="Your build: a shell command, run in a git worktree of its own, never in your tree.",
)  # fmt: skip
@click.option(
    "--without", multiple=True, metavar="NAME,NAME", shell_complete=values.features,
    help="Prove this set; repeatable.",
)  # fmt: skip
@click.option("--plan", type=click.IntRange(1), metavar="NUMBER", help="Prove the plan of that number.")
@click.option(
    "--each", type=click.IntRange(1), metavar="NUMBER", help="Prove so many of the largest, one by one."
)
@click.option(
    "--timeout", type=click.IntRange(1), default=3600, show_default=True, metavar="SECONDS",
    help="For each run of the build.",
)  # fmt: skip
@click.option(
    "--logs", type=click.Path(path_type=Path, file_okay=False), default=Path(".imgcheck/prove"),
    show_default=True, metavar="DIR", help="Where the builds' words are kept.",
)  # fmt: skip
@click.option("--again", is_flag=True, help="Also rebuild what was proved for this build already.")
@options.outputs
def command(
    *,
    show: progress.Watch,
    inputs: Inputs,
    objects: Path | None,
    sources: Path | None,
    build_command: str,
    without: tuple[str, ...],
    plan: int | None,
    each: int | None,
    timeout: int,
    logs: Path,
    again: bool,
    outputs: Outputs,
) -> int:
    """Rebuild with features off, and hold what was predicted against what came out.

    The build is made in a temporary git worktree with your files as they are. What was learnt is kept in
    imgcheck.proofs.jsonl beside the policy: later predictions take their error bars from it, and a run that
    was stopped goes on where it was.

    Exit code: 0 every prediction holds, 1 one lies outside its error bar or does not build, 2 could not tell.
    """
    from imgcheck.api import prove
    from imgcheck.prediction.places import Places

    sets = tuple(tuple(filter(None, one.split(","))) for one in without)
    if not all(sets) or not (sets or plan or each):
        raise click.UsageError("say what to prove: --without NAME,NAME, --plan NUMBER or --each NUMBER")
    request = prove.Request(
        build_command, sets, plan=plan, each=each, seconds=float(timeout), logs=logs, again=again
    )
    report = prove.show(inputs, Places(objects, sources), request, show)
    show.over()
    options.write(report, outputs)
    return 0 if report.passed else 1
