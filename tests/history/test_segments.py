"""Places that windows propose by columns are those that are found one by one, plateaus included."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.history import segments


def one_by_one(sums: list[float], scale: float) -> set[int]:
    """Every place whose score no other one within half a window beats."""
    count, found = len(sums) - 1, set()
    for width in segments.WINDOWS:
        least = segments._MAYBE * scale * (2 * width) ** 0.5
        apart = [
            abs(sums[at + 2 * width] - 2 * sums[at + width] + sums[at]) for at in range(count + 1 - 2 * width)
        ]
        for at, score in enumerate(apart):
            if score > least and score == max(apart[max(at - width // 2, 0) : at + width // 2 + 1]):
                found.add(at + width)
    return found


@examples(100)
@given(st.lists(st.sampled_from([0, 0, 0, 100, 100, 104]), min_size=12, max_size=60))
def test_proposed_places_are_all_that_stand_out(values: list[int]) -> None:
    sums = list(accumulate(values, initial=0.0))
    every = one_by_one(sums, 10.0)
    found = segments._proposed(sums, 10.0)
    assert set(found) <= every
    assert all(any(abs(at - other) < segments.WINDOWS[0] for other in found) for at in every)
