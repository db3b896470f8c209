"""`imgcheck forecast`: which release will be the first that does not fit?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imgcheck.cli import choices, options, progress
from imgcheck.cli.stored import wanted

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command(
    "forecast",
    short_help="Which release will be the first that does not fit?",
    epilog="Example: imgcheck forecast --layout devcube-1.4.8-2m --elf build/OpenBL602.elf",
)
@choices.layouts("Partition layout; repeatable [those of --elf's policy, else those in the field].")
@choices.ACTIVE
@click.option(
    "--elf", type=click.Path(path_type=Path), metavar="FILE",
    help="The newest build, counted from; also say what the first choice of `imgcheck plan` would buy.",
)  # fmt: skip
@click.option(
    "--releases", type=click.IntRange(1, 10_000), default=12, show_default=True,
    help="How many more releases that plan has to make room for.",
)  # fmt: skip
@choices.policy("Policy of that build [as `imgcheck plan` finds it].")
@options.prediction_inputs
@wanted
@options.outputs
def command(
    *,
    layouts: tuple[str, ...],
    active: str,
    elf: Path | None,
    releases: int,
    policy: str | None,
    objects: Path | None,
    sources: Path | None,
    address: str,
    wanted: Any,
    outputs: Outputs,
) -> int:
    """Say when each slot overflows at the growth of the last releases, and what drives it.

    Needs a history of at least nine builds (`imgcheck history record` or `import`).
    """
    from imgcheck.api import outlook
    from imgcheck.api.files import Judges

    judges = Judges(layouts, policy, int(active), "")
    drawn = outputs.wants("html")
    request = outlook.Request(address, wanted, judges, elf, objects, sources, releases=releases, drawn=drawn)
    with progress.shown() as told:
        report = outlook.show(request, told)
    options.write(report, outputs)
    return 0
