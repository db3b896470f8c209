"""`imgcheck check`: the gate of a CI job."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from imgcheck.cli import checkout, options, progress

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.command(
    "check",
    epilog="Example: imgcheck check build/OpenBL602.elf --output github --output sarif=imgcheck.sarif",
)
@progress.watched
@options.all_inputs
@click.option(
    "--policy-from",
    metavar="REV",
    help="Judge by the policy that git revision REV has (a pull request's base), and report what the "
    "working tree's would loosen.",
)
@click.option(
    "--baseline",
    metavar="FILE|REV|last",
    default="",
    help="Compare with an earlier build: its JSON report, a file of `imgcheck baseline update`, such a file "
    "as git revision REV has it, or the one beside the policy (last; without one, the newest build of the "
    "history). What that has as well fails nothing.",
)
@click.option(
    "--base-elf",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare with this build, its map beside it, instead of --baseline.",
)
@click.option(
    "--second-reader",
    is_flag=True,
    help="Also read the ELF with lief and pyelftools; what they see otherwise is an error.",
)
@click.option(
    "--db",
    default="",
    envvar="IMGCHECK_DB",
    metavar="FILE|URL",
    help="History that --baseline last and the rule runway ask [the policy's, else .imgcheck/history.db].",
)
@click.option("--branch", default="", metavar="NAME", help="Only builds of this branch in the history count.")
@click.option("--variant", default="", metavar="NAME", help="Only builds of this variant in it count.")
@click.option("--show-policy", is_flag=True, help="Print what is in force and where each value came from.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="The least severe finding that fails the check.",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 also with findings (not with errors of input).")
@click.option(
    "--dts",
    multiple=True,
    metavar="FILE",
    help="Factory device tree (DTS or DTB) to check as `imgcheck dts lint` does; repeatable.",
)
@options.prediction_inputs
@options.outputs
def command(
    *,
    show: progress.Watch,
    inputs: tuple[Inputs, ...],
    policy_from: str | None,
    baseline: str,
    base_elf: Path | None,
    second_reader: bool,
    db: str,
    branch: str,
    variant: str,
    show_policy: bool,
    fail_on: Literal["error", "warning"],
    exit_zero: bool,
    dts: tuple[str, ...],
    objects: Path | None,
    sources: Path | None,
    outputs: Outputs,
) -> int:
    """Hold a build against every rule that its policy selects.

    FIRMWARE is an ELF (its .map, .bin and OTA file are found beside it), or a .bin or .ota alone. Without
    it, the policy's `elf`, or every [build.NAME] of it: then a table of all comes first.
    `imgcheck rule` lists the rules. When something is over its limit and objects and sources are at
    hand, the first features to strip are named on the line of their #define.

    With --baseline or --base-elf the policy's [growth] counts as well, the report says what changed, and
    findings that the base has too are shown and do not fail (`strict = true` in [growth]: they do).

    Exit code: 0 passed (warnings allowed), 1 findings, 2 a file or the policy is wrong, or a selected
    rule could not be evaluated.
    """
    from imgcheck.api import check, several
    from imgcheck.api.asked import Asked, Earlier

    if show_policy:
        show.over()
        click.echo(check.in_force(inputs[0], policy_from), nl=False)
        return 0
    if baseline and base_elf:
        raise click.UsageError("--baseline and --base-elf: compare with one of them.")
    _trust(outputs, policy_from)
    request = check.Request(
        today=date.today(),
        fail_on=fail_on,
        policy_from=policy_from,
        exit_zero=exit_zero,
        dts=dts,
        objects=objects,
        sources=sources,
        tree=outputs.wants("html"),
        baseline=Asked(baseline, base_elf),
        earlier=Earlier(db, branch, variant),
        second_reader=second_reader,
    )
    builds = [replace(one, meanwhile=outputs.load) for one in inputs]
    report = several.show(builds, request, show)
    show.over()
    options.write(report, outputs)
    return 0 if report.passed or exit_zero else 1


def _trust(outputs: Outputs, policy_from: str | None) -> None:
    """Raises ImgcheckError for an output behind a link of a tree that is judged by another one's policy."""
    if policy_from is not None:
        written = [one.path for one in outputs.destinations if one.path]
        checkout.unlinked(written, checkout.above(Path.cwd(), os.environ))
