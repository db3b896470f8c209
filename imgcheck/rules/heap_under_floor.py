"""Less heap is left at start than the policy's floor.

What it does
    Adds up the heap that the linker script leaves in both RAM regions, and compares it with
    `[heap] floor` in imgcheck.toml. Without a floor there is nothing to check.

Why it matters
    An update needs memory as well as a slot: devices have crashed in the middle of one for want of
    heap, a version after everything was still fine. The heap shrinks with every static buffer.

What to do
    `imgcheck report` names the largest owners of RAM; `imgcheck features` what each feature takes.

Example
    the heap at start is 96,512 bytes, 5,888 under the floor of 102,400
"""

from collections.abc import Iterable, Iterator

from imgcheck.errors import UndecidedError
from imgcheck.model import Diagnostic, Facts, Measure, Severity
from imgcheck.policies.limits import where
from imgcheck.wording import commas

CODE = "IMG202"
SEVERITY: Severity = "error"


def subjects(facts: Facts) -> Iterable[str]:
    """The heap, when it has a floor."""
    return ("heap",) if facts.policy.heap_floor else ()


def check(facts: Facts) -> Iterator[Diagnostic]:
    """At most one finding; raises UndecidedError for an ELF without heap symbols."""
    floor, heap = facts.policy.heap_floor, facts.image.heap
    if not floor:
        return
    if heap is None:
        names = " and ".join(facts.image.soc.heap_symbols)
        message = f"the heap cannot be checked: {facts.image.path} has no symbols {names}"
        raise UndecidedError(message)
    if heap < floor:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"the heap at start is {commas(heap)} bytes, {commas(floor - heap)} under the floor "
            f"of {commas(floor)}",
            location=where(facts.policy, "heap.floor"),
            measure=Measure("heap", "heap", "ram", heap, floor),
            help="`imgcheck features` says how much RAM each feature takes",
            subject="heap",
        )
