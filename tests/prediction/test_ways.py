"""A smallest set that is enough: what it costs to find is asked of sources, so it is also counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imgcheck.prediction import ways

SETS = st.integers(1, (1 << 12) - 1)


@given(SETS, st.lists(SETS, min_size=1, max_size=5))
def test_nothing_can_be_left_out_of_a_smallest_set(off: int, needed: list[int]) -> None:
    wanted = frozenset(one & off or off for one in needed)
    found = ways.least(off, lambda some: ways.holds(wanted, some))
    assert found | off == off
    assert ways.holds(wanted, found)
    assert not any(ways.holds(wanted, found & ~(1 << bit)) for bit in range(12) if found >> bit & 1)


@given(st.integers(0, 31))
def test_one_of_many_is_found_in_halves(bit: int) -> None:
    asked = list[int]()

    def enough(some: int) -> bool:
        asked.append(some)
        return bool(some >> bit & 1)

    assert ways.least((1 << 32) - 1, enough) == 1 << bit
    assert len(asked) <= 12
