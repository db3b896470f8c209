"""The build is judged by a layout that no device in the field is known to carry.

What it does
    Compares the application's slots in each layout that must fit with those of every layout shipped
    with imgcheck. A table of your own with other slots is reported.

Why it matters
    The slots come from the table in the device's flash, never from the build or the OTA file. A build
    that fits a table which nobody wrote to a device says nothing about the devices there are.

What to do
    Judge by the layouts that devices carry (`imgcheck layout list` lists them). If you flash your own
    table into your own devices, ignore the rule, or waive it for that layout.

Example
    no device in the field is known to carry the slots of my-board (0x10000+0xe8000, 0xf8000+0x78000)
"""

from collections.abc import Iterator

from imgcheck.devices import capacity
from imgcheck.model import Diagnostic, Facts, Need, Severity
from imgcheck.policies.limits import layout_place, same_slots

CODE = "IMG104"
SEVERITY: Severity = "warning"
NEEDS = (Need.FIELD,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per layout; none when nothing is known of the field."""
    for layout in facts.layouts if facts.known else ():
        if any(same_slots(layout, known) for known in facts.known):
            continue
        application = capacity.application(layout)
        slots = ""
        if application:
            pairs = ((application.address0, application.size0), (application.address1, application.size1))
            slots = " (" + ", ".join(f"{address:#x}+{size:#x}" for address, size in pairs) + ")"
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"no device in the field is known to carry the slots of {layout.name}{slots}",
            layout.location or layout_place(facts, layout.name),
            help="`imgcheck layout list` lists the layouts that devices carry",
            subject=layout.name,
        )
