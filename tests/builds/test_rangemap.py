from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.builds.rangemap import Range, RangeMap

RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 25)).map(lambda r: (r[0], r[0] + r[1])), max_size=12
)


@examples(300)
@given(st.integers(0, 30), st.integers(0, 60), st.lists(RANGES, max_size=4))
def test_agrees_with_one_label_per_byte(start: int, size: int, batches: Any) -> None:
    space: RangeMap[Any] = RangeMap(start, start + size)
    naive: dict[int, Any] = {}
    label = 0
    for batch in batches:
        labelled = []
        for first, end in batch:
            labelled.append((first, end, label))
            label += 1
        space.claim(labelled)
        for first, end, name in sorted(labelled, key=lambda r: r[0]):
            for byte in range(first, end):
                if start <= byte < start + size:
                    naive.setdefault(byte, name)
    assert {byte: r.label for r in space.ranges() for byte in range(r.start, r.end)} == naive
    ends = [(r.start, r.end) for r in space.ranges()]
    assert all(first < end for first, end in ends)
    assert all(left[1] <= right[0] for left, right in pairwise(ends))


def test_a_later_batch_gets_what_is_left_of_its_range() -> None:
    space: RangeMap[Any] = RangeMap(0, 100)
    space.claim([(10, 20, "function"), (15, 30, "alias that goes on")])
    space.claim([(0, 100, "section")])
    assert space.ranges() == (
        Range(0, 10, "section"),
        Range(10, 20, "function"),
        Range(20, 30, "alias that goes on"),
        Range(30, 100, "section"),
    )


def test_empty_space_and_ranges_outside_it() -> None:
    space: RangeMap[Any] = RangeMap(50, 50)
    space.claim([(0, 100, "a")])
    assert space.ranges() == ()
    space = RangeMap(10, 20)
    space.claim([(0, 5, "before"), (25, 30, "after"), (30, 25, "backwards")])
    assert space.ranges() == ()
