"""How doubts of several sections come together."""

import pytest
from test_linkage import graph, node

from imgcheck.prediction import doubt
from imgcheck.prediction.cutting import Loss

LOSS = Loss(((0x1000, 0x1040),), unsure=40)  # of a function; 64 / 4 + 40 / 2 + 4 bytes
ONE, ROUNDING = 40, 16


@pytest.mark.parametrize("count", [1, 4, 16])
def test_doubts_that_know_nothing_of_each_other_add_up_to_a_quarter_only(count: int) -> None:
    made = graph([node(0, f".text.f{i}") for i in range(count)], {0})
    together = round(ONE * (count / 4 + count**0.5 * 3 / 4))
    assert doubt.of(made, 0, dict.fromkeys(range(count), LOSS)) == together + ROUNDING


def test_what_is_only_in_ram_makes_no_flash_unsure() -> None:
    made = graph([node(0, ".bss.a", flash=0, ram=64, code=False)], {0})
    assert doubt.of(made, 0, {0: LOSS}) == ROUNDING
