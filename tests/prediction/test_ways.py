"""A smallest set that is enough: what it costs to find is asked of sources, so it is also counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.prediction import ways

SETS = st.integers(1, (1 << 12) - 1)


@pytest.mark.parametrize("search", [ways.least, ways.smallest])
@given(off=SETS, needed=st.lists(SETS, min_size=1, max_size=5))
def test_nothing_can_be_left_out_of_a_smallest_set(
    search: Callable[[int, Callable[[int], bool]], int], off: int, needed: list[int]
) -> None:
    wanted = frozenset(one & off or off for one in needed)
    found = search(off, lambda some: ways.holds(wanted, some))
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


@given(SETS.filter(lambda off: off.bit_count() > 1), SETS)
def test_what_several_things_need_is_asked_alike(off: int, needed: int) -> None:
    def asked(wanted: int) -> set[int]:
        seen = set[int]()

        def enough(some: int) -> bool:
            seen.add(some)
            return some & wanted == wanted

        assert ways.smallest(off, enough) == wanted
        return seen

    assert len(asked(off & -off) - asked(needed & off or off)) <= 1
