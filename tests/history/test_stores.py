"""The contract of a store, the same for each kind."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
import stores
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import ImgcheckError
from imgcheck.history import store
from imgcheck.history.builds import Build, Size, Track
from imgcheck.history.store import Point, Row, Store, Wanted

BIN = Track("image", "bin", "flash")
LWIP = Track("component", "lwip", "flash")


def test_what_was_stored_comes_back(opened: Store) -> None:
    one = replace(stores.build(3, variant="berry", compiler="GCC 12.2", policy="openbeken-bl602"))
    assert opened.add([one]) == 1
    (found,) = opened.builds(sizes=True)
    assert replace(found, id=0) == one
    assert found.id > 0


def test_the_same_build_twice_is_one(opened: Store) -> None:
    one = stores.build(1)
    assert opened.add([one, one]) == 1
    assert opened.add([replace(one, sizes=one.sizes[::-1])]) == 0, "order is no difference"
    assert len(list(opened.builds())) == 1
    assert len(opened.series(BIN)) == 1


def test_other_sizes_under_one_name_are_refused_and_nothing_is_written(opened: Store) -> None:
    opened.add([stores.build(1)])
    with pytest.raises(ImgcheckError, match="already there with other sizes") as caught:
        opened.add([stores.build(2), stores.build(1, 5)])
    assert "secret" not in str(caught.value)
    assert [one.revision for one in opened.builds()] == ["r1"]
    assert opened.overview() == expected([*opened.builds(sizes=True)])


def test_replace_takes_the_old_ones_place(opened: Store) -> None:
    opened.add([stores.build(1), stores.build(2)])
    assert opened.add([stores.build(1, 5)], replace=True) == 1
    assert [one.size for one in opened.series(BIN)] == [5, 100_002]
    assert opened.overview() == expected([*opened.builds(sizes=True)])


def test_builds_without_a_revision_are_told_apart_by_their_date(opened: Store) -> None:
    assert opened.add([stores.build(1, revision=""), stores.build(2, revision="")]) == 2


def test_a_variant_or_a_branch_is_another_build(opened: Store) -> None:
    opened.add([stores.build(1), stores.build(1, 7, variant="berry"), stores.build(1, 8, branch="next")])
    assert [one.size for one in opened.series(BIN, Wanted(variant="berry"))] == [7]
    assert [one.size for one in opened.series(BIN, Wanted(variant=""))] == [100_001, 8]
    assert [one.size for one in opened.series(BIN, Wanted(branch="next"))] == [8]


def test_series_are_by_date_whatever_the_order_of_recording(opened: Store) -> None:
    days = list(range(20))
    random.Random(1).shuffle(days)
    for day in days:
        opened.add([stores.build(day)])
    assert [one.size for one in opened.series(BIN)] == [100_000 + day for day in range(20)]
    assert [one.revision for one in opened.builds()] == [f"r{day}" for day in range(20)]


def test_the_newest_and_a_span_of_time(opened: Store) -> None:
    opened.add(stores.build(day) for day in range(10))
    assert [one.revision for one in opened.builds(Wanted(last=2))] == ["r8", "r9"]
    span = Wanted(since=stores.START + timedelta(days=3), until=stores.START + timedelta(days=5))
    assert [one.size for one in opened.series(BIN, span)] == [100_003, 100_004, 100_005]
    assert opened.series(BIN, Wanted(revision="r4")) == [Point(5, 100_004)]


def test_tracks_and_what_nobody_measured(opened: Store) -> None:
    opened.add([stores.build(1)])
    assert opened.tracks() == [LWIP, Track("component", "lwip", "ram"), BIN]
    assert opened.tracks("image") == [BIN]
    assert list(opened.series(Track("image", "nothing", "flash"))) == []


def test_removed_builds_leave_nothing(opened: Store) -> None:
    opened.add(stores.build(day) for day in range(6))
    ids = [one.id for one in opened.builds()]
    assert opened.remove([ids[0], ids[5], 999]) == 2
    assert [one.size for one in opened.series(BIN)] == [100_001, 100_002, 100_003, 100_004]
    assert opened.overview() == expected([*opened.builds(sizes=True)])


def test_more_builds_are_removed_than_a_statement_takes_values(opened: Store) -> None:
    opened.add([stores.build(number) for number in range(4)])
    assert opened.remove(range(1, 66_001)) == 4
    assert list(opened.builds()) == []
    assert list(opened.overview()) == []


def test_a_build_of_many_measures(opened: Store) -> None:
    sizes = tuple(Size("symbol", f"s{number}", "flash", number) for number in range(2_500))
    assert opened.add([replace(stores.build(1), sizes=sizes)]) == 1
    (found,) = opened.builds(sizes=True)
    assert sorted(found.sizes) == sorted(sizes)


def test_names_from_outside_are_text(opened: Store) -> None:
    name = "x'); DROP TABLE build; --\n%s ?1 :a"
    one = replace(stores.build(1, target=name), sizes=(Size("component", name, "flash", 1),))
    opened.add([one])
    assert [found.target for found in opened.builds(Wanted(target=name))] == [name]
    assert [row.track.name for row in opened.overview()] == [name]


def test_two_connections_see_each_other(opened: Store, address: str) -> None:
    with store.connect(address, write=True) as other:
        other.add([stores.build(1)])
        assert opened.add([stores.build(1)]) == 0
        opened.add([stores.build(2)])
        assert len(other.series(BIN)) == 2


def expected(builds: list[Build]) -> list[Row]:
    """The overview, grouped the plain way."""
    groups: dict[tuple[str, str, str, Track], list[int]] = defaultdict(list)
    for one in sorted(builds, key=lambda build: (build.date, build.id)):
        for size in one.sizes:
            groups[one.target, one.variant, one.branch, Track(*size[:3])].append(size.size)
    return sorted(
        Row(target, variant, branch, track, len(sizes), sizes[0], sizes[-1], min(sizes), max(sizes))
        for (target, variant, branch, track), sizes in groups.items()
    )


steps = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["", "berry"]), st.integers(0, 9), st.booleans()),
    max_size=15,
)


@examples(12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_the_roll_up_is_what_grouping_would_give(
    opened: Store, taken: list[tuple[int, str, int, bool]]
) -> None:
    opened.remove([one.id for one in opened.builds()])
    for day, variant, size, away in taken:
        opened.add([stores.build(day, size, variant=variant)], replace=True)
        if away:
            opened.remove([one.id for one in opened.builds(Wanted(last=1))])
    assert opened.overview() == expected([*opened.builds(sizes=True)])
