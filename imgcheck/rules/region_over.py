"""A RAM region holds more than it has.

What it does
    Compares what the build puts into each RAM region of the chip, heap not counted, with its length; and the
    lengths that the linker script's heaps give the regions with what the chip has. A section where no
    memory is known is a warning; a heap that lies over a section or another heap is an error.

Why it matters
    The linker stops most of these; a linker script with a wrong length, or one region laid over
    another, does not stop, and the firmware fails in ways that look like anything else.

What to do
    `imgcheck report` names the largest owners of RAM. Constant data that lies in RAM is the first to
    look at (IMG601).

Example
    region ram_tcm holds 222,000 bytes, 816 more than it has (221,184)
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from imgcheck.model import ELSEWHERE, HEAP_SHARED, Diagnostic, Facts, Measure, Severity
from imgcheck.wording import commas

CODE = "IMG201"
SEVERITY: Severity = "error"


def subjects(facts: Facts) -> Iterable[str]:
    """The RAM regions."""
    return (region.name for region in facts.image.regions)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per region, one for memory that the chip lacks, else one per section that lies wrong."""
    for region in facts.image.regions:
        if region.used > region.size:
            over = region.used - region.size
            yield Diagnostic(
                CODE,
                SEVERITY,
                f"region {region.name} holds {commas(region.used)} bytes, "
                f"{commas(over)} more than it has ({commas(region.size)})",
                measure=Measure("region", region.name, "ram", region.used, region.size),
                subject=region.name,
            )
    regions = facts.image.regions
    claimed, real = sum(one.size for one in regions), _memory(facts)
    beyond = 0 < real < claimed  # then such a heap lies over whatever is there, too
    if beyond:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"the heaps of the linker script end {commas(claimed - real)} bytes beyond the RAM: its regions "
            f"have {commas(claimed)} bytes, the chip has {commas(real)}",
            measure=Measure("region", "all", "ram", claimed, real),
            help="Correct the sizes of RAM in the linker script; what the heap's figure says is not there.",
            subject=regions[-1].name,
        )
    for found in facts.image.diagnostics:
        if found.code == ELSEWHERE or (found.code == HEAP_SHARED and not beyond):
            yield replace(found, code=CODE)


def _memory(facts: Facts) -> int:
    """What the chip has in the regions that are told."""
    told = {one.name for one in facts.image.regions}
    return sum(one.length for one in facts.image.soc.regions if one.kind == "ram" and one.name in told)
