"""How far can the page be trusted: what was read, by what, and how much of the image has an owner?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from imgcheck import __version__
from imgcheck.model import FILL, HOLE, UNATTRIBUTED, Atlas, InputFile, Page, Provenance, Report
from imgcheck.report.columns import share_text, size_text
from imgcheck.report.savings import calibration_note

_DETAIL = {
    "map": "The map names the input section of every byte, the ELF its symbol.",
    "symbols": "There was no map: bytes are the ELF's symbols', objects its debug information's.",
    "sections": "There were no symbols: only output sections are known.",
    "binary": "There was only the image: who its bytes belong to is not known.",
}
_MOST = 3  # compilers that are named


class Read(NamedTuple):
    """A file that was read, in words."""

    what: str
    path: str
    how: str
    size: str
    digest: str


def files(page: Page | None) -> list[Read]:
    """Every file that was read."""
    return [_read(one) for one in page.files] if page else []


def _read(one: InputFile) -> Read:
    if one.size is None:
        return Read(one.what, one.path, one.how, "", "")
    return Read(one.what, one.path, one.how, size_text(one.size), one.sha256)


def lines(report: Report) -> list[tuple[str, str]]:
    """What it is about, and what is known of it; nothing for a report that is about no build."""
    made, page = report.provenance, report.page
    if made is None:
        return []
    rows = [("Tool", f"imgcheck {__version__}, imgcheck {report.command}")]
    rows += _built(made)
    alike = f"builds that say {made.components} here have the same components"
    rows.append(("Policy", f"{made.policy or 'none'}; {alike}"))
    if page:
        rows.append(("Attribution", _attribution(page.atlas, made)))
        rows.append(("OTA bytes", _prices(report, page)))
        rows += _predicted(report, page)
    return rows


def _built(made: Provenance) -> Iterator[tuple[str, str]]:
    named = ", ".join(made.compilers[:_MOST]) or "compiler unknown (no debug information)"
    more = len(made.compilers) - _MOST
    named += f" and {more} more" if more > 0 else ""
    flags = f"; {' '.join(made.flags)}" if made.flags else ""
    whole = (
        "; optimised as a whole (LTO): an object's name is not always where code is from" if made.lto else ""
    )
    yield "Build", f"for {made.target}; {named}{flags}{whole}"
    yield "Commit", made.revision or "unknown: the build is in no git checkout"


def _attribution(atlas: Atlas, made: Provenance) -> str:
    leaves = atlas.leaves
    known = {FILL: 0, HOLE: 0, UNATTRIBUTED: 0}
    for name, size in zip(leaves.name, leaves.flash, strict=True):
        if name in known:
            known[name] += size
    total = sum(leaves.flash)
    owned = total - sum(known.values())
    if not total:
        return "The image has no bytes."
    return (
        f"{share_text(owned / total)} of {size_text(total)} bytes of the image have an owner; "
        f"{size_text(known[FILL])} are padding between owners, {size_text(known[HOLE])} holes between "
        f"sections, {size_text(known[UNATTRIBUTED])} nobody's. Every byte is counted once. "
        f"{_DETAIL[made.detail]}"
    )


def _prices(report: Report, page: Page) -> str:
    source = report.summary.ota_source if report.summary else ""
    if page.atlas.leaves.ota is None:
        return "not divided: there was no image to pack."
    return (
        f"{source}; a byte costs what the decoder needs for it, and all of them add up to the packed image."
    )


def _predicted(report: Report, page: Page) -> Iterator[tuple[str, str]]:
    if page.held is None or report.savings is None:
        yield "What if", "no features: without objects, sources or their #define lines nothing is predicted."
    else:
        single = (
            "Features and sets that were packed say what was predicted as a whole; others are put together."
        )
        yield "What if", f"{calibration_note(report.savings.calibration)} {single}"
    if page.why:
        exact = page.why.source == "graph"
        yield (
            "Why",
            "from the references in the objects, symbol by symbol."
            if exact
            else "from the map's cross references, object by object: a symbol has its object's chain.",
        )
