"""`imgcheck init`: a first policy, from a build."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import formats, options

if TYPE_CHECKING:
    from imgcheck.output import Outputs

_ACCEPTED_DAYS = 182
_FILE = click.Path(path_type=Path)


@click.command(
    "init",
    short_help="Write a commented imgcheck.toml from a build.",
    epilog="Example: imgcheck init build/OpenBL602.elf",
)
@click.argument("firmware", nargs=-1, metavar="[ELF | NAME=ELF]...")
@click.option(
    "--map", "map_path", type=_FILE, metavar="FILE", help="Link map of GNU ld or LLD [beside the ELF]."
)
@click.option(
    "--to",
    type=_FILE,
    default=Path("imgcheck.toml"),
    show_default=True,
    metavar="PATH",
    help="Where the policy goes; - is standard output.",
)
@click.option(
    "--accept",
    "reason",
    metavar="REASON",
    help="Waive, for half a year and for this reason, the layouts that the build does not fit today.",
)
@options.TARGET_ALONE
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--schema", is_flag=True, help="Print the policy's JSON Schema, for editors, and do no more.")
@options.outputs
def command(
    *,
    firmware: tuple[str, ...],
    map_path: Path | None,
    to: Path,
    target: str,
    reason: str | None,
    force: bool,
    schema: bool,
    outputs: Outputs,
) -> int:
    """Write a policy to start from: the layouts of the field, today's sizes, the feature header.

    Several ELFs are the builds of one project: each has a section [build.NAME] with its own budgets, and
    `imgcheck check` alone judges all of them. A layout that a build does not fit stays in force, and the next
    check fails by it; --accept waives it for a while.
    """
    from imgcheck.api import init, made
    from imgcheck.printable import printable
    from imgcheck.rules.starter import Accepted

    if formats.asked() and (schema or str(to) == "-"):
        raise click.UsageError("--output says what --to wrote; name a file with --to.")
    if schema:
        click.echo(init.schema(), nl=False)
        return 0
    to_file = None if str(to) == "-" else to
    accepted = None
    if reason is not None:
        if not reason.strip() or not firmware:
            raise click.UsageError("--accept needs a reason, and an ELF to accept something of.")
        accepted = Accepted(reason, date.today() + timedelta(days=_ACCEPTED_DAYS))
    if map_path and len(firmware) > 1:
        raise click.UsageError("--map is one build's; maps beside the ELFs are found.")
    builds = init.named(firmware)
    text, said = init.write(to_file, builds, map_path, force=force, accepted=accepted, chip=target)
    if to_file and formats.asked():
        options.write(made.report("init", [to_file], said), outputs)
        return 0
    if said:
        click.echo(f"imgcheck: {printable(said)}", err=True)
    click.echo(
        f"imgcheck: wrote {printable(str(to))}" if to_file else text, nl=bool(to_file), err=bool(to_file)
    )
    return 0
