"""`imgcheck why`: why is something in the image, and what would go with it?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgcheck.cli import options, progress

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.output import Outputs


@click.command("why", epilog="Example: imgcheck why build/OpenBL602.elf vfscanf")
@progress.watched
@options.build_inputs
@click.argument("name")
@click.option("--all", "every", is_flag=True, help="All shortest chains, not one.")
@click.option(
    "--objects",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Where the map's objects and archives are [below the ELF].",
)
@options.outputs
def command(
    *,
    show: progress.Watch,
    inputs: Inputs,
    name: str,
    every: bool,
    objects: Path | None,
    outputs: Outputs,
) -> int:
    """Show the shortest chain of references from a root to NAME, and the bytes that only NAME holds.

    NAME is a symbol, an object (x.o, libx.a(x.o)) or an archive (libx.a) of the ELF FIRMWARE. References
    come from the build's objects; where one is missing, from the map's cross references, and that is said.
    What a linker script keeps (KEEP) holds itself, also in a member of an archive that only NAME asks for.

    Exit code: 0 found, 2 could not tell.
    """
    from imgcheck.api import why
    from imgcheck.prediction.places import Places

    report = why.show(inputs, name, every=every, places=Places(objects))
    show.over()
    options.write(report, outputs)
    return 0
