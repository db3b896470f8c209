"""Which line should a finding about a slot land on, when the policy has none for it?"""

from collections.abc import Sequence
from dataclasses import replace

from imgcheck.model import Diagnostic
from imgcheck.rules import body_over_slot, headroom_under_reserve, strip_feature, unpacked_over_slot

OVER = (unpacked_over_slot.CODE, body_over_slot.CODE)  # what is over the slot of a layout
_OF_SLOTS = (*OVER, headroom_under_reserve.CODE)


def placed(findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is over a slot and has no line of its own lands on the `#define` of the first feature to strip."""
    define = next((one.location for one in findings if one.code == strip_feature.CODE and one.location), None)
    return tuple(
        replace(one, location=define) if one.code in _OF_SLOTS and one.location is None else one
        for one in findings
    )
