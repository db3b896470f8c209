"""`imgcheck diff`: what changed from one build to another?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import judging, options, progress, standard

if TYPE_CHECKING:
    from imgcheck.api.files import Judges
    from imgcheck.output import Outputs

_FILE = click.Path(path_type=Path)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


def _size(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    from imgcheck.policies import sizes

    try:
        return None if text is None else sizes.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    "diff",
    short_help="What changed from one build to another?",
    epilog="Example: imgcheck diff base/OpenBL602.elf build/OpenBL602.elf --output markdown=diff.md",
)
@progress.watched
@standard.reads("old", "new")
@click.argument("old", type=_FILE, metavar="OLD|-")
@click.argument("new", type=_FILE, metavar="NEW|-")
@click.option(
    "--old-map", type=_FILE, metavar="FILE", help="Link map of GNU ld or LLD of OLD [beside the ELF]."
)
@click.option(
    "--new-map", type=_FILE, metavar="FILE", help="Link map of GNU ld or LLD of NEW [beside the ELF]."
)
@judging.judges
@click.option(
    "--packed/--no-packed",
    default=True,
    show_default=True,
    help="Say what every byte costs in the OTA file (of builds; a report has it or not).",
)
@click.option(
    "--features",
    is_flag=True,
    help="Say which switches changed and what each feature grew by (by their sources: some seconds).",
)
@click.option(
    "--old-sources", type=_FOLDER, metavar="DIR", help="Where OLD's sources are now, for --features."
)
@click.option(
    "--new-sources", type=_FOLDER, metavar="DIR", help="Where NEW's sources are now, for --features."
)
@click.option(
    "--fail-on-growth",
    metavar="SIZE",
    callback=_size,
    help="Exit 1 when flash, RAM or the OTA file grew by more than this ('2 KiB'); noise does not count.",
)
@options.outputs
def command(
    *,
    show: progress.Watch,
    old: Path,
    new: Path,
    old_map: Path | None,
    new_map: Path | None,
    judges: Judges,
    packed: bool,
    features: bool,
    old_sources: Path | None,
    new_sources: Path | None,
    fail_on_growth: int | None,
    outputs: Outputs,
) -> int:
    """Say who grew between two builds, in flash, RAM and OTA bytes, to the byte.

    OLD and NEW are ELFs (their maps are found beside them), .bin or .ota files, or JSON reports that imgcheck
    wrote (`imgcheck report --output json=base.json`): a CI job need not keep the ELF.

    What was renamed or moved is found again. What explains more than a table is said first: another compiler
    or flags, another policy, other layouts, link-time optimisation, other prebuilt archives.

    Exit code: 0 compared, 1 grew by more than --fail-on-growth, 2 could not tell.
    """
    from imgcheck.api import diff

    tree = outputs.wants("html")
    request = diff.Request(
        old=old,
        new=new,
        old_map=old_map,
        new_map=new_map,
        judges=judges,
        packed=packed,
        features=features,
        old_sources=old_sources,
        new_sources=new_sources,
        fail_on_growth=fail_on_growth,
        tree=tree,
    )
    report = diff.show(request, show)
    show.over()
    options.write(report, outputs)
    return 1 if report.passed is False else 0
