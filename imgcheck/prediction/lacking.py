"""What a build lacks for predictions, in the words of errors and findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from imgcheck.builds import lto
from imgcheck.errors import Need, UndecidedError
from imgcheck.model import Diagnostic, Image
from imgcheck.readers.linkmap import LinkMap
from imgcheck.wording import commas

if TYPE_CHECKING:
    from imgcheck.model import Calibration

_UNMAPPED = "the linker map; none was found beside it (--map)"


def unmapped(image: Image) -> str:
    """What is missing where an image has no map, in the words of an error."""
    if image.detail == "binary":
        return "an ELF with its linker map beside it: this is an image, in which nothing has a name"
    return _UNMAPPED


def no_map(firmware: Path) -> UndecidedError:
    """The error for an ELF without its map."""
    return UndecidedError(f"{firmware}: savings need {_UNMAPPED}")


def check_map_tells(path: Path, links: LinkMap) -> None:
    """Raises UndecidedError for a map that does not say what was dropped, or who refers to what."""
    if not links.links_told:
        raise UndecidedError(
            f"{path}: a map of LLD does not say which sections were dropped and who refers to what, so what "
            "keeps a byte in the image cannot be told; sizes can (report, check)",
            Need.MAP,
        )


def check_objects_hold_it(firmware: Path, links: LinkMap) -> None:
    """Raises UndecidedError for a build that was optimised when it was linked."""
    if optimised := lto.made(links):
        raise UndecidedError(
            f"{firmware}: linked with link-time optimisation ({optimised} in its map): no object holds "
            "the code that was placed, so what a feature saves cannot be told; ask a build without -flto"
        )


def distrust(calibration: Calibration, missing: Sequence[str]) -> str:
    """Why a graph that does not give what the linker placed predicts nothing."""
    parts = (
        f"{commas(calibration.missing_bytes)} bytes that the linker placed are not reached",
        f"{commas(calibration.extra_bytes)} are reached that it dropped",
        f"of {commas(calibration.placed_bytes)}",
    )
    lost = f"; {len(missing)} of the linked files were not found (--objects)" if missing else ""
    return f"savings are withheld: the references do not reproduce this link ({', '.join(parts)}){lost}"


def missing(load: str) -> Diagnostic:
    """The finding for a linked file that was not found."""
    return Diagnostic(
        "objects-missing",
        "warning",
        f"{load} was not found; what its objects refer to is taken from the map, object by object, "
        "so savings that go through it are a lower bound.",
        help="Name the folder of the build's objects and archives with --objects.",
        subject=load,
    )
