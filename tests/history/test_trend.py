from __future__ import annotations

import random

import histories
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.history import trend


def test_the_slope_of_a_line() -> None:
    assert trend.slope([7, 10, 13, 16]) == 3
    assert trend.slope([5]) == 0


def test_the_slope_of_a_long_history_is_that_of_all_its_pairs() -> None:
    r = random.Random(2)
    sizes = [at * 50 + r.randint(-400, 400) for at in range(600)]
    pairs = sorted((sizes[j] - sizes[i]) / (j - i) for i in range(600) for j in range(i + 1, 600))
    assert trend.slope(sizes) == pytest.approx(pairs[len(pairs) // 2], abs=0.5)


def test_growth_counts_what_jumped() -> None:
    sizes = [700_000 + 8 * at + (5_000 if at >= 50 else 0) for at in range(101)]
    assert trend.growth(sizes) == pytest.approx(8 + 50, abs=1)


def test_the_interval_holds_the_truth_in_four_of_five_histories() -> None:
    inside = count = 0
    for seed in range(60):
        sizes = histories.growing(seed)
        r = random.Random(seed + 1)
        cut = r.randint(30, 120)
        limit = sizes[cut] + r.randint(2_000, 12_000)
        true = next((at - cut for at in range(cut + 1, len(sizes)) if sizes[at] > limit), None)
        if true is None:
            continue
        told = trend.outlook(sizes[max(cut - 60, 0) : cut + 1], limit, paths=150)
        assert told is not None
        count += 1
        inside += (told.low or 10**9) <= true <= (told.high or 10**9)
    print(f"{inside} of {count}")
    assert count > 50
    assert 0.65 <= inside / count <= 0.95  # four of five, and what so few histories may show of that


def test_what_is_full_already() -> None:
    sizes = [100 + at for at in range(20)]
    told = trend.outlook(sizes, 100)
    assert told is not None
    assert (told.left, told.low, told.high) == (0, 0, 0)


def test_steady_growth_is_counted_exactly() -> None:
    sizes = [1_000 + 10 * at for at in range(40)]
    told = trend.outlook(sizes, sizes[-1] + 95)
    assert told is not None
    assert (told.left, told.low, told.high) == (10, 10, 10), "equal fits: 90 more do, 100 do not"
    told = trend.outlook(sizes, sizes[-1] + 100)
    assert told is not None
    assert told.left == 11


def test_what_shrinks_or_stands_still_has_no_end_in_sight() -> None:
    for step in (0, -5):
        told = trend.outlook([100_000 + step * at for at in range(40)], 200_000)
        assert told is not None
        assert (told.left, told.low, told.high) == (None, None, None)


def test_too_short_a_history_says_nothing() -> None:
    assert trend.outlook([1, 2, 3], 100) is None
    assert trend.fan([1, 2, 3], 5) == []


def test_the_fan_opens_and_starts_at_the_last_size() -> None:
    sizes = histories.growing(3, 80)
    rows = trend.fan(sizes, 40)
    assert len(rows) == 40
    assert all(low <= middle <= high for low, middle, high in rows)
    assert rows[-1][2] - rows[-1][0] > rows[0][2] - rows[0][0]


@given(st.lists(st.integers(-(1 << 40), 1 << 40), max_size=30), st.integers(-(1 << 41), 1 << 41))
def test_any_history_has_an_answer(sizes: list[int], limit: int) -> None:
    told = trend.outlook(sizes, limit, paths=20)
    if told and told.left is not None and told.high is not None:
        assert told.low is not None
        assert told.low <= told.left <= told.high
