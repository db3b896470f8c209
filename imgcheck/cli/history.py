"""`imgcheck history`: builds over time, recorded and asked."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imgcheck.cli import formats, options, progress, timeline
from imgcheck.cli.stored import DATABASE, wanted, when

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.group("history", short_help="Builds over time: recorded, listed, asked, plotted.")
def command() -> None:
    """Keep the sizes of each build, and ask which one broke it, who grew it, and how it went."""


@command.command("record", epilog="Example: imgcheck history record build/OpenBL602.elf --revision 1.18.300")
@options.build_inputs
@click.option("--revision", default="", metavar="NAME", help="Commit or release [the report's, else none].")
@click.option("--branch", default="", metavar="NAME", help="Branch that it was built from.")
@click.option("--variant", default="", metavar="NAME", help="Which variant: default, berry, …")
@click.option("--date", callback=when, metavar="DATE", help="When it was built or released [now].")
@click.option("--kind", "kinds", multiple=True, help="Also keep this kind: object, symbol; repeatable.")
@click.option("--features", is_flag=True, help="Also keep what switching each feature off saves.")
@click.option("--replace", "replaced", is_flag=True, help="Take the place of a build of the same name.")
@DATABASE
@options.outputs
def record(
    *,
    inputs: Inputs,
    revision: str,
    branch: str,
    variant: str,
    date: datetime | None,
    kinds: tuple[str, ...],
    features: bool,
    replaced: bool,
    address: str,
    outputs: Outputs,
) -> int:
    """Record one build: an ELF, .bin or .ota, or the JSON report of one, or of a release.

    Of a release's report each asset is a record: its platform the target, its version the revision.

    The same build twice is one. Exit code: 0 recorded, 2 refused.
    """
    from imgcheck.api import history
    from imgcheck.history.store import DEFAULT

    report = history.measured(inputs, kinds, features)
    whole = history.release(report, str(inputs.firmware), date, address or DEFAULT, replaced)
    if whole:
        options.write(whole, outputs)
        return 0
    words = {"revision": revision, "branch": branch, "variant": variant}
    made = history.of_report(report, str(inputs.firmware), words, date, kinds)
    if date is None:
        history.in_order(made, address or DEFAULT)
    options.write(history.record(made, address or DEFAULT, replaced), outputs)
    return 0


@command.command("list", epilog="Example: imgcheck history list --branch main")
@wanted
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="The newest so many.")
@options.outputs
def listing(*, address: str, wanted: Any, last: int, outputs: Outputs) -> int:
    """List the builds, newest first."""
    from imgcheck.api import history

    options.write(history.listing(address, replace(wanted, last=last)), outputs)
    return 0


@command.command("show", epilog="Example: imgcheck history show lwip")
@click.argument("name", default="", metavar="[REVISION|NAME]")
@click.option("--kind", default="", help="Only this kind: image, component, archive, section, feature.")
@click.option("--resource", type=click.Choice(["flash", "ram", "ota"]), help="Only bytes of this.")
@wanted
@options.outputs
def show(*, name: str, kind: str, resource: str | None, address: str, wanted: Any, outputs: Outputs) -> int:
    """Show all that was measured, one build, or one measure over time with its changes out of proportion."""
    from imgcheck.api import history

    options.write(history.show(address, name, kind, resource or "", wanted), outputs)
    return 0


@command.command("export", epilog="Example: imgcheck history export --to builds.jsonl")
@wanted
@click.option("--to", metavar="FILE|parquet:FOLDER", default="-", help="Where it goes [standard output].")
@options.outputs
def export(*, address: str, wanted: Any, to: str, outputs: Outputs) -> int:
    """Write every build as a line of JSON, or as Parquet files for DuckDB and pandas.

    With --to the command reports what it wrote; without, standard output is the builds' alone. --db
    parquet:FOLDER is the same as --to parquet:FOLDER, of the history that is taken where --db is not given.
    """
    from imgcheck.api import history, made
    from imgcheck.history.store import DEFAULT, PARQUET

    if address.startswith(PARQUET):
        if to != "-":
            raise click.UsageError(f"--db {address} says where it goes; --to says so too.")
        to, address = address, os.environ.get("IMGCHECK_DB") or DEFAULT
    if to.startswith(PARQUET):
        from imgcheck.api import columns

        folder = to.removeprefix(PARQUET)
        if not folder:
            raise click.UsageError(f"{to} names no folder.")
        paths = columns.export(address, wanted, Path(folder))
        options.write(made.report("history export", paths), outputs)
        return 0
    lines = history.export(address, wanted)
    if to == "-":
        if formats.asked():
            raise click.UsageError("--output says what --to wrote; name a file with --to.")
        for line in lines:
            sys.stdout.write(line)
        return 0
    from imgcheck import output

    output.check(Path(to))
    output.replace([(Path(to), "".join(lines))])
    options.write(made.report("history export", [Path(to)]), outputs)
    return 0


@command.command("import", epilog="Example: imgcheck history import builds.jsonl")
@click.argument("file", metavar="FILE|-")
@click.option("--replace", "replaced", is_flag=True, help="Take the place of builds of the same name.")
@DATABASE
@options.outputs
def load(*, file: str, replaced: bool, address: str, outputs: Outputs) -> int:
    """Import builds: one a line of JSON, as `export` writes them. All of them, or none.

    {"revision", "date", "branch", "variant", "target", "measures": [{"kind", "name", "resource", "size"}]}
    """
    from imgcheck.api import history
    from imgcheck.history.store import DEFAULT
    from imgcheck.readers import files

    with progress.shown() as told:

        def count(number: int) -> None:
            told(f"line {number:d}", 0.0)

        if file == "-":
            report = history.load(sys.stdin.buffer, "standard input", address or DEFAULT, replaced, count)
        else:
            try:
                with files.opened(file) as stream:
                    report = history.load(stream, file, address or DEFAULT, replaced, count)
            except (OSError, ValueError) as error:
                raise files.unreadable(error, file) from None
    options.write(report, outputs)
    return 0


@command.command("prune", epilog="Example: imgcheck history prune --branch pull --keep 20")
@wanted
@click.option(
    "--keep", type=click.IntRange(1), help="All but the newest so many of each target, variant and branch."
)
@options.outputs
def prune(*, address: str, wanted: Any, keep: int | None, outputs: Outputs) -> int:
    """Remove builds: those that the options name, but for the newest --keep."""
    from imgcheck.api import history
    from imgcheck.history.store import Wanted

    if wanted == Wanted() and keep is None:
        raise click.UsageError("say which: --branch, --variant, --since, --until or --keep")
    options.write(history.prune(address, wanted, keep), outputs)
    return 0


@command.command("backfill", epilog="Example: imgcheck history backfill --artifacts releases --jobs 2")
@progress.watched
@click.option(
    "--artifacts", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="Builds or release files, each with its version in its name or its folder's.",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Workers.")
@click.option("--dates", type=click.Path(path_type=Path), metavar="CSV", help="Lines of revision,date.")
@click.option(
    "--tags", type=click.Path(path_type=Path), metavar="DIR", help="A git repository whose tags say when."
)
@click.option("--dask", "scheduler", default="", metavar="ADDRESS", help="Work on a Dask cluster instead.")
@click.option("--branch", default="", metavar="NAME", help="Branch of all of them.")
@click.option(
    "--variant", default="", metavar="NAME", help="Variant of all of them [the word behind the version]."
)
@click.option("--target", default="", metavar="NAME", help="Target of all of them.")
@DATABASE
@options.outputs
def backfill(
    *,
    show: progress.Watch,
    artifacts: Path,
    dates: Path | None,
    tags: Path | None,
    jobs: int,
    scheduler: str,
    address: str,
    outputs: Outputs,
    **words: str,
) -> int:
    """Record every build that lies below a folder; what is recorded already is passed over.

    Of plain .bin and OTA files only totals are known. A file that cannot be read is said and stops nothing.
    """
    from imgcheck.api import backfill as api
    from imgcheck.history.store import DEFAULT

    request = api.Request(
        artifacts, address or DEFAULT, words, jobs=jobs, dates=dates, tags=tags, scheduler=scheduler
    )
    report = api.run(request, show)
    show.over()
    options.write(report, outputs)
    return 0


for _asked in (timeline.first, timeline.last, timeline.blame, timeline.plot):
    command.add_command(_asked)
